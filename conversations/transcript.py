"""The transcript: what came in, what was said, in order, each line once.

A message to the customer is written together with its outbox row; whoever listens then delivers it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import rows, statements
from conversations.locking import lock_contact_of
from conversations.model import (
    ContactId,
    Content,
    Inbound,
    Message,
    Processing,
    Sender,
    State,
)
from conversations.reception import Received, Reception
from conversations.tables import contacts, conversations, messages, outbox
from core import log
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId, MessageId
from core.settings import Settings

_log = log.get(__name__)


class Transcript:
    """Receives, says and remembers."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock, self._settings = db, clock, settings
        self._reception = Reception(db, clock, settings)
        self._listeners: list[Callable[[Message], None]] = []
        self._readers: list[Callable[[Message], None]] = []

    def on_said(self, listener: Callable[[Message], None]) -> None:
        """Call `listener` after every message to a customer that was written here; it must not block."""
        self._listeners.append(listener)

    def on_received(self, listener: Callable[[Message], None]) -> None:
        """Call `listener` after every new message of a customer that was stored here; it must not block."""
        self._readers.append(listener)

    async def receive(self, inbound: Inbound, owner: str | None = None) -> Received:
        """Store an inbound message, with the conversation it opens or belongs to.

        The same channel message id of the same contact is one message, whenever it comes again. With `owner` (a service
        process) the conversation's lease is taken if it is free.
        """
        received = await self._reception.receive(inbound, owner)
        if not received.is_duplicate:
            for listener in self._readers:
                listener(received.message)
        return received

    async def say(
        self,
        conversation_id: ConversationId,
        content: Content,
        sender: Sender,
        epoch: int | None = None,
        in_reply_to: MessageId | None = None,
    ) -> Message | None:
        """Say something to the customer; None when the conversation has moved on from `epoch`."""
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            reply = await self._replied(connection, in_reply_to) if in_reply_to is not None else None
            said = await self._append(connection, conversation_id, content, sender, epoch, reply)
        self.announce([said] if said else [])
        return said

    async def report(
        self,
        conversation_id: ConversationId,
        contents: Sequence[Content],
        if_first: Callable[[], Awaitable[bool]] | None = None,
    ) -> list[Message]:
        """Tell what became of something the customer has asked for, in the bot's words.

        While a person serves the customer the service says it, without buttons: the bot does not talk over them.
        `if_first` notes in the same transaction that it is told; where it returns False somebody has told it before.
        """
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            if if_first is not None and not await if_first():
                return []
            found = await connection.execute(statements.CONVERSATION, {"conversation": conversation_id})
            conversation, now = rows.conversation_from(found.one()), self._clock.now()
            sender = Sender.SYSTEM if conversation.state is State.HUMAN else Sender.BOT
            if sender is Sender.SYSTEM:
                contents = [replace(content, buttons=()) for content in contents]
            said = await rows.append(connection, conversation, contents, sender, now)
        self.announce(said)
        return said

    async def say_while_unanswered(self, message: Message, content: Content) -> Message | None:
        """Tell the customer that the answer to a message takes longer; None if it is there after all."""
        async with self._db.write() as connection:
            await lock_contact_of(connection, message.conversation_id)
            now = await connection.execute(select(messages.c.processing).where(messages.c.id == message.id))
            if now.scalar_one() == Processing.ANSWERED.value:
                return None
            said = await self._append(
                connection,
                message.conversation_id,
                content,
                Sender.SYSTEM,
                message.epoch,
                (message.id, message.seq),
            )
        self.announce([said] if said else [])
        return said

    async def _replied(self, connection: AsyncConnection, message_id: MessageId) -> tuple[MessageId, int]:
        seq = await connection.execute(select(messages.c.seq).where(messages.c.id == message_id))
        return message_id, int(seq.scalar_one())

    async def _append(
        self,
        connection: AsyncConnection,
        conversation_id: ConversationId,
        content: Content,
        sender: Sender,
        epoch: int | None,
        reply: tuple[MessageId, int] | None,
    ) -> Message | None:
        found = await connection.execute(statements.CONVERSATION, {"conversation": conversation_id})
        conversation = rows.conversation_from(found.one())
        if epoch is not None and epoch != conversation.epoch:
            _log.info(
                "answer.dropped", conversation=conversation_id, epoch=epoch, current_epoch=conversation.epoch
            )
            return None
        return (await rows.append(connection, conversation, [content], sender, self._clock.now(), reply))[0]

    def announce(self, said: Sequence[Message]) -> None:
        """Tell the listeners about messages that were written elsewhere in the same capability."""
        for message in said:
            for listener in self._listeners:
                listener(message)

    async def message(self, message_id: MessageId) -> Message | None:
        """Return one message."""
        async with self._db.read() as connection:
            row = (
                await connection.execute(select(messages).where(messages.c.id == message_id))
            ).one_or_none()
        return rows.message_from(row) if row is not None else None

    async def replies_to(self, message_id: MessageId) -> list[Message]:
        """Return what was said in reply to a message, in order."""
        query = select(messages).where(messages.c.in_reply_to == message_id).order_by(messages.c.seq)
        async with self._db.read() as connection:
            return [rows.message_from(row) for row in await connection.execute(query)]

    async def history(
        self, conversation_id: ConversationId, after_seq: int = 0, limit: int = 200
    ) -> list[Message]:
        """Return a conversation's messages after `after_seq`, oldest first."""
        query = (
            select(messages)
            .where(messages.c.conversation_id == conversation_id, messages.c.seq > after_seq)
            .order_by(messages.c.seq)
            .limit(limit)
        )
        async with self._db.read() as connection:
            return [rows.message_from(row) for row in await connection.execute(query)]

    async def last(self, conversation_id: ConversationId, limit: int) -> list[Message]:
        """Return a conversation's newest messages, oldest first."""
        query = select(messages).where(messages.c.conversation_id == conversation_id)
        return await self._newest(query, limit)

    async def earlier(self, conversation_id: ConversationId, since: datetime, limit: int) -> list[Message]:
        """Return what was said in the earlier conversations of the same contact since then, oldest first."""
        contact = select(conversations.c.contact_id).where(conversations.c.id == conversation_id)
        query = select(messages).where(
            messages.c.contact_id == contact.scalar_subquery(),
            messages.c.conversation_id != conversation_id,
            messages.c.created >= since,
        )
        return await self._newest(query, limit)

    async def _newest(self, query: Select[Any], limit: int) -> list[Message]:
        async with self._db.read() as connection:
            found = await connection.execute(query.order_by(messages.c.seq.desc()).limit(limit))
            return [rows.message_from(row) for row in found][::-1]

    async def recent(
        self, channel: str, channel_user: str, after_seq: int = 0, limit: int = 200
    ) -> list[Message]:
        """Return the newest messages of a contact after `after_seq`, over all its conversations, oldest first."""
        query = (
            select(messages)
            .join(contacts, contacts.c.id == messages.c.contact_id)
            .where(
                contacts.c.channel == channel,
                contacts.c.channel_user == channel_user,
                messages.c.seq > after_seq,
            )
            .order_by(messages.c.seq.desc())
            .limit(limit)
        )
        async with self._db.read() as connection:
            found = [rows.message_from(row) for row in await connection.execute(query)]
        return found[::-1]

    async def undelivered(self, contact_id: ContactId, limit: int = 100) -> list[Message]:
        """Return what is written for a contact and not yet marked as sent, oldest first."""
        query = (
            select(messages)
            .join(outbox, outbox.c.message_id == messages.c.id)
            .where(outbox.c.contact_id == contact_id, outbox.c.state == "pending")
            .order_by(messages.c.seq)
            .limit(limit)
        )
        async with self._db.read() as connection:
            return [rows.message_from(row) for row in await connection.execute(query)]
