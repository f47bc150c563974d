"""Who is at their desk: what agents say of themselves, and the heartbeat of their browsers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_model import Presence, PresenceNow, StaffId
from conversations.desk_tables import presence_log, presences, staff
from conversations.locking import lock_name
from conversations.model import new_id
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import StaffError

_log = log.get(__name__)
_P = presences.c
BY_SYSTEM = "system"  # who set it, when nobody did
VANISHED = timedelta(seconds=30)  # without a heartbeat; the browser is closed or cut off


class PresenceBook:
    """The presence of everybody, and its history."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def set(
        self, staff_id: StaffId, presence: Presence, reason: str = "", set_by: str | None = None
    ) -> PresenceNow:
        """Change an agent's presence; `set_by` is themselves unless a supervisor or the system did it.

        Saying the same again changes nothing but the heartbeat, which only the agent's own word gives.
        """
        now = self._clock.now()
        is_own = set_by is None or set_by == staff_id
        async with self._db.write() as connection:
            known = await _lock(connection, staff_id, now)
            beat = now if is_own else known.beat
            is_same = (known.presence, known.reason) == (presence, reason)
            since = known.since if is_same else now
            await connection.execute(
                update(presences)
                .where(_P.staff_id == staff_id)
                .values(presence=presence.value, reason=reason, since=since, beat=beat)
            )
            if not is_same:
                await _note(connection, staff_id, presence, reason, now, set_by or staff_id)
        return PresenceNow(staff_id, presence, reason, since, beat)

    async def beat(self, staff_id: StaffId) -> PresenceNow:
        """Note a sign of life; return the presence, so that a browser learns that it was put offline meanwhile."""
        now = self._clock.now()
        async with self._db.write() as connection:
            return await beat(connection, staff_id, now)

    async def now(self) -> dict[StaffId, PresenceNow]:
        """Return the presence of everybody who was ever here."""
        async with self._db.read() as connection:
            found = await connection.execute(select(presences))
            return {StaffId(row.staff_id): _presence_from(row) for row in found}

    async def stale(self, after: timedelta = VANISHED) -> list[StaffId]:
        """Return who is not offline and gave no sign of life for `after`."""
        async with self._db.read() as connection:
            found = await connection.execute(select(_P.staff_id).where(self._is_stale(after)))
            return [StaffId(staff_id) for staff_id in found.scalars()]

    async def expire(self, after: timedelta = VANISHED) -> list[StaffId]:
        """Put offline who gave no sign of life for `after`, and return them; a beat that comes in between wins."""
        vanished = []
        for staff_id in await self.stale(after):
            now = self._clock.now()
            async with self._db.write() as connection:
                gone = await connection.execute(
                    update(presences)
                    .where(_P.staff_id == staff_id, self._is_stale(after))
                    .values(presence=Presence.OFFLINE.value, reason="", since=now)
                )
                if gone.rowcount:
                    await _note(connection, staff_id, Presence.OFFLINE, "", now, BY_SYSTEM)
                    vanished.append(staff_id)
                    _log.info("presence.vanished", staff=staff_id)
        return vanished

    async def history(self, staff_id: StaffId, since: datetime) -> list[tuple[datetime, Presence, str, str]]:
        """Return the changes of an agent's presence: when, to what, why, and by whom; oldest first."""
        query = (
            select(presence_log)
            .where(presence_log.c.staff_id == staff_id, presence_log.c.at >= since)
            .order_by(presence_log.c.at)
        )
        async with self._db.read() as connection:
            found = await connection.execute(query)
            return [(row.at, Presence(row.presence), row.reason, row.set_by) for row in found]

    def _is_stale(self, after: timedelta) -> ColumnElement[bool]:
        return and_(_P.presence != Presence.OFFLINE.value, _P.beat <= self._clock.now() - after)


async def beat(connection: AsyncConnection, staff_id: StaffId, now: datetime) -> PresenceNow:
    """As `PresenceBook.beat`, inside a transaction."""
    known = await _lock(connection, staff_id, now)
    await connection.execute(update(presences).where(_P.staff_id == staff_id).values(beat=now))
    return replace(known, beat=now)


async def _lock(connection: AsyncConnection, staff_id: StaffId, now: datetime) -> PresenceNow:
    """Hold the presence of one member of staff until the transaction ends; offline if there was none."""
    query = select(presences).where(_P.staff_id == staff_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        await lock_name(connection, f"presence:{staff_id}")
        row = (await connection.execute(query)).one_or_none()
    if row is not None:
        return _presence_from(row)
    known = await connection.execute(select(staff.c.id).where(staff.c.id == staff_id))
    if known.one_or_none() is None:
        raise StaffError("staff.unknown", staff_id)
    new = PresenceNow(staff_id, Presence.OFFLINE, "", now, now)
    await connection.execute(
        insert(presences).values(
            staff_id=staff_id, presence=new.presence.value, reason="", since=now, beat=now
        )
    )
    return new


async def _note(
    connection: AsyncConnection,
    staff_id: StaffId,
    presence: Presence,
    reason: str,
    now: datetime,
    set_by: str,
) -> None:
    await connection.execute(
        insert(presence_log).values(
            id=new_id(), staff_id=staff_id, presence=presence.value, reason=reason, at=now, set_by=set_by
        )
    )


def _presence_from(row: Row[Any]) -> PresenceNow:
    return PresenceNow(StaffId(row.staff_id), Presence(row.presence), row.reason, row.since, row.beat)
