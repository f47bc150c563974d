"""The operator's figures: the SQL counts what plain Python counts, kept or not, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from conversations import questions as noted
from conversations.desk_tables import handoffs, ratings, staff
from conversations.figures.days import DayBook
from conversations.figures.model import Measure, Span
from conversations.figures.rates import Sum, percentile, rate
from conversations.figures.report import Figures, Report
from conversations.figures.tables import counted_days
from conversations.question_tables import questions
from conversations.tables import contacts, conversations
from core.clock import UTC, FixedClock
from core.database import Database
from core.ids import MessageId
from tests.conversations.figures_oracle import World

NOW = datetime(2026, 10, 31, 3, 17, tzinfo=UTC)
FIRST = datetime(2026, 10, 17, tzinfo=UTC)
SPAN = Span(date(2026, 10, 17), date(2026, 10, 31))


def world(seed: int) -> World:
    """Two weeks of customers on three channels, with everything that can become of a question."""
    dice = random.Random(seed)
    people = [{"id": f"c{n}", "channel": dice.choice(["web", "wechat", "rest"]), "channel_user": f"u{n}", "last_seq": 0,
               "created": FIRST, "person": f"p{n % 12}"} for n in range(30)]  # fmt: skip
    asked, stays, rated, talks = [], [], [], []
    for n in range(150):
        who, begin = dice.choice(people), FIRST + timedelta(seconds=dice.randrange(14 * 86_400))
        talk = {"id": f"v{n}", "contact_id": who["id"], "channel": who["channel"], "started": begin}
        talks.append(talk)
        asked += [_question(dice, talk, seq, begin) for seq in range(dice.randrange(1, 5))]
        if dice.random() < 0.4:
            stays.append(_stay(dice, f"h{n}", talk))
        if dice.random() < 0.5:
            rated.append(_rating(dice, talk))
    return World(people, asked, stays, rated, NOW)


def _question(dice: random.Random, talk: dict[str, Any], seq: int, begin: datetime) -> dict[str, Any]:
    topic = dice.choice(["faq", "faq", "faq", "bill", "plan", "smalltalk", "handoff"])
    outcome = (
        dice.choice(["answered", "answered", "offered", "chosen", "abstained", "out_of_scope"])
        if topic == "faq"
        else ""
    )
    outcome = "handoff" if topic == "handoff" else outcome
    article = dice.choice(["puk", "invoice", "roaming"]) if outcome in ("answered", "chosen") else ""
    is_taken = outcome == "offered" and dice.random() < 0.5
    subject = f"faq:{dice.choice(['puk', 'invoice'])}" if is_taken else noted.subject_of(topic, article)
    at = begin + timedelta(seconds=seq * dice.randrange(1, 9000))
    return {
        "id": f"{talk['id']}-{seq}", "contact_id": talk["contact_id"], "conversation_id": talk["id"], "seq": seq,
        "channel": talk["channel"], "started_s": int(begin.timestamp()), "asked_s": int(at.timestamp()), "text": "问",
        "wording": dice.choice(["", "puk码", "发票", "漫游"]), "topic": topic, "subject": subject, "article": article,
        "offering": "", "outcome": outcome, "is_taken": is_taken,
        "is_useful": dice.choice([None, None, True, False]) if article else None,
        "handed_over": "asked" if topic == "faq" and dice.random() < 0.1 else None,
    }  # fmt: skip


def _stay(dice: random.Random, stay_id: str, talk: dict[str, Any]) -> dict[str, Any]:
    requested = talk["started"] + timedelta(seconds=dice.randrange(600))
    queued = requested + timedelta(seconds=dice.choice([0, 0, 0, 45]))
    accepted = queued + timedelta(seconds=dice.randrange(0, 300)) if dice.random() < 0.8 else None
    first = accepted + timedelta(seconds=dice.randrange(0, 60)) if accepted and dice.random() < 0.9 else None
    ended = accepted + timedelta(seconds=dice.randrange(60, 900)) if accepted else None
    state = "resolved" if accepted else dice.choice(["cancelled", "left"])
    return {
        "id": stay_id, "conversation_id": talk["id"], "contact_id": talk["contact_id"], "channel": talk["channel"],
        "reason": dice.choice(["asked", "abstained", "anger"]), "skill": "billing", "language": "zh-Hans", "summary": {},
        "is_elderly": False, "is_complaint": False, "is_returned": False, "state": state, "requested": requested,
        "queued": queued, "agent_id": dice.choice(["s1", "s2"]) if accepted else None, "accepted": accepted,
        "first_response": first, "ended": ended,
    }  # fmt: skip


def _rating(dice: random.Random, talk: dict[str, Any]) -> dict[str, Any]:
    score = dice.choice([None, 0, 25, 50, 75, 100])
    return {
        "conversation_id": talk["id"], "contact_id": talk["contact_id"], "channel": talk["channel"], "scale": 5,
        "asked": talk["started"] + timedelta(seconds=dice.randrange(3600)), "score": score, "reasons": [], "words": "",
        "is_solved": dice.choice([None, True, False]), "topic": dice.choice(["faq", "bill"]), "region": "",
        "article": dice.choice(["", "puk"]), "agent_id": dice.choice([None, "s1"]), "age_band": "", "offering": "",
    }  # fmt: skip


async def fill(database: Database, happened: World) -> None:
    """Put a world into the database."""
    talks = {row["conversation_id"]: row for row in happened.questions}
    opened = [{"id": talk, "contact_id": row["contact_id"], "channel": row["channel"], "state": "closed", "epoch": 0,
               "started": FIRST, "last_activity": FIRST, "closed": FIRST, "is_traditional": False, "with_bot": False,
               "outage_told": False} for talk, row in talks.items()]  # fmt: skip
    agents: list[dict[str, Any]] = [{"id": agent, "login": agent, "name": agent, "roles": [], "skills": [], "capacity": 1, "is_active": True,
               "created": FIRST} for agent in ("s1", "s2")]  # fmt: skip
    async with database.write() as connection:
        for table, rows in ((staff, agents), (contacts, happened.contacts), (conversations, opened),
                            (questions, happened.questions), (handoffs, happened.handoffs), (ratings, happened.ratings)):  # fmt: skip
            await connection.execute(insert(table), list(rows))


def flat(report: Report) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Return counts and totals by measure and key."""
    sums = {(m.value, key): found for m, keys in report.keys.items() for key, found in keys.items()}
    counts = Counter({name: found.count for name, found in sums.items() if found.count})
    return counts, Counter({name: found.total for name, found in sums.items() if found.total})


