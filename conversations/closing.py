"""How a conversation ends: by the customer, by the agent, or by silence; and the question for a rating that follows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows, ratings, rows, statements
from conversations.desk_model import Disposition, HandoffState
from conversations.directory import move
from conversations.handoff_steps import Announce, Publish, Words, conversation_of
from conversations.locking import lock_contact_of
from conversations.model import Content, Conversation, Event, Message, Sender, State
from conversations.operating import rules_in
from conversations.tables import contacts, messages, pending_actions
from conversations.timers import set_timer
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId
from core.settings import Settings

RATING = "rating"  # the timer after which a rating is no longer waited for
_SILENCE = {"topic": "silence"}


class Closing:
    """Ends conversations; the question is asked in the transaction that ends them, so it is asked once."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        words: Words,
        announce: Announce,
        publish: Publish,
        rationed: Collection[str] = (),
    ) -> None:
        self._db, self._clock, self._words = db, clock, words
        self._announce, self._publish = announce, publish
        self._rationed = (
            rationed  # channels on which every message counts: nobody is asked whether they are there
        )
        self._check = timedelta(seconds=settings.idle_check_s)
        self._close = timedelta(seconds=settings.idle_close_s)
        self._rating_waits = timedelta(seconds=settings.rating_waits_s)

    # --- inside the caller's transaction, which holds the contact's lock ---------------------------------------

    async def may_be_rated(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        """Say whether the customer is to be asked for a rating."""
        rules = (await rules_in(connection)).rating
        return await ratings.may_ask(connection, conversation, rules, self._clock.now())

    async def after(self, connection: AsyncConnection, conversation: Conversation) -> list[Message]:
        """Ask for the rating when the conversation is in RATING, say goodbye when it is closed."""
        now = self._clock.now()
        if conversation.state is not State.RATING:
            content = replace(self._words("closed"), about={"topic": "rating"})
            return await rows.append(connection, conversation, [content], Sender.SYSTEM, now)
        await ratings.ask(connection, conversation, now)
        await set_timer(connection, RATING, conversation.id, now + self._rating_waits)
        return await rows.append(connection, conversation, [self._question()], Sender.SYSTEM, now)

    async def finish(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
    ) -> list[Message]:
        """End a conversation of the bot, unless the customer has written again meanwhile (a worklist effect)."""
        if has_more or conversation.state is not State.BOT:
            return []
        if not await self.may_be_rated(connection, conversation):
            await move(connection, conversation.id, Event.FINISH_UNRATED, self._clock)
            return []
        await move(connection, conversation.id, Event.FINISH, self._clock)
        return await self.after(connection, await conversation_of(connection, conversation.id))

    def _question(self) -> Content:
        content = self._words("rating_question")
        choices = [{"title": b.title, "payload": b.payload} for b in content.buttons]
        return replace(content, card={"type": "rating", "choices": choices}, about={"topic": "rating"})

    # --- timers ------------------------------------------------------------------------------------------------

    async def on_silence(self, subject: str) -> datetime | None:
        """Handle the idle timer: ask gently whether the customer is still there, later end the conversation."""
        conversation_id, now = ConversationId(subject), self._clock.now()
        async with self._db.write() as connection:
            try:
                await lock_contact_of(connection, conversation_id)
            except StaffError:
                return None
            conversation = await conversation_of(connection, conversation_id)
            if conversation.state in (State.CLOSED, State.RATING):
                return None
            again, said = await self._in_silence(connection, conversation, now)
        self._announce(said)
        if again is None:
            self._publish("conversation.moved", conversation_id, {"contact": conversation.contact_id})
        return again

    async def on_rating_due(self, subject: str) -> datetime | None:
        """Handle the rating timer: wait no longer."""
        conversation_id = ConversationId(subject)
        async with self._db.write() as connection:
            try:
                await lock_contact_of(connection, conversation_id)
            except StaffError:
                return None
            conversation = await conversation_of(connection, conversation_id)
            if conversation.state is State.RATING:
                await move(connection, conversation_id, Event.RATING_TIMED_OUT, self._clock)
        return None

    async def _in_silence(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime
    ) -> tuple[datetime | None, list[Message]]:
        """Return when to look again, None when the conversation was ended, and what was said."""
        if (until := await self._busy_until(connection, conversation, now)) is not None:
            return until, []
        quiet_since, is_checked = await self._quiet_since(connection, conversation)
        is_with_agent = conversation.state is State.HUMAN
        has_wish = is_with_agent or await self._had_wish(connection, conversation)
        if now >= quiet_since + self._close:
            return None, await self._end(connection, conversation, now, has_wish)
        if not has_wish or is_checked or await self._is_rationed(connection, conversation):
            return quiet_since + self._close, []
        if now < quiet_since + self._check:
            return quiet_since + self._check, []
        content = replace(self._words("silence_check"), about=_SILENCE)
        said = await rows.append(connection, conversation, [content], Sender.SYSTEM, now)
        return quiet_since + self._close, said

    async def _is_rationed(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        channel = select(contacts.c.channel).where(contacts.c.id == conversation.contact_id)
        return (await connection.execute(channel)).scalar_one() in self._rationed

    async def _busy_until(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime
    ) -> datetime | None:
        """Return when to look again while the next word is not the customer's; None when it is."""
        if conversation.state is State.WAITING or await self._is_owed_an_answer(connection, conversation):
            return now + self._check
        unfinished = select(messages.c.id).where(
            messages.c.conversation_id == conversation.id, statements.UNFINISHED
        )
        if (await connection.execute(unfinished.limit(1))).first() is not None:
            return now + self._check
        paying = await connection.execute(
            select(func.max(pending_actions.c.expires)).where(
                pending_actions.c.conversation_id == conversation.id,
                pending_actions.c.state.in_(("awaiting", "confirmed", "placed", "withdrawn")),
                pending_actions.c.expires > now,
            )
        )
        until: datetime | None = paying.scalar_one_or_none()
        return min(until, now + self._check) if until is not None else None  # it may be settled before

    async def _is_owed_an_answer(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        """Say whether the customer spoke last; what the service says itself answers nobody who has an agent."""
        spoken = select(messages.c.sender).where(messages.c.conversation_id == conversation.id)
        if conversation.state is State.HUMAN:
            handoff = await handoff_rows.open_of(connection, conversation.id)
            if handoff is not None and handoff.first_response is None:
                return True
            spoken = spoken.where(messages.c.sender != Sender.SYSTEM.value)
        newest = await connection.execute(spoken.order_by(messages.c.seq.desc()).limit(1))
        return newest.scalar_one_or_none() == Sender.CUSTOMER.value

    async def _quiet_since(
        self, connection: AsyncConnection, conversation: Conversation
    ) -> tuple[datetime, bool]:
        """Return when the last thing was said, the gentle check apart, and whether that check was made since."""
        found = await connection.execute(
            select(messages.c.created, messages.c.about)
            .where(messages.c.conversation_id == conversation.id)
            .order_by(messages.c.seq.desc())
            .limit(10)
        )
        is_checked = False
        for created, about in found:
            if about != _SILENCE:
                return max(created, conversation.last_activity), is_checked
            is_checked = True
        return conversation.last_activity, is_checked

    async def _had_wish(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        return (await ratings.subject_of(connection, conversation.id)).is_wish

    async def _end(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime, has_wish: bool
    ) -> list[Message]:
        await handoff_rows.end_open(
            connection, conversation.id, HandoffState.RESOLVED, now, Disposition.NO_REPLY
        )
        is_rated = await self.may_be_rated(connection, conversation)
        ended = await move(
            connection, conversation.id, Event.FINISH if is_rated else Event.FINISH_UNRATED, self._clock
        )
        if not has_wish or ended is None:
            return []  # a greeting: nobody waits for a goodbye
        if ended.state is State.CLOSED:
            return await self.after(connection, ended)
        content = replace(self._words("silence_closed"), about=_SILENCE)
        said = await rows.append(connection, ended, [content], Sender.SYSTEM, now)
        return said + await self.after(connection, ended)
