"""What staff did that must be accounted for; entries are added and read, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console.tables import audit_log
from core import log
from core.clock import Clock
from core.database import Database

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    number: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: Mapping[str, object]


class Audit:
    """The audit log."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def together(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Make what is changed in this block one transaction with the line about it."""
        return self._db.write()

    async def record(
        self, who: str, what: str, subject: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        """Write that somebody did something (``number.revealed``) to something (a conversation's id)."""
        async with self._db.write() as connection:
            await self.note(connection, who, what, subject, detail or {})

    async def note(
        self, connection: AsyncConnection, who: str, what: str, subject: str, detail: Mapping[str, object]
    ) -> None:
        """As `record`, inside the transaction that does it."""
        await connection.execute(
            insert(audit_log).values(
                at=self._clock.now(), who=who, what=what, subject=subject[:80], detail=dict(detail)
            )
        )
        _log.info("audit.recorded", who=who, what=what, subject=subject)

    async def entries(
        self, what: str | None = None, who: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return entries, newest first; `before` is the number of the last one seen."""
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        for column, value in ((audit_log.c.what, what), (audit_log.c.who, who)):
            if value is not None:
                query = query.where(column == value)
        if before is not None:
            query = query.where(audit_log.c.number < before)
        async with self._db.read() as connection:
            return [
                Entry(row.number, row.at, row.who, row.what, row.subject, row.detail)
                for row in await connection.execute(query)
            ]
