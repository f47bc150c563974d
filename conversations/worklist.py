"""What is still to be answered, and by whom: one service process at a time works on a conversation, in order.

The lease lies on the conversation's row. It is taken with the message that finds it free, renewed while the engine is
awaited, and given back in the transaction that stores the last answer; a process that died loses it by time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import questions, rows, statements
from conversations.locking import lock_contact_of, take_turn
from conversations.model import (
    Contact,
    ContactId,
    Content,
    Conversation,
    Message,
    Processing,
    Sender,
    State,
)
from conversations.reading import Refusal
from conversations.tables import conversations, messages
from core import log
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId

_log = log.get(__name__)
LEASE = timedelta(seconds=60)


Effect = Callable[[AsyncConnection, Conversation, datetime, bool], Awaitable[list[Message]]]
"""What an answer does besides being said (a handoff, the end), in the same transaction, under the contact's lock.

It is given the connection, the conversation, the time, and whether the customer has written again meanwhile; it returns
what it has written to the customer.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """One customer message to be answered; `is_resumed` when the engine may have seen it before.

    `conversation` is as it was when the work was taken: an answer is dropped when its epoch has risen since.
    """

    message: Message
    contact: Contact
    conversation: Conversation
    engine_text: str | None
    refusal: Refusal | None
    details: Mapping[str, Any]
    is_resumed: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What was stored, and what is next in the same conversation (None: the lease is given back)."""

    messages: Sequence[Message]
    next: Work | None
    is_stale: bool = False  # the answer came too late and was dropped


_ENDED = (State.RATING, State.CLOSED)


def _has_moved_on(before: Conversation, now: Conversation) -> bool:
    """Say whether an answer comes too late; a rating may come while its conversation closes."""
    return now.epoch != before.epoch and not (before.state in _ENDED and now.state in _ENDED)


def lease_expired(row: Row[Any], now: datetime) -> bool:
    """Say whether nobody holds the conversation of this row."""
    return row.lease_until is None or bool(row.lease_until <= now)


class Worklist:
    """The unanswered messages of all conversations."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def answer(
        self,
        work: Work,
        contents: Sequence[Content],
        sender: Sender,
        owner: str,
        effect: Effect | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> Answered:
        """Store an answer and its effect, once, if the epoch is still the work's; then take the next message or give the lease back."""
        now, message = self._clock.now(), work.message
        async with self._db.write() as connection:
            await take_turn(connection, message.conversation_id)
            row = (
                await connection.execute(statements.CONVERSATION, {"conversation": message.conversation_id})
            ).one()
            conversation = rows.conversation_from(row)
            done = await connection.execute(statements.MARK_ANSWERED, {"message": message.id})
            is_stale = done.rowcount == 0 or _has_moved_on(work.conversation, conversation)
            said: list[Message] = []
            if is_stale:
                _log.info(
                    "answer.dropped",
                    conversation=conversation.id,
                    epoch=work.conversation.epoch,
                    current_epoch=conversation.epoch,
                )
            else:
                reply = message.id, message.seq
                said = await rows.append(connection, conversation, contents, sender, now, reply)
                if about:
                    await questions.note(connection, conversation, message, work.engine_text, about)
                if effect is not None:
                    has_more = await self._has_more(connection, conversation.id)
                    said += await effect(connection, conversation, now, has_more)
            upcoming = None
            if row.lease_owner == owner:
                upcoming = await self._next(connection, message.conversation_id)
                await self._hold(connection, message.conversation_id, owner if upcoming else None, now)
        return Answered(said, upcoming, is_stale)

    async def tell_outage(self, work: Work, content: Content) -> Message | None:
        """Say once in an outage that the answer will come later; None if this conversation has been told."""
        message = work.message
        async with self._db.write() as connection:
            await lock_contact_of(connection, message.conversation_id)
            row = (
                await connection.execute(
                    update(conversations)
                    .where(
                        conversations.c.id == message.conversation_id,
                        conversations.c.epoch == work.conversation.epoch,
                        conversations.c.outage_told.is_(False),
                    )
                    .values(outage_told=True)
                    .returning(*conversations.c)
                )
            ).one_or_none()
            if row is None:
                return None
            reply = message.id, message.seq
            said = await rows.append(
                connection,
                rows.conversation_from(row),
                [content],
                Sender.SYSTEM,
                self._clock.now(),
                reply,
            )
        return said[0]

    async def take(self, conversation_id: ConversationId, owner: str) -> Work | None:
        """Take the lease of a conversation if it is free, and with it the next message."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            taken = await connection.execute(
                update(conversations)
                .where(
                    conversations.c.id == conversation_id,
                    or_(
                        conversations.c.lease_owner.is_(None),
                        conversations.c.lease_until <= now,
                    ),
                )
                .values(lease_owner=owner, lease_until=now + LEASE)
            )
            if taken.rowcount == 0:
                return None
            work = await self._next(connection, conversation_id)
            if work is None:
                await self._hold(connection, conversation_id, None, now)
        return work

    async def renew(self, conversation_id: ConversationId, owner: str) -> bool:
        """Keep the lease; False if another process has it now."""
        async with self._db.write() as connection:
            done = await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id, conversations.c.lease_owner == owner)
                .values(lease_until=self._clock.now() + LEASE)
            )
        return done.rowcount == 1

    async def abandoned(self) -> list[ConversationId]:
        """Return the conversations with unanswered messages that nobody works on."""
        query = (
            select(messages.c.conversation_id)
            .distinct()
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(
                statements.UNFINISHED,
                or_(conversations.c.lease_owner.is_(None), conversations.c.lease_until <= self._clock.now()),
            )
        )
        async with self._db.read() as connection:
            return [ConversationId(found) for found in (await connection.execute(query)).scalars()]

    async def free_all(self, owner: str | None = None) -> None:
        """Give back the leases of a process that stops; without one all, at the start of the only process (SQLite)."""
        held = conversations.c.lease_owner == owner if owner else conversations.c.lease_owner.is_not(None)
        async with self._db.write() as connection:
            await connection.execute(
                update(conversations).where(held).values(lease_owner=None, lease_until=None)
            )

    async def _hold(
        self, connection: AsyncConnection, conversation_id: ConversationId, owner: str | None, now: datetime
    ) -> None:
        held = {"conversation": conversation_id, "owner": owner, "until": now + LEASE if owner else None}
        await connection.execute(statements.HOLD, held)

    async def _has_more(self, connection: AsyncConnection, conversation_id: ConversationId) -> bool:
        found = await connection.execute(statements.NEXT_UNFINISHED, {"conversation": conversation_id})
        return found.one_or_none() is not None

    async def _next(self, connection: AsyncConnection, conversation_id: ConversationId) -> Work | None:
        found = await connection.execute(statements.NEXT_UNFINISHED, {"conversation": conversation_id})
        row = found.one_or_none()
        if row is None:
            return None
        current = await connection.execute(statements.CONVERSATION, {"conversation": conversation_id})
        conversation = rows.conversation_from(current.one())
        if conversation.state is State.HUMAN:  # the person answers what is still open
            await connection.execute(statements.MARK_ALL_ANSWERED, {"conversation": conversation_id})
            return None
        is_resumed = row.processing == Processing.SENT_TO_ENGINE.value
        if not is_resumed:
            await connection.execute(statements.MARK_SENT_TO_ENGINE, {"message": row.id})
        return Work(
            message=rows.message_from(row),
            contact=Contact(ContactId(row.contact_id), row.channel, row.channel_user, row.region),
            conversation=conversation,
            engine_text=row.engine_text,
            refusal=Refusal(row.refusal) if row.refusal else None,
            details=row.details or {},
            is_resumed=is_resumed,
        )
