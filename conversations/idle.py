"""Closing conversations that have fallen silent, without a word: the next message opens a new one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from conversations import rows, statements
from conversations.directory import move
from conversations.locking import lock_contact_of
from conversations.model import Event, State
from conversations.tables import messages
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId
from core.settings import Settings


class IdleClose:
    """Handles the `idle` timer that every conversation starts with."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock = db, clock
        self._silence = timedelta(seconds=settings.idle_close_s)

    async def __call__(self, subject: str) -> datetime | None:
        """Close the conversation if it was silent long enough; otherwise say when to look again."""
        conversation_id, now = ConversationId(subject), self._clock.now()
        async with self._db.write() as connection:
            try:
                await lock_contact_of(connection, conversation_id)
            except StaffError:
                return None
            found = await connection.execute(statements.CONVERSATION, {"conversation": conversation_id})
            conversation = rows.conversation_from(found.one())
            if conversation.state is State.CLOSED:
                return None
            said = select(func.max(messages.c.created)).where(messages.c.conversation_id == conversation_id)
            last_said = (await connection.execute(said)).scalar_one()
            quiet_since: datetime = max(conversation.last_activity, last_said or conversation.last_activity)
            if quiet_since + self._silence > now:
                return quiet_since + self._silence
            waiting = select(messages.c.id).where(
                messages.c.conversation_id == conversation_id, statements.UNFINISHED
            )
            is_busy = (await connection.execute(waiting.limit(1))).first() is not None
            if is_busy or conversation.state is not State.BOT:
                return now + self._silence
            await move(connection, conversation_id, Event.FINISH_UNRATED, self._clock)
        return None
