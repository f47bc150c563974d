"""A service process with a desk, as the tests see it: customers who queue, agents, and all that was told to whom."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import rows
from conversations.desk_model import (
    Handoff,
    HandoffRequest,
    Presence,
    Reason,
    Skill,
    StaffMember,
    Summary,
)
from conversations.directory import Directory
from conversations.follow_ups import FollowUps
from conversations.handoff_steps import Surroundings, conversation_of
from conversations.handoffs import Handoffs
from conversations.locking import lock_contact_of
from conversations.model import Content, Conversation, Inbound, Message, Sender, State
from conversations.presence import PresenceBook
from conversations.sealing import Sealer
from conversations.transcript import Transcript
from core.clock import FixedClock
from core.database import Database
from core.ids import ConversationId
from core.settings import Settings
from tests.conversations.people import hire

SUMMARY = Summary(
    "未验证身份", "上个月多扣了二十块", ("查看账单",), (("月份", "九月"),), (("customer", "怎么多扣了"),)
)
_NUMBERS = itertools.count(1)


class KeysAsWords:
    """Service texts that can be recognised: the key, and what was filled in."""

    def __call__(self, key: str, /, **fields: object) -> Content:
        return Content(" ".join([key, *(f"{name}={value}" for name, value in fields.items())]))


class AlwaysRated:
    """Rating as the desk sees it: a goodbye, and a question when the conversation is in RATING."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock, self.is_rated = clock, True

    async def may_be_rated(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        return self.is_rated

    async def after(self, connection: AsyncConnection, conversation: Conversation) -> list[Message]:
        contents = [Content("goodbye")] + [Content("rate")] * (conversation.state is State.RATING)
        return await rows.append(connection, conversation, contents, Sender.SYSTEM, self._clock.now())


@dataclass
class Floor:
    """One service process over a database that others may share."""

    db: Database
    clock: FixedClock
    settings: Settings
    announced: list[Message] = field(default_factory=list)
    published: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.closing = AlwaysRated(self.clock)
        around = Surroundings(KeysAsWords(), self._announce, self._publish, self.closing)
        self.handoffs = Handoffs(self.db, self.clock, self.settings, around)
        self.follow_ups = FollowUps(
            self.db, self.clock, Sealer(self.settings.secret), KeysAsWords(), self._announce, self._publish
        )
        self.directory = Directory(self.db, self.clock, self.settings)
        self.transcript = Transcript(self.db, self.clock, self.settings)
        self.presence = PresenceBook(self.db, self.clock)

    def _announce(self, said: Sequence[Message]) -> None:
        self.announced += said

    def _publish(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        self.published.append((kind, subject, payload))

    async def agent(
        self, login: str, *skills: Skill, capacity: int = 3, is_online: bool = True
    ) -> StaffMember:
        """Hire an agent, who comes online."""
        member = await hire(self.db, self.clock.now(), login, *skills, capacity=capacity)
        if is_online:
            await self.presence.set(member.id, Presence.ONLINE)
        return member

    async def queues(
        self,
        user: str | None = None,
        skill: Skill = Skill.BILLING,
        is_elderly: bool = False,
        is_complaint: bool = False,
    ) -> Handoff:
        """Let a customer ask for a person."""
        current = await self.directory.current("rest", user or f"customer{next(_NUMBERS)}")
        request = HandoffRequest(
            Reason.ASKED, skill, SUMMARY, is_elderly=is_elderly, is_complaint=is_complaint
        )
        async with self.db.write() as connection:
            await lock_contact_of(connection, current.id)
            conversation = await conversation_of(connection, current.id)
            return await self.handoffs.open(connection, conversation, request, self.clock.now())

    async def served(self, agent: StaffMember, user: str | None = None) -> Handoff:
        """Let a customer ask for a person and get this agent."""
        return await self.handoffs.accept((await self.queues(user)).id, agent.id)

    async def says(self, handoff: Handoff, text: str) -> Message:
        """Let the customer of a handoff write."""
        contact = await self.directory.contact_of(handoff.contact_id)
        assert contact is not None
        return (await self.transcript.receive(Inbound("rest", contact.channel_user, text))).message

    async def conversation(self, conversation_id: ConversationId) -> Conversation:
        """Return a conversation as it is now."""
        found = await self.directory.conversation(conversation_id)
        assert found is not None
        return found

    async def state(self, handoff: Handoff) -> State:
        """Return who owns the conversation of a handoff now."""
        return (await self.conversation(handoff.conversation_id)).state

    async def told(self, handoff: Handoff) -> list[str]:
        """Return what the customer was told, in order."""
        history = await self.transcript.history(handoff.conversation_id)
        return [m.content.text for m in history if m.sender is not Sender.CUSTOMER]

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(seconds=seconds))
