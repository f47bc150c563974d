"""Handing a conversation to a person and on: every verb is one transaction under the contact's lock.

The customer hears of every change in the transaction that makes it, so nobody is moved in silence or told twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows, rows, statements
from conversations.desk_model import (
    Disposition,
    Handoff,
    HandoffId,
    HandoffState,
    Note,
    Presence,
    Skill,
    StaffId,
    StaffMember,
)
from conversations.desk_tables import presences
from conversations.handoff_steps import Surroundings, conversation_of
from conversations.locking import lock_contact_of
from conversations.model import Content, Event, Message, Sender
from conversations.notes import Notes, add_note
from conversations.queueing import Queueing
from conversations.tables import messages
from core import log
from core.clock import CHINA, Clock
from core.database import Database
from core.errors import NotAllowed, StaffError
from core.ids import ConversationId
from core.settings import Settings

_log = log.get(__name__)
_CLIENT_ID_CHARS = 100
Also = Callable[[Handoff], Awaitable[None]]
"""What belongs to a verb's transaction beside what it does itself: a line in the audit log."""


class Handoffs(Queueing):
    """Everything that happens to a customer who wants a person: first the queue, then what agents do."""

    def __init__(self, db: Database, clock: Clock, settings: Settings, around: Surroundings) -> None:
        super().__init__(db, clock, settings, around)
        self._max_chars, self._notes = settings.message_max_chars, Notes(db, clock)

    async def accept(self, handoff_id: HandoffId, staff_id: StaffId, only_if_online: bool = False) -> Handoff:
        """Give a waiting customer to an agent; asking again for one's own is no error.

        Raises StaffError "handoff.taken", "handoff.gone", "handoff.over_capacity", and "staff.not_online" when
        `only_if_online` (routing asks for it: the agent may have gone on a break meanwhile).
        """
        async with self._steps.held(handoff_id) as held:
            if held.handoff.state is HandoffState.ACCEPTED and held.handoff.agent_id == staff_id:
                return held.handoff
            agent = await handoff_rows.lock_staff(held.connection, staff_id)
            if held.handoff.state is HandoffState.WAITING:
                if only_if_online:
                    await _require_online(held.connection, staff_id)
                await _require_room(held.connection, agent)
            return await held.give(agent)

    async def take_over(
        self, handoff_id: HandoffId, supervisor: StaffMember, also: Also | None = None
    ) -> Handoff:
        """Give a waiting or accepted customer to a supervisor, whatever their capacity; `also` is part of it.

        Raises StaffError("handoff.gone") when it is over.
        """
        async with self._steps.held(handoff_id) as held:
            if held.handoff.state is HandoffState.ACCEPTED:
                if held.handoff.agent_id == supervisor.id:
                    return held.handoff
                await held.requeue(wanted_agent=supervisor.id)
            given = await held.give(supervisor)
            if also is not None:
                await also(given)
            return given

    async def say(
        self, conversation_id: ConversationId, staff: StaffMember, text: str, client_message_id: str
    ) -> Message:
        """Say something to the customer; the same `client_message_id` of the same person is one message.

        Raises NotAllowed("conversation.not_yours") unless they have accepted it, StaffError "message.empty",
        "message.too_long", "message.id_invalid".
        """
        text, key = self._checked(text), _key(staff.id, client_message_id)
        async with self._db.write() as connection:
            contact_id = await lock_contact_of(connection, conversation_id)
            by_key = {"contact": contact_id, "channel_message_id": key}
            known = (await connection.execute(statements.MESSAGE_BY_CHANNEL_ID, by_key)).one_or_none()
            if known is not None:
                return rows.message_from(known)
            handoff = await handoff_rows.open_of(connection, conversation_id)
            if handoff is None or handoff.state is not HandoffState.ACCEPTED or handoff.agent_id != staff.id:
                raise NotAllowed("conversation.not_yours", conversation_id)
            now, conversation = self._clock.now(), await conversation_of(connection, conversation_id)
            written = await rows.append(
                connection, conversation, [Content(text)], Sender.AGENT, now, author=(staff.id, staff.name)
            )
            message = replace(written[0], channel_message_id=key)
            with_key = update(messages).where(messages.c.id == message.id).values(channel_message_id=key)
            await connection.execute(with_key)
            await handoff_rows.answered(connection, handoff.id, now)
        self._around.announce([message])
        return message

    async def transfer(
        self,
        handoff_id: HandoffId,
        staff_id: StaffId,
        *,
        skill: Skill | None = None,
        to: StaffId | None = None,
        reason: str,
    ) -> Handoff:
        """Put an agent's customer back into the queue, for another skill or person; the reason becomes a note.

        Raises NotAllowed "conversation.not_yours", StaffError "transfer.nowhere", "note.empty", "staff.unknown".
        """
        if (skill is None and to is None) or to == staff_id:
            raise StaffError("transfer.nowhere", handoff_id)
        async with self._steps.own(handoff_id, staff_id) as held:
            if to is not None:
                await handoff_rows.staff_member(held.connection, to)
            author = await handoff_rows.staff_member(held.connection, staff_id)
            await add_note(held.connection, held.handoff.conversation_id, author, reason, held.now)
            requeued = await held.requeue(wanted_agent=to, skill=skill)
            await held.tell("handoff_transferred")
            return requeued

    async def hand_back(self, handoff_id: HandoffId, staff_id: StaffId) -> Handoff:
        """Give an agent's customer back to the bot; raise NotAllowed("conversation.not_yours")."""
        async with self._steps.own(handoff_id, staff_id) as held:
            ended = await handoff_rows.end(held.connection, held.handoff, HandoffState.HANDED_BACK, held.now)
            await held.move(Event.HAND_BACK)
            await held.tell("handoff_handed_back")
            return ended

    async def resolve(
        self,
        handoff_id: HandoffId,
        staff_id: StaffId,
        disposition: Disposition,
        also: Also | None = None,
        due: datetime | None = None,
    ) -> Handoff:
        """End an agent's conversation; `also` is part of it, and `due` until when the customer is told to hear from us.

        Raises NotAllowed("conversation.not_yours").
        """
        async with self._steps.own(handoff_id, staff_id) as held:
            ended = await handoff_rows.end(
                held.connection, held.handoff, HandoffState.RESOLVED, held.now, disposition
            )
            if also is not None:
                await also(ended)
            if due is not None:
                at = due.astimezone(CHINA)
                await held.tell("follow_up_promised", month=at.month, day=at.day, time=f"{at:%H:%M}")
            await held.move(Event.FINISH if await held.may_be_rated() else Event.FINISH_UNRATED)
            await held.close()
            return ended

    async def give_back_of(self, staff_id: StaffId) -> list[Handoff]:
        """Return a vanished agent's customers to the front of the queue."""
        returned = []
        for handoff in await self.of_agent(staff_id):
            try:
                async with self._steps.own(handoff.id, staff_id) as held:
                    returned.append(await held.requeue(last_agent=staff_id, is_returned=True))
                    await held.tell("handoff_returned")
            except NotAllowed:
                continue  # resolved, or taken over, in the meantime
        if returned:
            _log.info("handoffs.returned", staff=staff_id, count=len(returned))
        return returned

    async def note(
        self, conversation_id: ConversationId, author: StaffMember, text: str, is_whisper: bool = False
    ) -> Note:
        """Write a private note, or a supervisor's whisper to the agent."""
        note = await self._notes.add(conversation_id, author, text, is_whisper)
        self._around.publish("conversation.noted", conversation_id, {})
        return note

    async def notes(self, conversation_id: ConversationId) -> list[Note]:
        """Return the notes of a conversation, oldest first."""
        return await self._notes.of(conversation_id)

    def _checked(self, text: str) -> str:
        text = text.strip()
        if not text:
            raise StaffError("message.empty")
        if len(text) > self._max_chars:
            raise StaffError("message.too_long", max_chars=self._max_chars)
        return text


def _key(staff_id: StaffId, client_message_id: str) -> str:
    """Return the message's id as stored, apart from those of customers."""
    if not 1 <= len(client_message_id) <= _CLIENT_ID_CHARS:
        raise StaffError("message.id_invalid", client_message_id[:_CLIENT_ID_CHARS])
    return f"staff:{staff_id}:{client_message_id}"


async def _require_online(connection: AsyncConnection, staff_id: StaffId) -> None:
    query = select(presences.c.presence).where(presences.c.staff_id == staff_id)
    if (await connection.execute(query)).scalar_one_or_none() != Presence.ONLINE.value:
        raise StaffError("staff.not_online", staff_id)


async def _require_room(connection: AsyncConnection, agent: StaffMember) -> None:
    loads = await handoff_rows.loads(connection, [agent.id])
    if loads.get(agent.id, 0) >= agent.capacity:
        raise StaffError("handoff.over_capacity", agent.id, capacity=agent.capacity)
