"""What people did on a day: handoffs, waiting, first responses, agents, ratings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from conversations.desk_model import HandoffState
from conversations.desk_tables import handoffs, ratings
from conversations.figures.elapsed import elapsed_s
from conversations.figures.model import Fact, Measure

_H, _R = handoffs.c, ratings.c
_GIVEN_UP = (HandoffState.CANCELLED.value, HandoffState.LEFT.value)


def desk_facts(connection: Connection, start: datetime, end: datetime) -> Iterator[Fact]:
    """Count the stays in the queue that began, and the ratings that were asked for, from `start` up to `end`."""
    queued = and_(_H.queued >= start, _H.queued < end)
    # A transfer begins another stay and keeps the time of the request.
    requests = select(_H.channel, _H.reason, func.count().label("n")).where(queued, _H.queued == _H.requested)
    for row in connection.execute(requests.group_by(_H.channel, _H.reason)):
        yield Fact(Measure.HANDOFF, row.channel, row.reason, row.n)
    gone = select(_H.channel, func.count().label("n")).where(queued, _H.state.in_(_GIVEN_UP))
    for row in connection.execute(gone.group_by(_H.channel)):
        yield Fact(Measure.GIVEN_UP, row.channel, "", row.n)
    yield from _durations(connection, queued, Measure.WAIT, _H.queued, _H.accepted)
    yield from _durations(connection, queued, Measure.FIRST_RESPONSE, _H.accepted, _H.first_response)
    yield from _agents(connection, queued)
    yield from _ratings(connection, and_(_R.asked >= start, _R.asked < end))


def _durations(
    connection: Connection, queued: Any, measure: Measure, earlier: Any, later: Any
) -> Iterator[Fact]:
    seconds = elapsed_s(earlier, later)
    query = (
        select(_H.channel, seconds.label("seconds"), func.count().label("n"))
        .where(queued, later.is_not(None))
        .group_by(_H.channel, seconds)
    )
    for row in connection.execute(query):
        yield Fact(measure, row.channel, str(row.seconds), row.n, int(row.seconds) * row.n)


def _agents(connection: Connection, queued: Any) -> Iterator[Fact]:
    first, length = elapsed_s(_H.accepted, _H.first_response), elapsed_s(_H.accepted, _H.ended)
    query = (
        select(
            _H.channel, _H.agent_id, func.count().label("handled"),
            func.count(_H.first_response).label("answered"), func.sum(first).label("first_s"),
            func.sum(case((_H.ended.is_not(None), 1), else_=0)).label("over"), func.sum(length).label("length_s"),
        )
        .where(queued, _H.accepted.is_not(None), _H.agent_id.is_not(None))
        .group_by(_H.channel, _H.agent_id)
    )  # fmt: skip
    for row in connection.execute(query):
        yield Fact(Measure.HANDLED, row.channel, row.agent_id, row.handled)
        yield Fact(Measure.AGENT_RESPONSE, row.channel, row.agent_id, row.answered, int(row.first_s or 0))
        yield Fact(Measure.AGENT_LENGTH, row.channel, row.agent_id, int(row.over), int(row.length_s or 0))


def _ratings(connection: Connection, asked: Any) -> Iterator[Fact]:
    query = (
        select(
            _R.channel, _R.topic, _R.article, _R.agent_id, func.count().label("asked"),
            func.count(_R.score).label("rated"), func.sum(_R.score).label("score"),
            func.sum(case((_R.is_solved.is_(True), 1), else_=0)).label("solved"),
            func.sum(case((_R.is_solved.is_(False), 1), else_=0)).label("unsolved"),
        )
        .where(asked)
        .group_by(_R.channel, _R.topic, _R.article, _R.agent_id)
    )  # fmt: skip
    counts: Counter[tuple[Measure, str, str]] = Counter()
    totals: Counter[tuple[Measure, str, str]] = Counter()
    for row in connection.execute(query):
        for measure, key, count, total in (
            (Measure.RATING_ASKED, "", row.asked, 0),
            (Measure.SOLVED, "", row.solved, 0),
            (Measure.UNSOLVED, "", row.unsolved, 0),
            (Measure.RATED, "", row.rated, row.score or 0),
            (Measure.RATED_TOPIC, row.topic, row.rated, row.score or 0),
            (Measure.RATED_ARTICLE, row.article, row.rated, row.score or 0),
            (Measure.RATED_AGENT, row.agent_id or "", row.rated, row.score or 0),
        ):
            counts[measure, row.channel, key] += int(count)
            totals[measure, row.channel, key] += int(total)
    for (measure, channel, key), count in counts.items():
        yield Fact(measure, channel, key, count, totals[measure, channel, key])
