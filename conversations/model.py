"""The words of a conversation: who speaks, what was said, and which state may follow which."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NewType

from core.errors import StaffError
from core.ids import ConversationId, MessageId

ContactId = NewType("ContactId", str)


class State(str, Enum):
    """Who owns the conversation now."""

    BOT = "bot"
    WAITING = "waiting"  # queued for a person
    HUMAN = "human"
    RATING = "rating"
    CLOSED = "closed"


class Event(str, Enum):
    """What moves a conversation."""

    REQUEST_HANDOFF = "request_handoff"
    CANCEL_HANDOFF = "cancel_handoff"  # the customer leaves the queue
    AFTER_HOURS = "after_hours"  # nobody is there: a ticket, then the bot again
    ACCEPT = "accept"
    TRANSFER = "transfer"  # back into the queue, to another agent
    HAND_BACK = "hand_back"
    FINISH = "finish"
    FINISH_UNRATED = "finish_unrated"  # over, and there is nothing to rate
    ABANDON = "abandon"  # the customer left the queue for good: a ticket, then the rating
    RATED = "rated"
    SKIPPED = "skipped"
    RATING_TIMED_OUT = "rating_timed_out"
    NEW_WISH = "new_wish"


_MOVES: Mapping[tuple[State, Event], State] = {
    (State.BOT, Event.REQUEST_HANDOFF): State.WAITING,
    (State.BOT, Event.FINISH): State.RATING,
    (State.BOT, Event.FINISH_UNRATED): State.CLOSED,
    (State.WAITING, Event.ACCEPT): State.HUMAN,
    (State.WAITING, Event.CANCEL_HANDOFF): State.BOT,
    (State.WAITING, Event.AFTER_HOURS): State.BOT,
    (State.WAITING, Event.ABANDON): State.RATING,
    (State.HUMAN, Event.TRANSFER): State.WAITING,
    (State.HUMAN, Event.HAND_BACK): State.BOT,
    (State.HUMAN, Event.FINISH): State.RATING,
    (State.HUMAN, Event.FINISH_UNRATED): State.CLOSED,
    (State.RATING, Event.RATED): State.CLOSED,
    (State.RATING, Event.SKIPPED): State.CLOSED,
    (State.RATING, Event.RATING_TIMED_OUT): State.CLOSED,
    (State.RATING, Event.NEW_WISH): State.CLOSED,
}


def next_state(state: State, event: Event) -> State:
    """Return where `event` leads; raise StaffError("conversation.illegal_move") where it leads nowhere."""
    try:
        return _MOVES[state, event]
    except KeyError:
        raise StaffError("conversation.illegal_move", f"{event.value} in {state.value}") from None


class Sender(str, Enum):
    """Who said it; SYSTEM is the service itself (an apology, a payment's result)."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Processing(str, Enum):
    """How far a customer's message has come."""

    RECEIVED = "received"  # stored, waits its turn
    SENT_TO_ENGINE = "sent_to_engine"  # the engine may have seen it
    ANSWERED = "answered"  # nothing more to do


@dataclass(frozen=True, slots=True)
class Button:
    """One quick reply: what the customer reads and what is sent back."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Content:
    """What one message shows; a card always comes with its full plain text."""

    text: str
    buttons: tuple[Button, ...] = ()
    card: Mapping[str, object] | None = None
    about: Mapping[str, object] | None = (
        None  # topic, article, offering, outcome; for the ratings and the numbers
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer on one channel; `channel_user` is the channel's own name for them."""

    id: ContactId
    channel: str
    channel_user: str
    region: str = field(default="", compare=False)  # where their proven number belongs; empty: not known


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation; `epoch` rises with every transition, and an answer computed under an older one is dropped."""

    id: ConversationId
    contact_id: ContactId
    channel: str
    state: State
    epoch: int
    started: datetime
    last_activity: datetime
    closed: datetime | None = None
    with_bot: bool = False  # waiting for a person, the customer goes on with the bot
    is_traditional: bool = False  # the customer writes traditional characters, and is answered in them


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the transcript; `seq` rises over all conversations of a contact, so one number is a reading position."""

    id: MessageId
    contact_id: ContactId
    conversation_id: ConversationId
    seq: int
    sender: Sender
    content: Content
    epoch: int
    created: datetime
    in_reply_to: MessageId | None = None
    channel_message_id: str | None = None  # the channel's own id; only a customer's message has one
    processing: Processing | None = None  # only a customer's message has one
    author: str | None = None  # the member of staff who wrote it
    author_name: str | None = None  # as the customer sees it


class AttachmentKind(str, Enum):
    """What a customer may send that is no text."""

    PICTURE = "picture"
    VOICE = "voice"
    VIDEO = "video"
    LINK = "link"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something a person can look at and the engine cannot: how the transcript shows it, and where it is kept."""

    kind: AttachmentKind
    shown: str
    reference: Mapping[str, object] = field(default_factory=dict)  # the channel's ids and addresses


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a channel hands in: the customer's text as typed, a button's payload, or an attachment."""

    channel: str
    channel_user: str
    text: str
    channel_message_id: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    title: str | None = None  # of what was clicked, where that was no button of ours (a menu)
    attachment: Attachment | None = None  # then the text counts for nothing


def new_id() -> str:
    """Make an identifier nobody can guess (32 hex digits)."""
    return uuid.uuid4().hex
