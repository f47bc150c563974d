"""Contacts and their conversations: who is on the line, and every move of the state machine."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import rows
from conversations.locking import lock_contact_of
from conversations.model import Contact, ContactId, Conversation, Event, State, next_state
from conversations.tables import contacts, conversations
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId
from core.settings import Settings

_log = log.get(__name__)


class Directory:
    """Finds and moves conversations."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock, self._settings = db, clock, settings

    async def contact(self, channel: str, channel_user: str) -> Contact | None:
        """Return a contact, if it has ever written."""
        query = select(contacts.c.id).where(
            contacts.c.channel == channel, contacts.c.channel_user == channel_user
        )
        async with self._db.read() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        return Contact(ContactId(found), channel, channel_user) if found is not None else None

    async def contact_of(self, contact_id: ContactId) -> Contact | None:
        """Return a contact by its id."""
        async with self._db.read() as connection:
            row = (
                await connection.execute(select(contacts).where(contacts.c.id == contact_id))
            ).one_or_none()
        return Contact(ContactId(row.id), row.channel, row.channel_user) if row is not None else None

    async def conversation(self, conversation_id: ConversationId) -> Conversation | None:
        """Return a conversation by its id."""
        query = select(conversations).where(conversations.c.id == conversation_id)
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return rows.conversation_from(row) if row is not None else None

    async def open_of(self, contact_id: ContactId) -> Conversation | None:
        """Return the open conversation of a contact, if there is one."""
        query = select(conversations).where(
            conversations.c.contact_id == contact_id, conversations.c.state != State.CLOSED.value
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return rows.conversation_from(row) if row is not None else None

    async def current(self, channel: str, channel_user: str) -> Conversation:
        """Return the open conversation of a channel identity; a new one when there is none."""
        now = self._clock.now()
        async with self._db.write() as connection:
            contact = await rows.lock_contact(connection, channel, channel_user, now)
            row = (
                await connection.execute(
                    select(conversations).where(
                        conversations.c.contact_id == contact.id, conversations.c.state != State.CLOSED.value
                    )
                )
            ).one_or_none()
            if row is not None:
                return rows.conversation_from(row)
            first_look = timedelta(seconds=self._settings.idle_check_s)
            return await rows.open_conversation(connection, contact, now, first_look)

    async def move(
        self, conversation_id: ConversationId, event: Event, epoch: int | None = None
    ) -> Conversation | None:
        """Make one transition and raise the epoch; None when the conversation has moved on from `epoch`.

        Raises StaffError("conversation.illegal_move") when the machine does not allow it.
        """
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            return await move(connection, conversation_id, event, self._clock, epoch)

    async def finish(self, conversation_id: ConversationId) -> Conversation | None:
        """Close a conversation without a rating; what comes next opens a new one."""
        return await self.move(conversation_id, Event.FINISH_UNRATED)


async def move(
    connection: AsyncConnection,
    conversation_id: ConversationId,
    event: Event,
    clock: Clock,
    epoch: int | None = None,
) -> Conversation | None:
    """As `Directory.move`, inside a transaction that holds the contact's lock."""
    row = (
        await connection.execute(select(conversations).where(conversations.c.id == conversation_id))
    ).one_or_none()
    if row is None:
        raise StaffError("conversation.unknown", conversation_id)
    if epoch is not None and epoch != row.epoch:
        return None
    state = next_state(State(row.state), event)
    closed = clock.now() if state is State.CLOSED else None
    moved = await connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.epoch == row.epoch)
        .values(state=state.value, epoch=row.epoch + 1, closed=closed, with_bot=False)
        .returning(*conversations.c)
    )
    _log.info(
        "conversation.moved",
        conversation=conversation_id,
        event_name=event.value,
        state=state.value,
        epoch=row.epoch + 1,
    )
    return rows.conversation_from(moved.one())
