"""Who may see which conversation: agents what routing gave them, supervisors everything."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.desk_model import FollowUp, Handoff, HandoffState, Role, StaffMember
from conversations.directory import Directory
from conversations.follow_ups import FollowUps
from conversations.handoffs import Handoffs
from conversations.model import Conversation
from core.errors import NotAllowed, StaffError
from core.ids import ConversationId

DESK = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})  # who works at the desk


def is_supervisor(staff: StaffMember) -> bool:
    """Say whether somebody sees all queues."""
    return bool(staff.roles & {Role.SUPERVISOR, Role.ADMIN})


def may_see_waiting(staff: StaffMember, handoff: Handoff) -> bool:
    """Say whether somebody may see, and take, a waiting customer: one of their skills, or meant for them."""
    return is_supervisor(staff) or handoff.request.skill in staff.skills or handoff.wanted_agent == staff.id


def may_see_follow_up(staff: StaffMember, follow_up: FollowUp) -> bool:
    """Say whether somebody may read a follow-up and tick it off: it is theirs."""
    return is_supervisor(staff) or follow_up.owner == staff.id


class DeskAccess:
    """Finds conversations for a member of staff, or refuses."""

    def __init__(self, directory: Directory, handoffs: Handoffs, follow_ups: FollowUps) -> None:
        self._directory, self._handoffs, self._follow_ups = directory, handoffs, follow_ups

    async def conversation(
        self, staff: StaffMember, conversation_id: str
    ) -> tuple[Conversation, Sequence[Handoff]]:
        """Return a conversation and its handoffs; raise NotAllowed("conversation.not_yours"), StaffError("conversation.unknown")."""
        found = await self._directory.conversation(ConversationId(conversation_id))
        if found is None:
            raise StaffError("conversation.unknown", conversation_id)
        stays = await self._handoffs.of_conversation(found.id)
        was_given = is_supervisor(staff) or any(_was_given(staff, stay) for stay in stays)
        if not was_given and await self.owed(staff, found.id) is None:
            raise NotAllowed("conversation.not_yours", conversation_id)
        return found, stays

    async def owed(self, staff: StaffMember, conversation_id: ConversationId) -> FollowUp | None:
        """Return what a conversation has left somebody to do; to supervisors what it has left anybody."""
        for follow_up in await self._follow_ups.of_conversation(conversation_id):
            if follow_up.done is None and may_see_follow_up(staff, follow_up):
                return follow_up
        return None

    async def own(self, staff: StaffMember, conversation_id: str) -> Handoff:
        """Return the handoff by which somebody has a conversation in hand; raise NotAllowed("conversation.not_yours")."""
        _, stays = await self.conversation(staff, conversation_id)
        for stay in stays:
            if stay.state is HandoffState.ACCEPTED and stay.agent_id == staff.id:
                return stay
        raise NotAllowed("conversation.not_yours", conversation_id)


def _was_given(staff: StaffMember, stay: Handoff) -> bool:
    """Say whether routing gave somebody this customer: served by them, or waiting where they may take them."""
    if stay.agent_id == staff.id:
        return True
    return stay.state is HandoffState.WAITING and may_see_waiting(staff, stay)
