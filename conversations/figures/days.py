"""Counting days, and keeping those that are over: every process may do it, twice does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from conversations.figures.bot_day import bot_facts
from conversations.figures.desk_day import desk_facts
from conversations.figures.model import SETTLES_AFTER, Fact, day_of, start_of, start_s
from conversations.figures.tables import counted_days, daily_figures
from conversations.locking import lock_name
from conversations.question_tables import questions
from core import log
from core.clock import UTC, Clock
from core.database import Database

_log = log.get(__name__)
_DAY = timedelta(days=1)


def facts_of(connection: Connection, day: date, now_s: int) -> list[Fact]:
    """Count one day; facts of nothing are left out."""
    end = day + _DAY
    counted = [
        *bot_facts(connection, start_s(day), start_s(end), now_s),
        *desk_facts(connection, start_of(day).astimezone(UTC), start_of(end).astimezone(UTC)),
    ]
    return [fact for fact in counted if fact.count]


def first_day(connection: Connection) -> date | None:
    """Return the day of the first question; nothing is counted before."""
    first = connection.execute(select(func.min(questions.c.asked_s))).scalar_one()
    return day_of(datetime.fromtimestamp(first, UTC)) if first is not None else None


class DayBook:
    """Keeps the figures of the days that are over."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def keep(self, most: int = 400) -> int:
        """Count the days that are over and not kept yet, oldest first, up to `most`; return how many."""
        async with self._db.read() as connection:
            due = await connection.run_sync(self._due)
        for day in due[:most]:
            async with self._db.read() as connection:  # counting takes long: nobody who writes waits for it
                facts = await connection.run_sync(facts_of, day, int(self._clock.now().timestamp()))
            await self._store(day, facts)
        if due:
            _log.info("figures.kept", days=len(due[:most]))
        return len(due[:most])

    def _due(self, connection: Connection) -> list[date]:
        first, last = first_day(connection), day_of(self._clock.now() - SETTLES_AFTER) - _DAY
        if first is None:
            return []
        kept = set(connection.execute(select(counted_days.c.day)).scalars())
        every = [first + _DAY * n for n in range((last - first).days + 1)]
        return [day for day in every if day not in kept]

    async def _store(self, day: date, facts: Sequence[Fact]) -> None:
        async with self._db.write() as connection:
            await lock_name(connection, f"figures:{day}")
            await connection.execute(delete(daily_figures).where(daily_figures.c.day == day))
            await connection.execute(delete(counted_days).where(counted_days.c.day == day))
            if facts:
                await connection.execute(insert(daily_figures), [_row(day, fact) for fact in facts])
            await connection.execute(insert(counted_days).values(day=day, at=self._clock.now()))


def _row(day: date, fact: Fact) -> dict[str, object]:
    return {
        "day": day,
        "measure": fact.measure.value,
        "channel": fact.channel,
        "key": fact.key,
        "count": fact.count,
        "total": fact.total,
    }
