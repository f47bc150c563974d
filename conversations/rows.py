"""Rows to values and back, for every module that reads or writes the transcript's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import statements
from conversations.locking import lock_name
from conversations.model import (
    Button,
    Contact,
    ContactId,
    Content,
    Conversation,
    Message,
    Processing,
    Sender,
    State,
    new_id,
)
from core.ids import ConversationId, MessageId
from core.text import to_traditional

_AS_IT_IS = ("type", "payload", "url", "id")  # of a card: not words
IDLE = "idle"  # the timer that looks after a silent conversation


def message_from(row: Row[Any]) -> Message:
    """Read a row of `messages`."""
    buttons = tuple(Button(b["title"], b["payload"]) for b in row.buttons or ())
    return Message(
        id=MessageId(row.id),
        contact_id=ContactId(row.contact_id),
        conversation_id=ConversationId(row.conversation_id),
        seq=row.seq,
        sender=Sender(row.sender),
        content=Content(row.text, buttons, row.card, row.about),
        epoch=row.epoch,
        created=row.created,
        in_reply_to=MessageId(row.in_reply_to) if row.in_reply_to else None,
        channel_message_id=row.channel_message_id,
        processing=Processing(row.processing) if row.processing else None,
        author=row.author,
        author_name=row.author_name,
    )


def conversation_from(row: Row[Any]) -> Conversation:
    """Read a row of `conversations`."""
    return Conversation(
        id=ConversationId(row.id),
        contact_id=ContactId(row.contact_id),
        channel=row.channel,
        state=State(row.state),
        epoch=row.epoch,
        started=row.started,
        last_activity=row.last_activity,
        closed=row.closed,
        is_traditional=row.is_traditional,
        with_bot=row.with_bot,
    )


def values_of(message: Message) -> dict[str, object]:
    """Return a message as the values of a row of `messages`."""
    content = message.content
    return {
        "id": message.id,
        "contact_id": message.contact_id,
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "sender": message.sender.value,
        "text": content.text,
        "buttons": [{"title": b.title, "payload": b.payload} for b in content.buttons] or None,
        "card": dict(content.card) if content.card is not None else None,
        "about": dict(content.about) if content.about is not None else None,
        "epoch": message.epoch,
        "created": message.created,
        "in_reply_to": message.in_reply_to,
        "channel_message_id": message.channel_message_id,
        "processing": message.processing.value if message.processing else None,
        "author": message.author,
        "author_name": message.author_name,
    }


async def lock_contact(connection: AsyncConnection, channel: str, channel_user: str, at: datetime) -> Contact:
    """Find or create a contact and hold its row until the transaction ends."""
    who = {"channel": channel, "channel_user": channel_user}
    found = (await connection.execute(statements.LOCK_CONTACT, who)).one_or_none()
    if found is None:
        await lock_name(connection, f"contact:{channel}:{channel_user}")
        found = (await connection.execute(statements.LOCK_CONTACT, who)).one_or_none()
    if found is not None:
        return Contact(ContactId(found.id), channel, channel_user, found.region)
    made = new_id()
    contact = {**who, "id": made, "last_seq": 0, "created": at, "person": made}
    await connection.execute(statements.ADD_CONTACT, contact)
    return Contact(ContactId(made), channel, channel_user)


async def open_conversation(
    connection: AsyncConnection, contact: Contact, at: datetime, first_look: timedelta
) -> Conversation:
    """Start a conversation and its idle timer; the caller holds the contact's lock and has seen that none is open."""
    opened = Conversation(
        id=ConversationId(new_id()),
        contact_id=contact.id,
        channel=contact.channel,
        state=State.BOT,
        epoch=0,
        started=at,
        last_activity=at,
    )
    await connection.execute(
        statements.ADD_CONVERSATION,
        {
            "id": opened.id,
            "contact_id": contact.id,
            "channel": contact.channel,
            "state": opened.state.value,
            "epoch": 0,
            "started": at,
            "last_activity": at,
            "is_traditional": False,
            "with_bot": False,
            "outage_told": False,
        },
    )
    timer = {"kind": IDLE, "subject": opened.id, "due": at + first_look}
    await connection.execute(statements.ADD_TIMER, timer)
    return opened


async def take_seqs(connection: AsyncConnection, contact_id: ContactId, count: int) -> int:
    """Take `count` sequence numbers in a row; return the first."""
    taken = await connection.execute(statements.TAKE_SEQS, {"contact": contact_id, "count": count})
    return int(taken.scalar_one()) - count + 1


def in_traditional(content: Content) -> Content:
    """Write what the customer reads in traditional characters; payloads and identifiers stay."""
    buttons = tuple(Button(to_traditional(b.title), b.payload) for b in content.buttons)
    card = _card_in_traditional(content.card) if content.card is not None else None
    return replace(content, text=to_traditional(content.text), buttons=buttons, card=card)


def _card_in_traditional(value: Any) -> Any:
    if isinstance(value, str):
        return to_traditional(value)
    if isinstance(value, Mapping):
        return {key: v if key in _AS_IT_IS else _card_in_traditional(v) for key, v in value.items()}
    return [_card_in_traditional(item) for item in value] if isinstance(value, list) else value


async def append(
    connection: AsyncConnection,
    conversation: Conversation,
    contents: Sequence[Content],
    sender: Sender,
    at: datetime,
    reply: tuple[MessageId, int] | None = None,
    author: tuple[str, str] | None = None,
) -> list[Message]:
    """Write messages to the customer together with their outbox rows.

    `reply` is the answered message's id and seq, `author` the id and name of the member of staff who wrote them.
    """
    if not contents:
        return []
    if conversation.is_traditional and author is None:
        contents = [in_traditional(content) for content in contents]
    first = await take_seqs(connection, conversation.contact_id, len(contents))
    said = [
        Message(
            id=MessageId(new_id()),
            contact_id=conversation.contact_id,
            conversation_id=conversation.id,
            seq=first + index,
            sender=sender,
            content=content,
            epoch=conversation.epoch,
            created=at,
            in_reply_to=reply[0] if reply else None,
            author=author[0] if author else None,
            author_name=author[1] if author else None,
        )
        for index, content in enumerate(contents)
    ]
    await connection.execute(statements.ADD_MESSAGE, [values_of(message) for message in said])
    await connection.execute(
        statements.ADD_TO_OUTBOX,
        [
            {
                "message_id": message.id,
                "contact_id": message.contact_id,
                "channel": conversation.channel,
                "seq": message.seq,
                "reply_seq": reply[1] if reply else 0,
                "state": "pending",
                "attempts": 0,
                "next_try": at,
            }
            for message in said
        ],
    )
    return said