def expected(
    happened: World, channel: str | None
) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    both: list[Counter[tuple[str, str]]] = []
    for found in (happened.counts, happened.totals):
        summed: Counter[tuple[str, str]] = Counter()
        for (day, on, measure, key), n in found.items():
            if SPAN.first <= day <= SPAN.last and channel in (None, on):
                summed[measure, key] += n
        both.append(Counter({name: n for name, n in summed.items() if n}))
    return both[0], both[1]


@pytest.mark.parametrize("seed", range(6))
async def test_figures_are_what_plain_python_counts(database: Database, seed: int) -> None:
    happened = world(seed).counted()
    await fill(database, happened)
    clock = FixedClock(NOW)
    for is_kept in (False, True):
        if is_kept:
            assert await DayBook(database, clock).keep() == 10  # the last four days and today are still open
        for channel in (None, "wechat"):
            report = await Figures(database, clock).report(SPAN, channel)
            assert flat(report) == expected(happened, channel)
            by_day = {
                (day, m.value): found.count for day, sums in report.days.items() for m, found in sums.items()
            }
            wanted: Counter[tuple[date, str]] = Counter()
            for (day, on, measure, _), n in happened.counts.items():
                if channel in (None, on) and measure in (
                    "conversations",
                    "contained",
                    "abstained",
                    "handoff",
                ):
                    wanted[day, measure] += n
            assert {name: by_day[name] for name in wanted} == wanted


async def test_thumb_given_later_counts_on_the_day_of_its_question(database: Database) -> None:
    happened, clock = world(3), FixedClock(NOW)
    await fill(database, happened)
    await DayBook(database, clock).keep()
    old = min(
        (row for row in happened.questions if row["article"] and row["is_useful"] is None),
        key=lambda r: r["asked_s"],
    )
    before = (await Figures(database, clock).report(SPAN)).totals[Measure.USELESS].count
    async with database.write() as connection:
        await noted.judged(connection, MessageId(old["id"]), False)
    assert (await Figures(database, clock).report(SPAN)).totals[Measure.USELESS].count == before + 1
    assert await DayBook(database, clock).keep() == 1
    async with database.read() as connection:
        assert len((await connection.execute(select(counted_days))).all()) == 10


async def test_nothing_asked_is_no_figures(database: Database) -> None:
    clock = FixedClock(NOW)
    assert await DayBook(database, clock).keep() == 0
    assert flat(await Figures(database, clock).report(SPAN)) == (Counter(), Counter())


def test_rate_of_nothing_is_none_and_percentile_is_a_nearest_rank() -> None:
    assert rate("resolution", {}).value is None
    assert rate("containment", {Measure.CONTAINED: Sum(3), Measure.CONVERSATIONS: Sum(4)}).value == 0.75
    assert [percentile({10: 1, 20: 2, 40: 1}, p) for p in (25, 50, 95)] == [10, 20, 40]
    assert percentile({}, 50) is None


def test_span_before_is_as_long_and_ends_where_this_begins() -> None:
    assert Span(date(2026, 10, 8), date(2026, 10, 14)).before == Span(date(2026, 10, 1), date(2026, 10, 7))
