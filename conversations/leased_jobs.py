"""Work that one process of all does every so often: due by its row, held by a lease that is renewed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Column, String, Table, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core import log
from core.clock import Clock
from core.database import Database, UtcDateTime, metadata

leased_jobs = Table(
    "leased_jobs",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("due", UtcDateTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
)
_J = leased_jobs.c
_LEASE = timedelta(seconds=60)
_LOOK_EVERY_S = 5.0
_ASK_AGAIN_S = 0.5
_log = log.get(__name__)


class LeasedJob:
    """One such work; `work` runs in whichever process takes the lease."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        owner: str,
        name: str,
        every: timedelta,
        work: Callable[[], Awaitable[None]],
    ) -> None:
        self._db, self._clock, self._owner = db, clock, owner
        self._name, self._every, self._work = name, every, work
        self._asked = self._done = 0  # times it was wanted at once; up to which of them it was done
        self._asking = asyncio.Lock()

    async def run(self) -> None:
        """Do it whenever it is due, until cancelled."""
        while True:
            try:
                await self.run_once()
            except Exception:
                _log.exception("job.failed", job=self._name)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def run_once(self, even_if_not_due: bool = False) -> bool:
        """Do it if it is due and nobody else does; say whether it was done."""
        if not await self._take(even_if_not_due):
            return False
        renewing, covers = asyncio.create_task(self._renew()), self._asked
        try:
            await self._work()
            self._done = max(self._done, covers)
        finally:
            renewing.cancel()
            await self._give_back()
        return True

    async def run_now(self, within_s: float) -> bool:
        """Do it for what there is now; say whether it was done in time.

        Whoever does it already began too early, so this comes after them; many who ask meanwhile are served by one.
        """
        self._asked += 1
        mine, loop = self._asked, asyncio.get_running_loop()
        give_up = loop.time() + within_s
        async with self._asking:
            while self._done < mine and not await self.run_once(even_if_not_due=True):
                if loop.time() >= give_up:
                    return False
                await asyncio.sleep(_ASK_AGAIN_S)
        return True

    async def _take(self, even_if_not_due: bool) -> bool:
        now = self._clock.now()
        async with self._db.read() as connection:
            known = (
                await connection.execute(select(_J.due).where(_J.name == self._name))
            ).scalar_one_or_none()
        if known is not None and known > now and not even_if_not_due:
            return False
        if known is None:
            with suppress(IntegrityError):  # another process was quicker
                async with self._db.write() as connection:
                    await connection.execute(insert(leased_jobs).values(name=self._name, due=now))
        is_free = or_(_J.lease_until.is_(None), _J.lease_until <= now)
        due = [] if even_if_not_due else [_J.due <= now]
        async with self._db.write() as connection:
            taken = await connection.execute(
                update(leased_jobs)
                .where(_J.name == self._name, is_free, *due)
                .values(lease_owner=self._owner, lease_until=now + _LEASE)
            )
        return taken.rowcount == 1

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_LEASE.total_seconds() / 3)
            await self._set(lease_until=self._clock.now() + _LEASE)

    async def _give_back(self) -> None:
        await self._set(lease_owner=None, lease_until=None, due=self._clock.now() + self._every)

    async def _set(self, **values: object) -> None:
        async with self._db.write() as connection:
            mine = update(leased_jobs).where(_J.name == self._name, _J.lease_owner == self._owner)
            await connection.execute(mine.values(**values))
