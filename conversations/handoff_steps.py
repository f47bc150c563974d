"""What the verbs of a handoff are made of: one transaction under the contact's lock, and what it tells whom."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows, rows, statements
from conversations.desk_model import Handoff, HandoffId, HandoffState, Skill, StaffId, StaffMember
from conversations.directory import move
from conversations.locking import lock_contact_of
from conversations.model import Content, Conversation, Event, Message, Sender, new_id
from conversations.presence import beat
from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed, StaffError
from core.ids import ConversationId

Announce = Callable[[Sequence[Message]], None]
"""Lets the delivery push what was written (`Transcript.announce`)."""
Publish = Callable[[str, str, Mapping[str, object]], None]
"""Tells the desks what has changed (`LiveEvents.publish`): kind, subject, payload; never blocks."""


class Words(Protocol):
    """The service's own texts."""

    def __call__(self, key: str, /, **fields: object) -> Content:
        """Return a text with its fields filled in."""


class Closing(Protocol):
    """What follows when a conversation is over."""

    async def may_be_rated(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        """Say whether the customer is to be asked for a rating."""

    async def after(self, connection: AsyncConnection, conversation: Conversation) -> list[Message]:
        """Write the closing words, and the question when the conversation is in RATING; return what was written."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the handoffs speak through."""

    words: Words
    announce: Announce
    publish: Publish
    closing: Closing | None = None  # without one nobody is asked for a rating


@dataclass(slots=True)
class Held:
    """A handoff whose contact is locked, and what the transaction has done so far."""

    connection: AsyncConnection
    handoff: Handoff
    now: datetime
    clock: Clock
    around: Surroundings
    said: list[Message] = field(default_factory=list)
    moved: Conversation | None = None

    async def conversation(self) -> Conversation:
        """Return the conversation as it is now."""
        return await conversation_of(self.connection, self.handoff.conversation_id)

    async def move(self, event: Event) -> Conversation:
        """Move the conversation."""
        self.moved = await move(self.connection, self.handoff.conversation_id, event, self.clock)
        if self.moved is None:  # only with an expected epoch
            raise StaffError("conversation.unknown", self.handoff.conversation_id)
        return self.moved

    async def tell(self, key: str, about: Mapping[str, object] | None = None, /, **fields: object) -> None:
        """Write one of the service's texts to the customer; `about` is kept beside it."""
        content = replace(self.around.words(key, **fields), about={"topic": "handoff", **(about or {})})
        self.said += await rows.append(
            self.connection, await self.conversation(), [content], Sender.SYSTEM, self.now
        )

    async def give(self, agent: StaffMember) -> Handoff:
        """Give the waiting customer to an agent; raise StaffError "handoff.taken" or "handoff.gone"."""
        given = await handoff_rows.claim(self.connection, self.handoff.id, agent.id, self.now)
        if given is None:
            taken = self.handoff.state is HandoffState.ACCEPTED
            raise StaffError("handoff.taken" if taken else "handoff.gone", self.handoff.id)
        await beat(self.connection, agent.id, self.now)  # who accepts is there
        await self.move(Event.ACCEPT)
        await self.tell("handoff_accepted", agent=agent.name)
        self.handoff = given
        return given

    async def requeue(
        self,
        *,
        skill: Skill | None = None,
        wanted_agent: StaffId | None = None,
        last_agent: StaffId | None = None,
        is_returned: bool = False,
    ) -> Handoff:
        """Put the accepted customer back into the queue: this stay ends, another begins."""
        old = self.handoff
        await handoff_rows.end(self.connection, old, HandoffState.TRANSFERRED, self.now)
        await self.move(Event.TRANSFER)
        self.handoff = await handoff_rows.add(
            self.connection,
            Handoff(
                id=HandoffId(new_id()),
                conversation_id=old.conversation_id,
                contact_id=old.contact_id,
                channel=old.channel,
                request=replace(old.request, skill=skill or old.request.skill),
                state=HandoffState.WAITING,
                requested=old.requested,
                queued=self.now,
                is_returned=is_returned,
                wanted_agent=wanted_agent,
                last_agent=last_agent,
            ),
        )
        return self.handoff

    async def may_be_rated(self) -> bool:
        """Say whether the customer is to be asked for a rating."""
        closing = self.around.closing
        return closing is not None and await closing.may_be_rated(self.connection, await self.conversation())

    async def close(self) -> None:
        """Write what follows the end."""
        if self.around.closing is not None:
            self.said += await self.around.closing.after(self.connection, await self.conversation())


class Steps:
    """Opens the transactions of the verbs; afterwards what they wrote is delivered and what they moved published."""

    def __init__(self, db: Database, clock: Clock, around: Surroundings) -> None:
        self._db, self._clock, self._around = db, clock, around

    @asynccontextmanager
    async def held(self, handoff_id: HandoffId) -> AsyncIterator[Held]:
        """Hold a handoff, whatever its state; raise StaffError("handoff.unknown")."""
        async with self._db.write() as connection:
            conversation_id = (await handoff_rows.get(connection, handoff_id)).conversation_id
            await lock_contact_of(connection, conversation_id)
            handoff = await handoff_rows.get(connection, handoff_id)  # as it is under the lock
            held = Held(connection, handoff, self._clock.now(), self._clock, self._around)
            yield held
        self._tell_of(held)

    @asynccontextmanager
    async def own(self, handoff_id: HandoffId, staff_id: StaffId) -> AsyncIterator[Held]:
        """Hold a handoff that this person has accepted; raise NotAllowed("conversation.not_yours") otherwise."""
        async with self.held(handoff_id) as held:
            if held.handoff.state is not HandoffState.ACCEPTED or held.handoff.agent_id != staff_id:
                raise NotAllowed("conversation.not_yours", held.handoff.conversation_id)
            yield held

    @asynccontextmanager
    async def waiting(self, conversation_id: ConversationId) -> AsyncIterator[Held]:
        """Hold the handoff of a customer who waits; raise StaffError("handoff.gone") otherwise."""
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            handoff = await handoff_rows.open_of(connection, conversation_id)
            if handoff is None or handoff.state is not HandoffState.WAITING:
                raise StaffError("handoff.gone", conversation_id)
            held = Held(connection, handoff, self._clock.now(), self._clock, self._around)
            yield held
        self._tell_of(held)

    def _tell_of(self, held: Held) -> None:
        self._around.announce(held.said)
        if (moved := held.moved) is not None:
            agent = held.handoff.agent_id if held.handoff.state is HandoffState.ACCEPTED else None
            self._around.publish(
                "conversation.moved",
                moved.id,
                {
                    "contact": moved.contact_id,
                    "state": moved.state.value,
                    "epoch": moved.epoch,
                    "agent": agent,
                },
            )
            self._around.publish("queue.changed", moved.id, {})


async def conversation_of(connection: AsyncConnection, conversation_id: ConversationId) -> Conversation:
    """Return a conversation that is known to exist."""
    found = await connection.execute(statements.CONVERSATION, {"conversation": conversation_id})
    return rows.conversation_from(found.one())
