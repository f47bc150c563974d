"""What WeChat still allows towards one customer, for whoever writes to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.channels.wechat import ledger
from bot.channels.wechat.choices import NAME
from bot.channels.wechat.ledger import Purpose
from conversations.model import ContactId
from conversations.tables import contacts, outbox
from core.clock import Clock
from core.database import Database


@dataclass(frozen=True, slots=True)
class Budget:
    """How many messages an agent may send, until when, and how many wait."""

    left: int
    until: datetime
    waiting: int


class Budgets:
    """Reads the ledger."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def of(self, contact_id: ContactId) -> Budget | None:
        """Return a customer's budget; None when they are not on WeChat."""
        now = self._clock.now()
        async with self._db.read() as connection:
            found = await connection.execute(
                select(contacts.c.channel_user).where(contacts.c.id == contact_id, contacts.c.channel == NAME)
            )
            channel_user = found.scalar_one_or_none()
            if channel_user is None:
                return None
            waiting = await connection.execute(
                select(func.count())
                .select_from(outbox)
                .where(outbox.c.contact_id == contact_id, outbox.c.state == "pending")
            )
            allowed = await ledger.allowance(connection, channel_user, now)
            if allowed is None:
                return Budget(0, now, int(waiting.scalar_one()))
            return Budget(allowed.affordable(Purpose.HANDOFF), allowed.until, int(waiting.scalar_one()))
