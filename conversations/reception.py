"""Taking in what a customer wrote: once, in its conversation, with nothing sensitive in the clear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import rows, statements
from conversations.directory import move
from conversations.model import (
    Attachment,
    Contact,
    ContactId,
    Content,
    Conversation,
    Event,
    Inbound,
    Message,
    Processing,
    Sender,
    State,
    new_id,
)
from conversations.rating_words import RatingInput, payload_of
from conversations.ratings import rating_in
from conversations.reading import Reading, Refusal, read
from conversations.tables import messages
from conversations.vault import Vault
from conversations.worklist import LEASE, Work, lease_expired
from core.clock import Clock
from core.database import Database
from core.ids import MessageId
from core.settings import Settings
from core.text import TOKEN

_COURTESY_AFTER = timedelta(minutes=10)  # thanks this soon belong to the conversation just ended
_REFUSED_ALWAYS = (Refusal.TOO_LONG, Refusal.EMPTY)  # whoever owns the conversation
_OFFERED_BUTTONS_IN = 60  # messages looked back for a button


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an inbound message; `work` is set for the process that must start working on it now."""

    message: Message
    is_duplicate: bool
    conversation: Conversation
    work: Work | None = None
    is_orphaned: bool = False  # earlier messages wait too, and nobody works on them


@dataclass(frozen=True, slots=True)
class _Place:
    """The conversation a message goes to, and whether somebody works there."""

    conversation: Conversation
    is_free: bool
    has_work: bool
    rating: RatingInput | None = None  # the message is an answer to the question for a rating


