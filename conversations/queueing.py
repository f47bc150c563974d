"""Waiting for a person: into the queue, what is heard of one's place in it, and out of it again.

As in `conversations.handoffs` every verb is one transaction under the contact's lock, and the customer hears of every
change in the transaction that makes it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows, questions
from conversations.desk_model import Handoff, HandoffId, HandoffRequest, HandoffState
from conversations.directory import move
from conversations.forecast import Forecast
from conversations.handoff_steps import Steps, Surroundings
from conversations.handoff_views import HandoffViews
from conversations.locking import lock_contact_of
from conversations.model import Conversation, Event, new_id
from conversations.place_words import POSITION
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId
from core.settings import Settings


class Queueing(HandoffViews):
    """What happens to a customer until an agent has them."""

    def __init__(self, db: Database, clock: Clock, settings: Settings, around: Surroundings) -> None:
        super().__init__(db, clock, settings)
        self._around, self._steps = around, Steps(db, clock, around)

    # --- inside the caller's transaction, which holds the contact's lock ---------------------------------------

    async def open(
        self, connection: AsyncConnection, conversation: Conversation, request: HandoffRequest, now: datetime
    ) -> Handoff:
        """Put a conversation of the bot into the queue; the caller tells the customer, and then calls `queue_changed`."""
        await move(connection, conversation.id, Event.REQUEST_HANDOFF, self._clock)
        await questions.handed_over(connection, conversation.id, request.reason.value)
        return await handoff_rows.add(
            connection,
            Handoff(
                id=HandoffId(new_id()),
                conversation_id=conversation.id,
                contact_id=conversation.contact_id,
                channel=conversation.channel,
                request=request,
                state=HandoffState.WAITING,
                requested=now,
                queued=now,
                last_agent=await handoff_rows.last_agent_of(connection, conversation.contact_id, now),
            ),
        )

    async def withdraw(
        self, connection: AsyncConnection, conversation_id: ConversationId, now: datetime
    ) -> None:
        """As `cancel`; the caller tells the customer, and then calls `queue_changed`."""
        handoff = await handoff_rows.open_of(connection, conversation_id)
        if handoff is None or handoff.state is not HandoffState.WAITING:
            raise StaffError("handoff.gone", conversation_id)
        await handoff_rows.end(connection, handoff, HandoffState.CANCELLED, now)
        await move(connection, conversation_id, Event.CANCEL_HANDOFF, self._clock)

    def queue_changed(self, conversation_id: ConversationId) -> None:
        """Tell the desks, after the transaction, that somebody has come into the queue or left it."""
        self._around.publish("queue.changed", conversation_id, {})

    # --- the customer ------------------------------------------------------------------------------------------

    async def cancel(self, conversation_id: ConversationId) -> None:
        """Take a customer out of the queue, back to the bot; raise StaffError("handoff.gone") if not waiting."""
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            await self.withdraw(connection, conversation_id, self._clock.now())
        self.queue_changed(conversation_id)

    async def leave(self, conversation_id: ConversationId) -> None:
        """End the wait of a customer who is gone for good; raise StaffError("handoff.gone") if not waiting."""
        async with self._steps.waiting(conversation_id) as held:
            await handoff_rows.end(held.connection, held.handoff, HandoffState.LEFT, held.now)
            is_rated = await held.may_be_rated()
            await held.move(Event.ABANDON)
            if not is_rated:
                await held.move(Event.SKIPPED)
            await held.close()

    async def nobody_came(self, conversation_id: ConversationId, **fields: object) -> None:
        """Tell a customer that nobody is coming, with what was arranged instead, and give them back to the bot."""
        async with self._steps.waiting(conversation_id) as held:
            await handoff_rows.end(held.connection, held.handoff, HandoffState.LEFT, held.now)
            await held.move(Event.AFTER_HOURS)
            await held.tell("handoff_nobody" if fields else "handoff_nobody_unknown", None, **fields)

    async def tell_place(self, handoff: Handoff, place: Forecast) -> None:
        """Tell a waiting customer how many are before them; raise StaffError("handoff.gone") if not waiting."""
        async with self._steps.waiting(handoff.conversation_id) as held:
            words, fields = POSITION.of(place)
            await held.tell(words, {"ahead": place.ahead}, **fields)
