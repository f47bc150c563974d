"""Every message and event of WeChat, claimed once before any work; the claim keeps what was decided.

open (somebody works on it) -> decided (a passive reply is fixed) -> replied (WeChat has it, or there is none)
                                                                  -> returned (WeChat gave up: its messages wait again)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.wechat import ledger
from bot.channels.wechat.arrival import Action, Arrival
from bot.channels.wechat.choices import NAME
from bot.channels.wechat.refusal import Refused
from bot.channels.wechat.tables import claims, stamps
from conversations.outbox import is_waited_for, take_back
from core.clock import Clock
from core.database import Database
from core.ids import MessageId

_K = claims.c
OPEN, DECIDED, REPLIED, RETURNED = "open", "decided", "replied", "returned"
_TRIES = 3  # of WeChat's deliveries
_RETRIES_OVER = timedelta(seconds=20)  # after a try, when no other will come
_RETRY_FROM, _RETRY_TO = timedelta(seconds=4), timedelta(seconds=16)  # after a try, when another is due
_UNTIL_RETRY = timedelta(seconds=6)  # a decided reply may need WeChat's next try to get there
_KEPT = timedelta(days=1)
_STAMP_KEPT = timedelta(minutes=15)  # a delivery's time may be off by five minutes, either way
_FEW = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery's standing: `is_mine` to work on, or decided (`reply` is what to say, None: nothing)."""

    account: str
    key: str
    channel_user: str
    is_mine: bool
    is_decided: bool
    is_repeat: bool
    reply: str | None = None


class Claims:
    """The claims of all processes; `owner` is this one."""

    def __init__(self, db: Database, clock: Clock, owner: str, holds: timedelta) -> None:
        self._db, self._clock, self._owner, self._holds = db, clock, owner, holds

    async def take(self, arrival: Arrival, stamp: str, action: Action) -> Claim:
        """Claim a delivery, with what it allows us to send; raise Refused when its stamp came with another message.

        A claim whose owner has not decided in time is taken over.
        """
        try:
            return await self._take(arrival, stamp, action)
        except IntegrityError:  # two messages with one stamp, at the same moment
            raise Refused("replayed", status=403) from None

    async def _take(self, arrival: Arrival, stamp: str, action: Action) -> Claim:
        now, who = self._clock.now(), arrival.channel_user
        async with self._db.write() as connection:
            await ledger.lock_user(connection, who, now)
            await _use_up(connection, arrival, stamp, now)
            row = await _row(connection, arrival.account, arrival.key)
            if row is None:
                await connection.execute(
                    insert(claims).values(
                        account=arrival.account,
                        key=arrival.key,
                        channel_user=who,
                        state=OPEN,
                        owner=self._owner,
                        held_until=now + self._holds,
                        tries=1,
                        last_try=now,
                        arrived=now,
                    )
                )
                await ledger.grant(connection, who, action, arrival.at)
                return Claim(arrival.account, arrival.key, who, True, False, is_repeat=False)
            changes: dict[str, object] = {"tries": row.tries + 1, "last_try": now}
            is_mine = row.state == OPEN and row.held_until <= now
            if is_mine:
                changes |= {"owner": self._owner, "held_until": now + self._holds}
            elif row.state == DECIDED:
                changes |= {"held_until": now + _UNTIL_RETRY}
            await _change(connection, arrival.account, arrival.key, changes)
            reply = row.reply if row.state in (DECIDED, REPLIED) else None
            return Claim(arrival.account, arrival.key, who, is_mine, row.state != OPEN, True, reply)

    async def look(self, claim: Claim) -> Claim | None:
        """Return a claim somebody else works on once it is decided or free to be taken over; None before."""
        now = self._clock.now()
        async with self._db.read() as connection:
            row = await _row(connection, claim.account, claim.key, is_locked=False)
            if row is None or row.state != OPEN:
                return _decided(claim, row)
            if row.held_until > now:
                return None
        async with self._db.write() as connection:
            taken = await connection.execute(
                update(claims)
                .where(
                    _K.account == claim.account,
                    _K.key == claim.key,
                    _K.state == OPEN,
                    _K.held_until <= now,
                )
                .values(owner=self._owner, held_until=now + self._holds)
            )
        return (
            Claim(claim.account, claim.key, claim.channel_user, True, False, True) if taken.rowcount else None
        )

    async def is_mine(self, connection: AsyncConnection, claim: Claim) -> bool:
        """Say, inside a transaction, whether this process is still to decide."""
        row = await _row(connection, claim.account, claim.key)
        return row is not None and row.state == OPEN and row.owner == self._owner

    async def found(self, connection: AsyncConnection, claim: Claim) -> Claim:
        """Return, inside a transaction, what somebody else has decided."""
        row = await _row(connection, claim.account, claim.key)
        return _decided(claim, row)

    async def decide(
        self, connection: AsyncConnection, claim: Claim, reply: str | None, taken: Mapping[MessageId, int]
    ) -> None:
        """Fix, inside a transaction, what every delivery of a message is answered with."""
        now = self._clock.now()
        values: dict[str, object] = {"state": REPLIED, "held_until": now}
        if reply is not None:
            values = {
                "state": DECIDED,
                "held_until": now + _UNTIL_RETRY,
                "reply": reply,
                "taken": dict(taken),
            }
        await _change(connection, claim.account, claim.key, values)

    async def settle(self, claim: Claim) -> bool:
        """Note that WeChat has the reply; say whether something that had to wait for this can go out now."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await ledger.lock_user(connection, claim.channel_user, now)  # after this a push is held no more
            settled = await connection.execute(
                update(claims)
                .where(_K.account == claim.account, _K.key == claim.key, _K.state == DECIDED)
                .values(state=REPLIED, held_until=now)
            )
            return settled.rowcount > 0 and await is_waited_for(connection, NAME, claim.channel_user)

    async def give_back(self, claim: Claim) -> bool:
        """Let the messages of a reply that came too late be sent otherwise; say whether there were any to give back."""
        now = self._clock.now()
        async with self._db.write() as connection:
            row = await _row(connection, claim.account, claim.key)
            if row is None or row.state != DECIDED or not row.taken:
                return False
            await _change(connection, claim.account, claim.key, {"state": RETURNED, "held_until": now})
            await take_back(connection, _taken(row), now)
        return True

    async def sweep(self) -> int:
        """Settle replies nobody saw arrive, now that WeChat tries no more; return how many wait to be sent again.

        If WeChat reached us when it would have tried again and did not, it had the reply.
        """
        now, returned = self._clock.now(), 0
        overdue = select(_K.account, _K.key).where(_K.state == DECIDED, _K.last_try < now - _RETRIES_OVER)
        async with self._db.read() as connection:
            found = (await connection.execute(overdue.limit(_FEW))).all()
        for account, key in found:
            async with self._db.write() as connection:
                returned += await self._settle_late(connection, account, key, now)
        return returned

    async def _settle_late(self, connection: AsyncConnection, account: str, key: str, now: datetime) -> int:
        row = await _row(connection, account, key)
        if row is None or row.state != DECIDED or row.last_try >= now - _RETRIES_OVER:
            return 0
        others = await connection.execute(
            select(func.count())
            .select_from(claims)
            .where(
                _K.account == account,
                _K.last_try.between(row.last_try + _RETRY_FROM, row.last_try + _RETRY_TO),
            )
        )
        has_it = row.tries < _TRIES and others.scalar_one() > 0
        if has_it:
            await _change(connection, account, key, {"state": REPLIED, "held_until": now})
            return 0
        await self._return(connection, row, now)
        return 1

    async def _return(self, connection: AsyncConnection, row: Row[Any], now: datetime) -> None:
        await _change(connection, row.account, row.key, {"state": RETURNED, "held_until": now})
        await take_back(connection, {MessageId(k): int(n) for k, n in (row.taken or {}).items()}, now)

    async def forget_old(self) -> None:
        """Remove claims that no delivery can name any more, and stamps that no delivery can bear."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await connection.execute(delete(stamps).where(stamps.c.at < now - _STAMP_KEPT))
            await connection.execute(
                delete(claims).where(_K.last_try < now - _KEPT, _K.state.in_((REPLIED, RETURNED, OPEN)))
            )


