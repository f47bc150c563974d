"""What the desk's pages read: values of the domain written as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conversations.canned import CannedReply
from conversations.desk_model import FollowUp, Handoff, Note, PresenceNow, StaffId, StaffMember
from conversations.handoff_figures import Figures
from conversations.model import Content, Conversation, Message


def moment(at: datetime | None) -> str | None:
    """Write a time; the page shows it in its own zone."""
    return at.isoformat() if at is not None else None


def handoff(found: Handoff, names: Mapping[StaffId, str]) -> dict[str, Any]:
    """Write a handoff with its summary."""
    request = found.request
    return {
        "id": found.id,
        "conversation": found.conversation_id,
        "contact": found.contact_id,
        "channel": found.channel,
        "state": found.state.value,
        "reason": request.reason.value,
        "skill": request.skill.value,
        "language": request.language,
        "is_elderly": request.is_elderly,
        "is_complaint": request.is_complaint,
        "is_returned": found.is_returned,
        "wanted_agent": names.get(found.wanted_agent) if found.wanted_agent else None,
        "agent": names.get(found.agent_id) if found.agent_id else None,
        "agent_id": found.agent_id,
        "requested": moment(found.requested),
        "queued": moment(found.queued),
        "accepted": moment(found.accepted),
        "first_response": moment(found.first_response),
        "ended": moment(found.ended),
        "disposition": found.disposition.value if found.disposition else None,
        "summary": {
            "who": request.summary.who,
            "wish": request.summary.wish,
            "tried": list(request.summary.tried),
            "known": [list(pair) for pair in request.summary.known],
        },
    }


def conversation(found: Conversation) -> dict[str, Any]:
    """Write a conversation."""
    return {
        "id": found.id,
        "contact": found.contact_id,
        "channel": found.channel,
        "state": found.state.value,
        "started": moment(found.started),
        "closed": moment(found.closed),
    }


def message(found: Message) -> dict[str, Any]:
    """Write a line of the transcript."""
    content = found.content
    return {
        "id": found.id,
        "conversation": found.conversation_id,
        "seq": found.seq,
        "sender": found.sender.value,
        "author": found.author_name,
        "text": content.text,
        "buttons": [button.title for button in content.buttons],
        "card": (content.card or {}).get("type"),
        "picture": _picture(content),
        "created": moment(found.created),
        "client_id": _client_id(found),
    }


def follow_up(found: FollowUp, names: Mapping[StaffId, str]) -> dict[str, Any]:
    """Write what somebody has promised to come back to."""
    return {
        "id": found.id,
        "conversation": found.conversation_id,
        "contact": found.contact_id,
        "channel": found.channel,
        "skill": found.skill.value,
        "who": found.who,
        "has_number": found.has_number,
        "owner": names.get(found.owner, ""),
        "owner_id": found.owner,
        "task": found.task,
        "due": moment(found.due),
        "opened": moment(found.opened),
        "ticket": found.ticket,
        "done": moment(found.done),
        "done_by": names.get(found.done_by, "") if found.done_by else None,
        "outcome": found.outcome,
    }


def note(found: Note) -> dict[str, Any]:
    """Write a private note."""
    return {
        "id": found.id,
        "author": found.author_name,
        "text": found.text,
        "is_whisper": found.is_whisper,
        "created": moment(found.created),
    }


def presence(found: PresenceNow | None) -> dict[str, Any]:
    """Write somebody's presence; who was never here is offline."""
    if found is None:
        return {"presence": "offline", "reason": "", "since": None}
    return {"presence": found.presence.value, "reason": found.reason, "since": moment(found.since)}


def member(found: StaffMember) -> dict[str, Any]:
    """Write a member of staff."""
    return {
        "id": found.id,
        "login": found.login,
        "name": found.name,
        "roles": sorted(role.value for role in found.roles),
        "skills": sorted(skill.value for skill in found.skills),
        "capacity": found.capacity,
        "is_active": found.is_active,
    }


def canned(found: CannedReply) -> dict[str, Any]:
    """Write a canned reply."""
    return {
        "id": found.id,
        "shortcut": found.shortcut,
        "title": found.title,
        "text": found.text,
        "skill": found.skill.value if found.skill else None,
        "uses": found.uses,
    }


def figures(found: Figures) -> dict[str, Any]:
    """Write the numbers of a day; seconds, rounded."""
    return {
        "handled": found.handled,
        "given_up": found.given_up,
        "waiting_now": found.waiting_now,
        "in_hand_now": found.in_hand_now,
        "wait_p50_s": _rounded(found.wait_p50_s),
        "wait_p95_s": _rounded(found.wait_p95_s),
        "first_response_p50_s": _rounded(found.first_response_p50_s),
        "first_response_p95_s": _rounded(found.first_response_p95_s),
        "average_s": _rounded(found.average_s),
    }


def _rounded(value: float | None) -> int | None:
    return round(value) if value is not None else None


def _picture(content: Content) -> str | None:
    """Return where the picture lies that a customer sent."""
    card = content.card or {}
    url = str(card.get("url", ""))
    return url if card.get("type") == "picture" and url.startswith(("http://", "https://")) else None


def _client_id(found: Message) -> str | None:
    """Return the id an agent's browser gave its message."""
    key = found.channel_message_id or ""
    return key.split(":", 2)[2] if key.startswith("staff:") else None
