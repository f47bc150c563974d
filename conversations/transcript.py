"""The transcript: what came in, what was said, in order, each line once.

A message to the customer is written together with its outbox row; whoever listens then delivers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import rows
from conversations.locking import lock_contact_of
from conversations.model import (
    Contact,
    ContactId,
    Content,
    Conversation,
    Inbound,
    Message,
    Processing,
    Sender,
    State,
    new_id,
)
from conversations.reading import Reading, Refusal, read
from conversations.tables import contacts, conversations, messages, outbox
from conversations.vault import Vault
from conversations.worklist import LEASE, Work, is_unfinished, lease_expired
from core import log
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId, MessageId
from core.settings import Settings
from core.text import TOKEN

_log = log.get(__name__)
_COURTESY_AFTER = timedelta(minutes=10)  # thanks this soon belong to the conversation just ended
_OFFERED_BUTTONS_IN = 60  # messages looked back for a button


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an inbound message; `work` is set for the process that must start working on it now."""

    message: Message
    is_duplicate: bool
    conversation: Conversation
    work: Work | None = None


class Transcript:
    """Receives, says and remembers."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock, self._settings = db, clock, settings
        self._vault = Vault(db, clock, settings)
        self._listeners: list[Callable[[Message], None]] = []

    def on_said(self, listener: Callable[[Message], None]) -> None:
        """Call `listener` after every message to a customer that was written here; it must not block."""
        self._listeners.append(listener)

    async def receive(self, inbound: Inbound, owner: str | None = None) -> Received:
        """Store an inbound message, with the conversation it opens or belongs to.

        The same channel message id of the same contact is one message, whenever it comes again. With `owner` (a service
        process) the conversation's lease is taken if it is free.
        """
        reading, now = read(inbound.text, self._settings.message_max_chars), self._clock.now()
        async with self._db.write() as connection:
            contact = await rows.lock_contact(connection, inbound.channel, inbound.channel_user, now)
            if inbound.channel_message_id is not None:
                known = await self._known(connection, contact.id, inbound.channel_message_id)
                if known is not None:
                    return known
            return await self._store(connection, contact, inbound, reading, owner, now)

    async def _known(
        self, connection: AsyncConnection, contact_id: ContactId, channel_message_id: str
    ) -> Received | None:
        row = (
            await connection.execute(
                select(messages).where(
                    messages.c.contact_id == contact_id, messages.c.channel_message_id == channel_message_id
                )
            )
        ).one_or_none()
        if row is None:
            return None
        message = rows.message_from(row)
        found = await connection.execute(
            select(conversations).where(conversations.c.id == message.conversation_id)
        )
        return Received(message, True, rows.conversation_from(found.one()))

    async def _store(
        self,
        connection: AsyncConnection,
        contact: Contact,
        inbound: Inbound,
        reading: Reading,
        owner: str | None,
        now: datetime,
    ) -> Received:
        found = (
            await connection.execute(
                select(
                    conversations,
                    select(messages.c.id)
                    .where(messages.c.conversation_id == conversations.c.id, is_unfinished())
                    .exists()
                    .label("has_work"),
                )
                .where(conversations.c.contact_id == contact.id)
                .order_by(conversations.c.started.desc(), (conversations.c.state == State.CLOSED.value))
                .limit(1)
            )
        ).one_or_none()
        refusal, lease_owner, has_work = reading.refusal, None, False
        if found is not None and (
            found.state != State.CLOSED.value or _belongs_to_ended(reading, found.closed, now)
        ):
            conversation = rows.conversation_from(found)
            lease_owner = None if lease_expired(found, now) else found.lease_owner
            has_work = found.has_work
            if conversation.state is State.CLOSED:
                refusal = Refusal.COURTESY
        else:
            idle_close = timedelta(seconds=self._settings.idle_close_s)
            conversation = await rows.open_conversation(connection, contact, now, idle_close)
        shown, engine_text = await self._understood(connection, conversation.id, reading)
        is_for_us = refusal is not None or conversation.state is State.BOT
        is_mine = is_for_us and owner is not None and lease_owner is None and not has_work
        processing = (
            Processing.ANSWERED
            if not is_for_us
            else Processing.SENT_TO_ENGINE
            if is_mine
            else Processing.RECEIVED
        )
        message = Message(
            id=MessageId(new_id()),
            contact_id=contact.id,
            conversation_id=conversation.id,
            seq=await rows.take_seqs(connection, contact.id, 1),
            sender=Sender.CUSTOMER,
            content=Content(shown),
            epoch=conversation.epoch,
            created=now,
            channel_message_id=inbound.channel_message_id,
            processing=processing,
        )
        details = {
            "is_traditional": reading.is_traditional,
            "card_support": bool(inbound.metadata.get("card_support", True)),
        }
        await connection.execute(
            insert(messages).values(
                **rows.values_of(message),
                engine_text=engine_text,
                refusal=refusal.value if refusal else None,
                details=details,
            )
        )
        touched: dict[str, object] = {"last_activity": now}
        if is_mine:
            touched |= {"lease_owner": owner, "lease_until": now + LEASE}
        await connection.execute(
            update(conversations).where(conversations.c.id == conversation.id).values(**touched)
        )
        work = Work(message, contact, engine_text, refusal, details) if is_mine else None
        return Received(message, False, conversation, work)

    async def _understood(
        self, connection: AsyncConnection, conversation_id: ConversationId, reading: Reading
    ) -> tuple[str, str | None]:
        if reading.masked is None:
            return reading.shown, None
        if reading.payload is not None:
            title = await self._offered(connection, conversation_id, reading.payload)
            if title is not None:
                return title, reading.payload
            if reading.is_plain_intent:
                return reading.shown, reading.payload
        engine_text = reading.masked.text
        if reading.masked.secrets:
            tokens = {
                secret.token: await self._vault.put(connection, conversation_id, secret.kind, secret.value)
                for secret in dict.fromkeys(reading.masked.secrets)
            }
            engine_text = _rename_tokens(engine_text, tokens)
        return reading.shown, engine_text

    async def _offered(
        self, connection: AsyncConnection, conversation_id: ConversationId, payload: str
    ) -> str | None:
        """Return the title of a button with this payload that this conversation has shown."""
        shown = await connection.execute(
            select(messages.c.buttons)
            .where(messages.c.conversation_id == conversation_id, messages.c.buttons.is_not(None))
            .order_by(messages.c.seq.desc())
            .limit(_OFFERED_BUTTONS_IN)
        )
        for buttons in shown.scalars():
            for button in buttons:
                if button["payload"] == payload:
                    return str(button["title"])
        return None

    async def say(
        self,
        conversation_id: ConversationId,
        content: Content,
        sender: Sender,
        epoch: int | None = None,
        in_reply_to: MessageId | None = None,
    ) -> Message | None:
        """Say something to the customer; None when the conversation has moved on from `epoch`."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            conversation = rows.conversation_from(
                (
                    await connection.execute(
                        select(conversations).where(conversations.c.id == conversation_id)
                    )
                ).one()
            )
            if epoch is not None and epoch != conversation.epoch:
                _log.info(
                    "answer.dropped",
                    conversation=conversation_id,
                    epoch=epoch,
                    current_epoch=conversation.epoch,
                )
                return None
            reply = None
            if in_reply_to is not None:
                seq = await connection.execute(select(messages.c.seq).where(messages.c.id == in_reply_to))
                reply = in_reply_to, int(seq.scalar_one())
            said = (await rows.append(connection, conversation, [content], sender, now, reply))[0]
        self.announce([said])
        return said

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


def _belongs_to_ended(reading: Reading, closed: datetime | None, now: datetime) -> bool:
    return reading.is_courtesy and closed is not None and now - closed <= _COURTESY_AFTER


def _rename_tokens(text: str, tokens: dict[str, str]) -> str:
    return TOKEN.sub(lambda hit: tokens.get(hit.group(), hit.group()), text)
