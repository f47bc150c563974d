"""Answering inside the callback: one transaction takes what waits for the customer and fixes the reply."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.wechat import claims, ledger
from bot.channels.wechat.claims import Claim, Claims
from bot.channels.wechat.ledger import Purpose
from bot.channels.wechat.words import word
from bot.channels.wechat.writing import LIMIT, pieces
from conversations.model import ContactId
from conversations.outbox import Waiting, note_sent, waiting_in, wake
from core.clock import Clock
from core.database import Database
from core.ids import MessageId

EVERY_SEQ = 2**31 - 1  # beyond every sequence number


@dataclass(frozen=True, slots=True)
class Asked:
    """What a callback asks an answer for: everything up to a customer's message."""

    contact_id: ContactId
    seq: int
    is_answered: bool  # the message; there may still be nothing to say to it
    otherwise: str | None = None  # what is said when there is nothing
    is_last: bool = False  # there is no more time


class Passive:
    """Fixes replies."""

    def __init__(self, db: Database, clock: Clock, claims: Claims) -> None:
        self._db, self._clock, self._claims = db, clock, claims

    async def say(self, claim: Claim, text: str | None) -> Claim:
        """Fix a reply that is no message of a conversation (a welcome), or none."""
        async with self._db.write() as connection:
            return await self._decided(connection, claim, text, {})

    async def decide(self, claim: Claim, asked: Asked, can_push: bool) -> Claim | None:
        """Fix the reply from what waits; None while the answer, or an earlier reply, is on its way."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await ledger.lock_user(connection, claim.channel_user, now)
            if not await self._claims.is_mine(connection, claim):
                return await self._claims.found(connection, claim)
            before = await claims.held_until(connection, claim.channel_user, now, but=claim.key)
            waiting = await waiting_in(connection, asked.contact_id, asked.seq, now)
            is_free = before is None and waiting is not None
            if is_free and waiting:
                return await self._take(connection, claim, asked, waiting, can_push)
            if not asked.is_last and not (is_free and asked.is_answered):
                return None
            later = asked.otherwise if is_free else None
            if not asked.is_answered and not await self._can_push(connection, claim, can_push):
                later = word("later")
            await wake(connection, asked.contact_id, now)
            return await self._decided(connection, claim, later, {})

    async def _take(
        self, connection: AsyncConnection, claim: Claim, asked: Asked, waiting: list[Waiting], can_push: bool
    ) -> Claim:
        found = pieces(waiting)
        text = found[0].text
        if len(found) > 1 and not await self._can_push(connection, claim, can_push):
            more = "\n" + word("more_waits")
            found = pieces(waiting, LIMIT - len(more.encode()))
            text = found[0].text + more
        first, now = found[0], self._clock.now()
        touched = {*first.whole, *first.parts}
        taken = {item.message.id: item.parts_sent for item in waiting if item.message.id in touched}
        await note_sent(connection, first.whole, first.parts, now)
        await wake(connection, asked.contact_id, now)
        return await self._decided(connection, claim, text or None, taken)

    async def _can_push(self, connection: AsyncConnection, claim: Claim, can_push: bool) -> bool:
        allowed = await ledger.allowance(connection, claim.channel_user, self._clock.now())
        return can_push and allowed is not None and allowed.affordable(Purpose.ORDINARY) > 0

    async def _decided(
        self, connection: AsyncConnection, claim: Claim, text: str | None, taken: dict[MessageId, int]
    ) -> Claim:
        await self._claims.decide(connection, claim, text, taken)
        return replace(claim, is_mine=False, is_decided=True, reply=text)
