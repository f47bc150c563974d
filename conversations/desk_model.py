"""The words of the desk: who works here, why a customer waits for a person, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

from conversations.model import ContactId
from core.ids import ConversationId, MessageId

StaffId = NewType("StaffId", str)
HandoffId = NewType("HandoffId", str)
FollowUpId = NewType("FollowUpId", str)


class Role(str, Enum):
    """What a member of staff may do; one person can have several."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Skill(str, Enum):
    """What an agent answers for; every handoff needs exactly one."""

    BILLING = "billing"  # 充值账单
    PLANS = "plans"  # 套餐业务
    FAULTS = "faults"  # 宽带故障
    COMPLAINTS = "complaints"  # 投诉


class Presence(str, Enum):
    """Whether an agent takes new conversations."""

    ONLINE = "online"  # 在线
    BREAK = "break"  # 小休, with a reason; keeps the conversations in hand
    OFFLINE = "offline"  # 离线


class Reason(str, Enum):
    """Why a conversation goes to a person."""

    ASKED = "asked"
    ABSTAINED = "abstained"  # the bot knew no answer twice in a row
    ANGER = "anger"
    COMPLAINT = "complaint"
    FAILED_TRANSACTION = "failed_transaction"
    ELDERLY = "elderly"  # 65 or over, at the first sign of trouble
    DISSATISFIED = "dissatisfied"  # rated 1 or 2, or not solved


class HandoffState(str, Enum):
    """How far a handoff has come; the first two are open."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"  # the customer left the queue and went on with the bot
    LEFT = "left"  # the customer left for good, or nobody came in time: a ticket
    TRANSFERRED = "transferred"  # to another skill or person: another handoff goes on
    HANDED_BACK = "handed_back"
    RESOLVED = "resolved"


class Disposition(str, Enum):
    """What came of an agent's conversation."""

    SOLVED = "solved"
    FOLLOW_UP = "follow_up"  # somebody will come back to it
    NOT_SOLVED = "not_solved"
    NO_REPLY = "no_reply"  # the customer went silent


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person who works here; `capacity` is how many conversations at once."""

    id: StaffId
    login: str
    name: str  # as the customer sees it
    roles: frozenset[Role]
    skills: frozenset[Skill]
    capacity: int
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class PresenceNow:
    """An agent's presence; `beat` is the last sign of life of their browser."""

    staff_id: StaffId
    presence: Presence
    reason: str  # of a break: 用餐, 培训, ...; otherwise empty
    since: datetime
    beat: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """What an agent should know before the first word; nothing in it is sensitive in the clear."""

    who: str  # masked number and kind of customer, or 未验证身份
    wish: str  # what the customer wanted, in their words
    tried: tuple[str, ...] = ()  # what the bot has done or could not do
    known: tuple[tuple[str, str], ...] = ()  # label, value of what is filled in already
    last_turns: tuple[tuple[str, str], ...] = ()  # (sender, text), oldest first


@dataclass(frozen=True, slots=True)
class HandoffRequest:
    """A wish for a person, as the bot hands it over."""

    reason: Reason
    skill: Skill
    summary: Summary
    language: str = "zh-Hans"
    is_elderly: bool = False
    is_complaint: bool = False


@dataclass(frozen=True, slots=True)
class Handoff:
    """One stay in the queue and what followed; a transfer makes another one."""

    id: HandoffId
    conversation_id: ConversationId
    contact_id: ContactId
    channel: str
    request: HandoffRequest
    state: HandoffState
    requested: datetime  # when the customer first asked; a transfer keeps it
    queued: datetime  # when this stay began
    is_returned: bool = False  # an agent vanished: back to the front of the queue
    wanted_agent: StaffId | None = None  # transferred to this person
    last_agent: StaffId | None = None  # who served this customer in the last 24 h, or owes them an answer
    agent_id: StaffId | None = None
    accepted: datetime | None = None
    first_response: datetime | None = None
    ended: datetime | None = None
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What an agent has promised a customer to come back to, until it is ticked off."""

    id: FollowUpId
    handoff_id: HandoffId
    conversation_id: ConversationId
    contact_id: ContactId
    channel: str
    skill: Skill
    who: str  # the customer, masked
    has_number: bool  # the customer can be called
    owner: StaffId
    task: str
    due: datetime
    opened: datetime
    ticket: str | None = None  # of the billing system, once it has one
    done: datetime | None = None
    done_by: StaffId | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A private remark on a conversation, or a supervisor's whisper to its agent; customers never see it."""

    id: str
    conversation_id: ConversationId
    author: StaffId
    author_name: str
    text: str
    is_whisper: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """What a customer thought of one conversation; `score` is `stars` on 0 to 100."""

    conversation_id: ConversationId
    contact_id: ContactId
    asked: datetime
    rated: datetime | None
    stars: int | None
    scale: int
    score: int | None
    is_solved: bool | None
    reasons: tuple[str, ...]
    words: str
    topic: str
    article: str
    agent_id: StaffId | None
    channel: str
    region: str
    age_band: str
    offering: str


@dataclass(frozen=True, slots=True)
class AnswerFeedback:
    """有用 or 没用 under one answer."""

    message_id: MessageId
    conversation_id: ConversationId
    article: str
    question: str
    is_useful: bool
    given: datetime