class Reception:
    """Stores inbound messages, each once."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock, self._settings = db, clock, settings
        self._vault = Vault(db, clock, settings)

    async def receive(self, inbound: Inbound, owner: str | None = None) -> Received:
        """As `Transcript.receive`."""
        reading, now = self._read(inbound), self._clock.now()
        async with self._db.write() as connection:
            contact = await rows.lock_contact(connection, inbound.channel, inbound.channel_user, now)
            if inbound.channel_message_id is not None:
                known = await self._known(connection, contact.id, inbound.channel_message_id)
                if known is not None:
                    return known
            return await self._store(connection, contact, inbound, reading, owner, now)

    def _read(self, inbound: Inbound) -> Reading:
        attached = inbound.attachment
        if attached is None:
            return read(inbound.text, self._settings.message_max_chars)
        shown = read(attached.shown, self._settings.message_max_chars).shown
        return Reading(shown, None, Refusal(attached.kind.value))

    async def _known(
        self, connection: AsyncConnection, contact_id: ContactId, channel_message_id: str
    ) -> Received | None:
        found = await connection.execute(
            statements.MESSAGE_BY_CHANNEL_ID,
            {"contact": contact_id, "channel_message_id": channel_message_id},
        )
        row = found.one_or_none()
        if row is None:
            return None
        message = rows.message_from(row)
        found = await connection.execute(statements.CONVERSATION, {"conversation": message.conversation_id})
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
        place = await self._place(connection, contact, reading, now)
        conversation = place.conversation
        if reading.is_traditional is not None:
            conversation = replace(conversation, is_traditional=reading.is_traditional)
        shown, engine_text = await self._understood(connection, conversation, reading, inbound.title)
        if place.rating is not None:
            engine_text = payload_of(place.rating)
        is_courtesy = conversation.state is State.CLOSED and place.rating is None
        refusal = Refusal.COURTESY if is_courtesy else reading.refusal if place.rating is None else None
        is_for_us = conversation.state is not State.HUMAN or refusal in _REFUSED_ALWAYS
        is_mine = is_for_us and owner is not None and place.is_free and not place.has_work
        unanswered = Processing.SENT_TO_ENGINE if is_mine else Processing.RECEIVED
        message = Message(
            id=MessageId(new_id()),
            contact_id=contact.id,
            conversation_id=conversation.id,
            seq=await rows.take_seqs(connection, contact.id, 1),
            sender=Sender.CUSTOMER,
            content=Content(shown, card=_card(inbound.attachment)),
            epoch=conversation.epoch,
            created=now,
            channel_message_id=inbound.channel_message_id,
            processing=unanswered if is_for_us else Processing.ANSWERED,
        )
        details = {"card_support": bool(inbound.metadata.get("card_support", True))}
        await connection.execute(
            statements.ADD_MESSAGE,
            {
                **rows.values_of(message),
                "engine_text": engine_text,
                "refusal": refusal.value if refusal else None,
                "details": details,
            },
        )
        touched: dict[str, object] = {
            "conversation": conversation.id,
            "at": now,
            "traditional": conversation.is_traditional,
        }
        if is_mine:
            touched |= {"owner": owner, "until": now + LEASE}
        await connection.execute(statements.TOUCH_AND_LEASE if is_mine else statements.TOUCH, touched)
        work = Work(message, contact, conversation, engine_text, refusal, details) if is_mine else None
        is_orphaned = is_for_us and place.is_free and place.has_work
        return Received(message, False, conversation, work, is_orphaned)

    async def _place(
        self, connection: AsyncConnection, contact: Contact, reading: Reading, now: datetime
    ) -> _Place:
        """Find the conversation a message belongs to: the open one, the one just ended, or a new one."""
        newest = await connection.execute(statements.NEWEST_CONVERSATION, {"contact": contact.id})
        found = newest.one_or_none()
        if found is not None:
            conversation = rows.conversation_from(found)
            rating = await self._rating(connection, conversation, reading, now)
            if rating is not None or _belongs(conversation, reading, now):
                return _Place(conversation, lease_expired(found, now), bool(found.has_work), rating)
            if (
                conversation.state is State.RATING
            ):  # a question instead of a rating is answered, not swallowed
                await move(connection, conversation.id, Event.NEW_WISH, self._clock)
        first_look = timedelta(seconds=self._settings.idle_check_s)
        return _Place(await rows.open_conversation(connection, contact, now, first_look), True, False)

    async def _rating(
        self, connection: AsyncConnection, conversation: Conversation, reading: Reading, now: datetime
    ) -> RatingInput | None:
        """Return what a message says to the question for a rating, when that was asked and may still be answered."""
        if conversation.state is not State.RATING and not _has_just_ended(conversation, now):
            return None
        said = reading.rating
        is_text = reading.masked is not None and reading.payload is None
        if said is None and not (is_text and await self._wants_words(connection, conversation)):
            return None
        if await rating_in(connection, conversation.id) is None:
            return None
        if said is None:
            return RatingInput(words=reading.shown)
        is_late_skip = said.is_skip and conversation.state is State.CLOSED and reading.payload is None
        return None if is_late_skip else said

    async def _wants_words(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        """Say whether the customer was just asked to write what they want to add."""
        newest = await connection.execute(
            select(messages.c.about)
            .where(messages.c.conversation_id == conversation.id)
            .order_by(messages.c.seq.desc())
            .limit(1)
        )
        about = newest.scalar_one_or_none()
        return isinstance(about, dict) and about.get("awaits") == "words"

    async def _understood(
        self, connection: AsyncConnection, conversation: Conversation, reading: Reading, clicked: str | None
    ) -> tuple[str, str | None]:
        if reading.masked is None:
            return reading.shown, None
        if reading.payload is not None:
            title = await self._offered(connection, conversation.contact_id, reading.payload)
            if title is not None:
                return title, reading.payload
            if reading.is_plain_intent:
                return clicked or reading.shown, reading.payload
        engine_text = reading.masked.text
        if reading.masked.secrets:
            tokens = {
                secret.token: await self._vault.put(connection, conversation.id, secret.kind, secret.value)
                for secret in dict.fromkeys(reading.masked.secrets)
            }
            engine_text = _rename_tokens(engine_text, tokens)
        return reading.shown, engine_text

    async def _offered(self, connection: AsyncConnection, contact_id: ContactId, payload: str) -> str | None:
        """Return the title of a button with this payload that this customer was shown lately."""
        shown = await connection.execute(
            select(messages.c.buttons)
            .where(messages.c.contact_id == contact_id, messages.c.buttons.is_not(None))
            .order_by(messages.c.seq.desc())
            .limit(_OFFERED_BUTTONS_IN)
        )
        for buttons in shown.scalars():
            for button in buttons:
                if button["payload"] == payload:
                    return str(button["title"])
        return None


def _card(attached: Attachment | None) -> dict[str, object] | None:
    return {"type": attached.kind.value, **attached.reference} if attached is not None else None


def _belongs(conversation: Conversation, reading: Reading, now: datetime) -> bool:
    """Say whether a message that is no rating belongs to the newest conversation."""
    if conversation.state is State.CLOSED:
        return reading.is_courtesy and _has_just_ended(conversation, now)
    return conversation.state is not State.RATING or reading.is_courtesy or reading.refusal is not None


def _has_just_ended(conversation: Conversation, now: datetime) -> bool:
    return conversation.closed is not None and now - conversation.closed <= _COURTESY_AFTER


def _rename_tokens(text: str, tokens: dict[str, str]) -> str:
    return TOKEN.sub(lambda hit: tokens.get(hit.group(), hit.group()), text)
