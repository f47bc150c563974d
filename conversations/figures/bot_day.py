"""What the bot did on a day: questions, articles, conversations without a person, matters that came up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, case, exists, func, select

from conversations.figures.model import AGAIN_S, Fact, Measure
from conversations.question_tables import questions
from conversations.questions import HANDOFF, NO_WISH, Outcome
from conversations.tables import contacts

_Q = questions.c
_UNMET = (Outcome.ABSTAINED.value, Outcome.OUT_OF_SCOPE.value)
_WORDINGS = 500  # a day's, most asked first
_OUTCOMES = {
    Outcome.ANSWERED.value: Measure.ANSWERED,
    Outcome.OFFERED.value: Measure.OFFERED,
    Outcome.ABSTAINED.value: Measure.ABSTAINED,
}


def bot_facts(connection: Connection, start_s: int, end_s: int, now_s: int) -> Iterator[Fact]:
    """Count what was asked from `start_s` up to `end_s`, and the conversations that began then."""
    asked = and_(_Q.asked_s >= start_s, _Q.asked_s < end_s)
    began = and_(_Q.started_s >= start_s, _Q.started_s < end_s)
    yield from _outcomes(connection.execute(_by_outcome().where(asked)))
    for row in connection.execute(_by_article().where(asked)):
        for measure in (Measure.HIT, Measure.USEFUL, Measure.USELESS, Measure.LEFT_BEHIND):
            if count := int(getattr(row, measure.value)):
                yield Fact(measure, row.channel, row.article, count)
    for row in connection.execute(_by_wording().where(asked)):
        yield Fact(Measure.WORDING, row.channel, row.wording, row.asked)
    for row in connection.execute(_conversations(began)):
        yield Fact(Measure.CONVERSATIONS, row.channel, "", row.began)
        yield Fact(Measure.CONTAINED, row.channel, "", row.began - int(row.with_person))
    for row in connection.execute(_matters(began, now_s)):
        yield Fact(Measure.SETTLED, row.channel, row.topic, int(row.settled))
        yield Fact(Measure.RESOLVED, row.channel, row.topic, int(row.resolved))
        yield Fact(Measure.PENDING, row.channel, row.topic, row.all_of_them - int(row.settled))


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _by_outcome() -> Select[Any]:
    return select(
        _Q.channel, _Q.topic, _Q.outcome, func.count().label("asked"), _count(_Q.is_taken.is_(True)).label("taken"),
        _count(_Q.is_useful.is_(True)).label("useful"), _count(_Q.is_useful.is_(False)).label("useless"),
    ).group_by(_Q.channel, _Q.topic, _Q.outcome)  # fmt: skip


def _outcomes(rows: Any) -> Iterator[Fact]:
    said: Counter[tuple[Measure, str, str]] = Counter()
    for row in rows:
        if (measure := _OUTCOMES.get(row.outcome)) is not None:
            yield Fact(measure, row.channel, row.topic, row.asked)
        said[Measure.TAKEN, row.channel, row.topic] += int(row.taken)
        said[Measure.TOPIC_USEFUL, row.channel, row.topic] += int(row.useful)
        said[Measure.TOPIC_USELESS, row.channel, row.topic] += int(row.useless)
    for (measure, channel, topic), count in said.items():
        yield Fact(measure, channel, topic, count)


def _by_article() -> Select[Any]:
    return (
        select(
            _Q.channel, _Q.article, func.count().label("hit"), _count(_Q.is_useful.is_(True)).label("useful"),
            _count(_Q.is_useful.is_(False)).label("useless"), _count(_Q.handed_over.is_not(None)).label("left_behind"),
        )
        .where(_Q.article != "", _Q.outcome.in_((Outcome.ANSWERED.value, Outcome.CHOSEN.value)))
        .group_by(_Q.channel, _Q.article)
    )  # fmt: skip


def _by_wording() -> Select[Any]:
    """What only one customer asked that day is not kept: it may say who they are."""
    return (
        select(_Q.channel, _Q.wording, func.count().label("asked"))
        .where(_Q.wording != "", _Q.outcome.in_(list(_OUTCOMES)))
        .group_by(_Q.channel, _Q.wording)
        .having(func.count(_Q.contact_id.distinct()) > 1)
        .order_by(func.count().desc(), _Q.channel, _Q.wording)
        .limit(_WORDINGS)
    )


def _conversations(began: Any) -> Select[Any]:
    went = case((_Q.outcome == Outcome.HANDOFF.value, 1), (_Q.handed_over.is_not(None), 1), else_=0)
    each = (
        select(_Q.channel, _Q.conversation_id, func.max(went).label("went"))
        .where(began, _Q.topic.not_in(NO_WISH))
        .group_by(_Q.channel, _Q.conversation_id)
        .subquery()
    )
    return select(
        each.c.channel, func.count().label("began"), func.sum(each.c.went).label("with_person")
    ).group_by(each.c.channel)


def _matters(began: Any, now_s: int) -> Select[Any]:
    met = case((_Q.outcome.not_in(_UNMET), 1), (_Q.handed_over.is_not(None), 1), else_=0)
    each = (
        select(
            _Q.channel, _Q.topic, _Q.subject, _Q.conversation_id, _Q.contact_id,
            func.max(_Q.asked_s).label("last_s"), func.max(met).label("met"),
        )
        .where(began, _Q.topic.not_in((*NO_WISH, HANDOFF)))
        .group_by(_Q.channel, _Q.topic, _Q.subject, _Q.conversation_id, _Q.contact_id)
        .subquery()
    )  # fmt: skip
    settled = each.c.last_s + AGAIN_S <= now_s
    resolved = and_(settled, each.c.met == 1, ~_came_again(each.c))
    return select(
        each.c.channel, each.c.topic, func.count().label("all_of_them"),
        _count(settled).label("settled"), _count(resolved).label("resolved"),
    ).group_by(each.c.channel, each.c.topic)  # fmt: skip


def _came_again(matter: Any) -> Any:
    """The same person, on whatever channel, in another conversation, about the same, within 72 hours."""
    who, same, again = contacts.alias("who"), contacts.alias("same"), questions.alias("again")
    return exists(
        select(again.c.id)
        .select_from(
            who.join(same, same.c.person == who.c.person).join(again, again.c.contact_id == same.c.id)
        )
        .where(
            who.c.id == matter.contact_id,
            again.c.subject == matter.subject,
            again.c.conversation_id != matter.conversation_id,
            again.c.asked_s > matter.last_s,
            again.c.asked_s <= matter.last_s + AGAIN_S,
        )
    )
