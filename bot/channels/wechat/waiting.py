"""Asking for what waits: the word for it is the channel's own, and no message to anybody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from bot.channels.wechat.arrival import Arrival, Kind
from bot.channels.wechat.choices import NAME, bare
from bot.channels.wechat.words import word
from conversations import rows, statements
from conversations.model import ContactId, Message, State
from conversations.outbox import is_waited_for
from conversations.tables import contacts, conversations, messages
from core.database import Database


def is_asking(arrival: Arrival) -> bool:
    """Say whether a customer asks for what waits."""
    return arrival.kind is Kind.TEXT and bare(arrival.text) == word("show")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How things stand with a customer: is anything still being answered, or said and not shown?"""

    contact_id: ContactId
    unanswered: Message | None  # the newest of theirs that is
    is_for_a_person: bool  # nothing waits, and a person reads what they write: it is a word like any other


class WaitingFor:
    """Looks that up."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, channel_user: str) -> Waiting | None:
        """Return how things stand; None for somebody who has never written."""
        who = contacts.c.channel == NAME, contacts.c.channel_user == channel_user
        with_person = select(conversations.c.id).where(
            conversations.c.contact_id == contacts.c.id, conversations.c.state == State.HUMAN.value
        )
        async with self._db.read() as connection:
            found = await connection.execute(
                select(contacts.c.id, with_person.exists().label("is_with_person")).where(*who)
            )
            contact = found.one_or_none()
            if contact is None:
                return None
            unfinished = select(messages).where(messages.c.contact_id == contact.id, statements.UNFINISHED)
            newest = await connection.execute(unfinished.order_by(messages.c.seq.desc()).limit(1))
            row = newest.one_or_none()
            has_more = row is not None or await is_waited_for(connection, NAME, channel_user)
        unanswered = rows.message_from(row) if row is not None else None
        return Waiting(ContactId(contact.id), unanswered, contact.is_with_person and not has_more)