async def held_until(
    connection: AsyncConnection, channel_user: str, now: datetime, but: str | None = None
) -> datetime | None:
    """Return until when nothing may be pushed to a user, because a passive reply is on its way; None if none is.

    With `but`, the key of a claim: until when its own reply must wait for an earlier one.
    """
    query = select(func.max(_K.held_until)).where(
        _K.channel_user == channel_user, _K.state.in_((OPEN, DECIDED)), _K.held_until > now
    )
    if but is not None:
        query = query.where(_K.state == DECIDED, _K.key != but)
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def _use_up(connection: AsyncConnection, arrival: Arrival, stamp: str, now: datetime) -> None:
    """Note what a delivery was stamped with, a repeated one's too; raise Refused when another message bore it."""
    known = await connection.execute(
        select(stamps.c.key).where(stamps.c.account == arrival.account, stamps.c.stamp == stamp)
    )
    key = known.scalar_one_or_none()
    if key is None:
        values = {"account": arrival.account, "stamp": stamp, "key": arrival.key, "at": now}
        await connection.execute(insert(stamps).values(values))
    elif key != arrival.key:
        raise Refused("replayed", status=403)


def _taken(row: Row[Any]) -> dict[MessageId, int]:
    """Return which messages a reply carried, and how many parts of each had been sent before it."""
    return {MessageId(key): int(parts) for key, parts in (row.taken or {}).items()}


def _decided(claim: Claim, row: Row[Any] | None) -> Claim:
    reply = row.reply if row is not None and row.state in (DECIDED, REPLIED) else None
    return replace(claim, is_mine=False, is_decided=True, reply=reply)


async def _row(
    connection: AsyncConnection, account: str, key: str, is_locked: bool = True
) -> Row[Any] | None:
    query = select(claims).where(_K.account == account, _K.key == key)
    return (await connection.execute(query.with_for_update() if is_locked else query)).one_or_none()


async def _change(connection: AsyncConnection, account: str, key: str, values: Mapping[str, object]) -> None:
    await connection.execute(update(claims).where(_K.account == account, _K.key == key).values(**values))
