"""Private remarks on a conversation; customers never see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_model import Note, StaffId, StaffMember
from conversations.desk_tables import notes
from conversations.model import new_id
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId

_MAX_CHARS = 2_000


async def add_note(
    connection: AsyncConnection,
    conversation_id: ConversationId,
    author: StaffMember,
    text: str,
    now: datetime,
    is_whisper: bool = False,
) -> Note:
    """Write a note, inside a transaction; raise StaffError "note.empty" or "note.too_long"."""
    text = text.strip()
    if not text:
        raise StaffError("note.empty", conversation_id)
    if len(text) > _MAX_CHARS:
        raise StaffError("note.too_long", conversation_id, max_chars=_MAX_CHARS)
    note = Note(new_id(), conversation_id, author.id, author.name, text, is_whisper, now)
    await connection.execute(
        insert(notes).values(
            id=note.id,
            conversation_id=conversation_id,
            author=author.id,
            author_name=author.name,
            text=text,
            is_whisper=is_whisper,
            created=now,
        )
    )
    return note


class Notes:
    """The notes of all conversations."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def add(
        self, conversation_id: ConversationId, author: StaffMember, text: str, is_whisper: bool = False
    ) -> Note:
        """Write a note, or a supervisor's whisper to the agent."""
        async with self._db.write() as connection:
            return await add_note(connection, conversation_id, author, text, self._clock.now(), is_whisper)

    async def of(self, conversation_id: ConversationId) -> list[Note]:
        """Return the notes of a conversation, oldest first."""
        query = select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.created)
        async with self._db.read() as connection:
            return [
                Note(
                    row.id,
                    ConversationId(row.conversation_id),
                    StaffId(row.author),
                    row.author_name,
                    row.text,
                    row.is_whisper,
                    row.created,
                )
                for row in await connection.execute(query)
            ]
