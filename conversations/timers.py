"""Timers that survive a restart: rows with a time, leased by one process, handled, then moved or removed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.tables import timers
from core import log
from core.clock import Clock
from core.database import Database

_log = log.get(__name__)
_T = timers.c
_LEASE = timedelta(seconds=30)
_RETRY = timedelta(seconds=30)  # after a handler failed
_AT_ONCE = 50

TimerHandler = Callable[[str], Awaitable[datetime | None]]
"""Handles the timer of a subject; returns when it is due again, or None when it is done with."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer: at `due`, do `kind` to `subject` (the id of a conversation, or of whatever the kind is about)."""

    kind: str
    subject: str
    due: datetime


class Timers:
    """The timers of the kinds it has handlers for, and the loop that fires them, one after the other."""

    def __init__(self, db: Database, clock: Clock, owner: str) -> None:
        self._db, self._clock, self._owner = db, clock, owner
        self._handlers: dict[str, TimerHandler] = {}

    def on(self, kind: str, handler: TimerHandler) -> None:
        """Let `handler` handle the timers of a kind."""
        self._handlers[kind] = handler

    async def set(self, kind: str, subject: str, due: datetime) -> None:
        """Set a timer, or move it."""
        async with self._db.write() as connection:
            await set_timer(connection, kind, subject, due)

    async def clear(self, kind: str, subject: str) -> None:
        """Remove a timer, if it is set."""
        async with self._db.write() as connection:
            await connection.execute(delete(timers).where(_T.kind == kind, _T.subject == subject))

    async def fire_due(self) -> int:
        """Handle what is due and nobody else handles; return how many."""
        leased = await self._lease()
        for timer in leased:
            try:
                again = await self._handlers[timer.kind](timer.subject)
            except Exception:
                _log.exception("timer.failed", kind=timer.kind, subject=timer.subject)
                again = self._clock.now() + _RETRY
            await self._settle(timer, again)
        return len(leased)

    async def run(self, every_s: float = 1.0) -> None:
        """Fire timers until cancelled."""
        while True:
            try:
                fired = await self.fire_due()
            except Exception:
                _log.exception("timers.failed")
                fired = 0
            if fired < _AT_ONCE:
                await asyncio.sleep(every_s)

    async def _lease(self) -> list[Timer]:
        now = self._clock.now()
        is_due = and_(
            _T.due <= now,
            _T.kind.in_(list(self._handlers)),
            or_(_T.lease_owner.is_(None), _T.lease_until <= now),
        )
        query = select(timers).where(is_due).order_by(_T.due).limit(_AT_ONCE)
        async with self._db.read() as connection:  # nothing due is the usual case: no write for it
            if (await connection.execute(query.limit(1))).first() is None:
                return []
        async with self._db.write() as connection:
            found = (await connection.execute(query.with_for_update(skip_locked=True))).all()
            for row in found:
                await connection.execute(
                    update(timers)
                    .where(_T.kind == row.kind, _T.subject == row.subject)
                    .values(lease_owner=self._owner, lease_until=now + _LEASE)
                )
        return [Timer(row.kind, row.subject, row.due) for row in found]

    async def _settle(self, timer: Timer, again: datetime | None) -> None:
        # A timer that somebody moved while it was handled keeps its new time.
        here = and_(
            _T.kind == timer.kind,
            _T.subject == timer.subject,
            _T.due == timer.due,
            _T.lease_owner == self._owner,
        )
        async with self._db.write() as connection:
            await connection.execute(
                delete(timers).where(here)
                if again is None
                else update(timers).where(here).values(due=again, lease_owner=None, lease_until=None)
            )


async def set_timer(connection: AsyncConnection, kind: str, subject: str, due: datetime) -> None:
    """As `Timers.set`, inside a transaction."""
    await connection.execute(delete(timers).where(_T.kind == kind, _T.subject == subject))
    await connection.execute(insert(timers).values(kind=kind, subject=subject, due=due))
