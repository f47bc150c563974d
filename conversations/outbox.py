"""What still has to reach customers: written with the message, leased by row, sent, then marked.

A channel that pushes leases rows and marks them; one that is asked (REST) takes them. A row that could not be sent is
tried again, later and later, and given up after a day of trying: the transcript still has it. The time in which a channel
held it back does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import rows, statements
from conversations.model import Contact, ContactId, Message
from conversations.tables import contacts, messages, outbox
from core.clock import Clock
from core.database import Database
from core.ids import MessageId

_O = outbox.c
_LEASE = timedelta(seconds=30)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 600.0
_GIVE_UP_AFTER = timedelta(days=1)
_DAY_OF_TRYING = 150  # tries: so many of these waits fill a day
_ALL = 2**31 - 1  # beyond every sequence number
_IN_ONE_QUERY = 500  # names in one IN list; SQLite and PostgreSQL both take far more


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not reached the customer, or only its first parts."""

    message: Message
    parts_sent: int


class Outbox:
    """The undelivered messages of every channel."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def lease(self, contact_id: ContactId, owner: str) -> list[Message]:
        """Take what waits for a contact and nobody else is sending, oldest first.

        Empty while another process sends to this contact: it will send what follows too, in order.
        """
        now = self._clock.now()
        waiting = and_(_O.contact_id == contact_id, _O.state == "pending")
        async with self._db.write() as connection:
            rival = (
                await connection.execute(
                    select(_O.message_id)
                    .where(
                        waiting, _O.lease_owner.is_not(None), _O.lease_owner != owner, _O.lease_until > now
                    )
                    .limit(1)
                )
            ).first()
            if rival is not None:
                return []
            await connection.execute(
                update(outbox)
                .where(waiting, or_(_O.lease_owner.is_(None), _O.lease_owner == owner, _O.lease_until <= now))
                .values(lease_owner=owner, lease_until=now + _LEASE)
            )
            leased = await connection.execute(
                select(messages)
                .join(outbox, _O.message_id == messages.c.id)
                .where(waiting, _O.lease_owner == owner)
                .order_by(messages.c.seq)
            )
            return [rows.message_from(row) for row in leased]

    async def take(
        self, contact_id: ContactId, up_to_seq: int | None = None, kept: Collection[int] = ()
    ) -> list[Message]:
        """Take what waits for a contact that has asked, and mark it as sent; answers to later messages stay.

        `up_to_seq` is the seq of the message it asked with; without it everything is taken. The answers to the
        messages in `kept` stay too: others are waiting for them.
        """
        asked = {
            "contact": contact_id,
            "up_to_seq": _ALL if up_to_seq is None else up_to_seq,
            "kept": list(kept),
        }
        async with self._db.write() as connection:
            found = await connection.execute(statements.WAITING_IN_OUTBOX, asked)
            taken = [rows.message_from(row) for row in found]
            if taken:
                await self._mark(connection, [message.id for message in taken])
        return taken

    async def mark_sent(self, message_ids: Sequence[MessageId]) -> None:
        """Note that these have reached the channel."""
        if message_ids:
            async with self._db.write() as connection:
                await self._mark(connection, message_ids)

    async def mark_read(self, contact_id: ContactId, up_to_seq: int) -> None:
        """Note that a client has everything up to a position: it fetched its history."""
        pending = select(_O.message_id).where(
            _O.contact_id == contact_id, _O.state == "pending", _O.seq <= up_to_seq
        )
        async with self._db.read() as connection:
            waiting = [MessageId(found) for found in (await connection.execute(pending)).scalars()]
        await self.mark_sent(waiting)

    async def _mark(self, connection: AsyncConnection, message_ids: Sequence[MessageId]) -> None:
        await connection.execute(
            statements.MARK_SENT, {"messages": list(message_ids), "at": self._clock.now()}
        )

    async def put_back(self, failed: Sequence[Message]) -> None:
        """Give back what could not be sent; it is due again after a growing wait."""
        now = self._clock.now()
        async with self._db.write() as connection:
            for message in failed:
                attempts = (
                    await connection.execute(
                        update(outbox)
                        .where(_O.message_id == message.id, _O.state == "pending")
                        .values(attempts=_O.attempts + 1, lease_owner=None, lease_until=None)
                        .returning(_O.attempts)
                    )
                ).scalar_one_or_none()
                if attempts is None:
                    continue
                wait_s = min(_FIRST_WAIT_S * 2 ** min(attempts - 1, 10), _LONGEST_WAIT_S)
                is_over = attempts >= _DAY_OF_TRYING and now - message.created > _GIVE_UP_AFTER
                await connection.execute(
                    update(outbox).where(_O.message_id == message.id).values(state="expired")
                    if is_over
                    else update(outbox)
                    .where(_O.message_id == message.id)
                    .values(next_try=now + timedelta(seconds=wait_s))
                )

    async def hold(self, messages: Sequence[Message], until: datetime, owner: str) -> None:
        """Give back what the channel does not take before a time; that counts for no failure."""
        async with self._db.write() as connection:
            await hold_in(connection, [message.id for message in messages], until, owner)

    async def due(self, channel: str, reachable: Collection[str] | None = None) -> list[Contact]:
        """Return the contacts of a channel something is due for; `reachable` limits them to these channel users."""
        now = self._clock.now()
        conditions: list[ColumnElement[bool]] = [
            _O.channel == channel,
            _O.state == "pending",
            _O.next_try <= now,
            or_(_O.lease_owner.is_(None), _O.lease_until <= now),
        ]
        if reachable is None:
            return await self._contacts(conditions)
        found: list[Contact] = []
        names = list(reachable)
        for start in range(0, len(names), _IN_ONE_QUERY):
            chunk = contacts.c.channel_user.in_(names[start : start + _IN_ONE_QUERY])
            found += await self._contacts([*conditions, chunk])
        return found

    async def _contacts(self, conditions: list[ColumnElement[bool]]) -> list[Contact]:
        query = (
            select(contacts.c.id, contacts.c.channel, contacts.c.channel_user)
            .join(outbox, _O.contact_id == contacts.c.id)
            .where(*conditions)
            .distinct()
            .limit(_IN_ONE_QUERY)
        )
        async with self._db.read() as connection:
            return [
                Contact(ContactId(row.id), row.channel, row.channel_user)
                for row in await connection.execute(query)
            ]


async def waiting_in(
    connection: AsyncConnection,
    contact_id: ContactId,
    up_to_seq: int,
    now: datetime,
    owner: str | None = None,
) -> list[Waiting] | None:
    """Return, inside a transaction, what waits for a contact, oldest first; None while somebody else is sending to them.

    Answers to messages after `up_to_seq` stay out. `owner` is who asks, if they hold leases.
    """
    found = await connection.execute(
        select(messages, _O.parts_sent, _O.lease_owner, _O.lease_until, _O.reply_seq)
        .join(outbox, _O.message_id == messages.c.id)
        .where(_O.contact_id == contact_id, _O.state == "pending")
        .order_by(messages.c.seq)
        .with_for_update(of=outbox)
    )
    waiting = []
    for row in found:
        if row.lease_owner not in (None, owner) and row.lease_until > now:
            return None
        if row.reply_seq <= up_to_seq:
            waiting.append(Waiting(rows.message_from(row), row.parts_sent))
    return waiting


async def hold_in(
    connection: AsyncConnection, message_ids: Sequence[MessageId], until: datetime, owner: str
) -> None:
    """Give back, inside a transaction, what `owner` still leases and is not to be tried before a time."""
    await connection.execute(
        update(outbox)
        .where(_O.message_id.in_(message_ids), _O.state == "pending", _O.lease_owner == owner)
        .values(next_try=until, lease_owner=None, lease_until=None)
    )


async def is_waited_for(connection: AsyncConnection, channel: str, channel_user: str) -> bool:
    """Say, inside a transaction, whether anything has not reached a customer yet."""
    waiting = (
        select(_O.message_id)
        .join(contacts, _O.contact_id == contacts.c.id)
        .where(contacts.c.channel == channel, contacts.c.channel_user == channel_user, _O.state == "pending")
    )
    return (await connection.execute(waiting.limit(1))).first() is not None


async def note_sent(
    connection: AsyncConnection, whole: Sequence[MessageId], parts: Mapping[MessageId, int], at: datetime
) -> None:
    """Note, inside a transaction, that messages have reached the channel, and of others how many parts."""
    if whole:
        await connection.execute(statements.MARK_SENT, {"messages": list(whole), "at": at})
    for message_id, count in parts.items():
        await connection.execute(update(outbox).where(_O.message_id == message_id).values(parts_sent=count))


async def take_back(connection: AsyncConnection, parts: Mapping[MessageId, int], at: datetime) -> None:
    """Note, inside a transaction, that messages did not reach the customer after all, beyond these many parts."""
    for message_id, count in parts.items():
        await connection.execute(
            update(outbox)
            .where(_O.message_id == message_id)
            .values(state="pending", sent=None, parts_sent=count, next_try=at)
        )


async def wake(connection: AsyncConnection, contact_id: ContactId, at: datetime) -> None:
    """Let, inside a transaction, everything that is held back for a contact be tried again."""
    await connection.execute(
        update(outbox).where(_O.contact_id == contact_id, _O.state == "pending").values(next_try=at)
    )
