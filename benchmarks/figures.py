"""How long the figures take over a million messages: ``python -m benchmarks.figures [--messages N] [--url URL]``.

A synthetic year of questions, handoffs and ratings is written (two messages a question), every day that is over is counted
and kept, and reports are timed. Without a URL an SQLite file in a temporary folder is used.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert

from app.migrate import upgrade
from conversations.desk_tables import handoffs, ratings, staff
from conversations.figures.days import DayBook
from conversations.figures.model import Span
from conversations.figures.report import Figures
from conversations.question_tables import questions
from conversations.questions import subject_of
from conversations.tables import contacts, conversations
from core.clock import UTC, FixedClock
from core.database import Database

NOW = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
DAYS = 365
_CHUNK = 5_000
Row = dict[str, Any]


def happenings(count: int) -> Iterator[tuple[Table, Row]]:
    """Yield what happened in a year: conversations of about three questions, some with an agent, some rated."""
    dice, begin = random.Random(7), NOW - timedelta(days=DAYS)
    for n in range(4):
        yield staff, {"id": f"s{n}", "login": f"s{n}", "name": f"坐席{n}", "roles": [], "skills": [], "capacity": 5,
                      "is_active": True, "created": begin}  # fmt: skip
    people = max(1, count // 12)
    for n in range(people):
        yield contacts, {"id": f"c{n}", "channel": "web", "channel_user": f"u{n}", "last_seq": 0, "created": begin, "person": f"p{n % (people * 9 // 10 + 1)}"}  # fmt: skip
    asked = talk = 0
    while asked < count:
        talk += 1
        who, channel = f"c{dice.randrange(people)}", dice.choice(["web", "wechat", "rest"])
        at = begin + timedelta(seconds=dice.randrange(DAYS * 86_400))
        common = {"contact_id": who, "channel": channel}
        yield conversations, {"id": f"v{talk}", **common, "state": "closed", "epoch": 0, "started": at, "last_activity": at,
                              "closed": at, "is_traditional": False, "with_bot": False, "outage_told": False}  # fmt: skip
        is_handed = dice.random() < 0.12
        for seq in range(dice.randrange(1, 6)):
            asked += 1
            topic = dice.choice(["faq", "faq", "faq", "bill", "plan", "topup", "balance"])
            outcome = (
                dice.choices(["answered", "offered", "abstained"], [8, 1, 1])[0] if topic == "faq" else ""
            )
            article = f"a{min(int(dice.expovariate(0.02)), 599)}" if outcome == "answered" else ""
            text = f"问题{min(int(dice.expovariate(0.005)), 4000)}"
            yield questions, {
                "id": f"q{asked}", **common, "conversation_id": f"v{talk}", "seq": seq, "started_s": int(at.timestamp()),
                "asked_s": int(at.timestamp()) + 40 * seq, "text": text, "wording": text, "topic": topic,
                "subject": subject_of(topic, article), "article": article, "offering": "", "outcome": outcome,
                "is_taken": False, "is_useful": dice.choice([None] * 8 + [True, False]) if article else None,
                "handed_over": "asked" if is_handed and seq == 0 else None,
            }  # fmt: skip
        if is_handed:
            accepted = at + timedelta(seconds=int(dice.expovariate(1 / 60)))
            yield handoffs, {
                "id": f"h{talk}", **common, "conversation_id": f"v{talk}", "reason": "asked", "skill": "billing", "summary": {},
                "language": "zh-Hans", "is_elderly": False, "is_complaint": False, "is_returned": False, "state": "resolved",
                "requested": at, "queued": at, "agent_id": f"s{dice.randrange(4)}", "accepted": accepted,
                "first_response": accepted + timedelta(seconds=dice.randrange(5, 40)), "ended": accepted + timedelta(seconds=400),
            }  # fmt: skip
        if dice.random() < 0.3:
            yield ratings, {
                "conversation_id": f"v{talk}", **common, "scale": 5, "asked": at, "score": dice.choice([None, 25, 75, 100]),
                "reasons": [], "words": "", "is_solved": None, "topic": "faq", "region": "", "article": "", "agent_id": None,
                "age_band": "", "offering": "",
            }  # fmt: skip


async def fill(db: Database, count: int) -> None:
    """Write it all, each table in large bites, parents first."""
    waiting: dict[Table, list[Row]] = {
        table: [] for table in (staff, contacts, conversations, questions, handoffs, ratings)
    }

    async def flush() -> None:
        async with db.write() as connection:
            for table, rows in waiting.items():
                if rows:
                    await connection.execute(insert(table), rows)
                    rows.clear()

    for table, row in happenings(count):
        waiting[table].append(row)
        if sum(map(len, waiting.values())) >= _CHUNK:
            await flush()
    await flush()


async def measure(url: str, messages: int) -> None:
    """Print what each step takes."""
    await upgrade(url)
    db, clock = Database(url), FixedClock(NOW)
    started = time.perf_counter()
    await fill(db, messages // 2)
    print(
        f"written: {messages:,} messages as {messages // 2:,} questions in {time.perf_counter() - started:.0f} s"
    )
    started = time.perf_counter()
    days = await DayBook(db, clock).keep()
    taken = time.perf_counter() - started
    print(f"counted and kept: {days} days in {taken:.1f} s, {taken / days * 1000:.0f} ms a day")
    for name, first in (("7 days", 6), ("30 days", 29), ("90 days", 89), ("a year", 364)):
        cold = await _timed(db, clock, first, 3, is_cold=True)
        warm = await _timed(db, clock, first, 5, is_cold=False)
        print(f"report of {name}: {cold:.0f} ms, {warm:.0f} ms when asked again within 20 s (medians)")
    await db.close()


async def _timed(db: Database, clock: FixedClock, first: int, times: int, is_cold: bool) -> float:
    today, figures, taken = date(2026, 11, 1), Figures(db, clock), []
    span = Span(today - timedelta(days=first), today)
    if not is_cold:
        await figures.report(span)
    for _ in range(times):
        asked = Figures(db, clock) if is_cold else figures
        started = time.perf_counter()
        await asked.report(span)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--url", default="")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite+aiosqlite:///{Path(folder) / 'figures.db'}"
        asyncio.run(measure(url, chosen.messages))


if __name__ == "__main__":
    main()
