"""The words of the figures; what each means for the operator is in docs/figures.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from core.clock import CHINA

AGAIN_S = 72 * 3600  # a second contact about the same within this time: it was not solved
# After its end a day is final: 72 h, and a day for conversations that take long.
SETTLES_AFTER = timedelta(days=4)


class Measure(str, Enum):
    """What is counted; the comment says what the key is."""

    CONVERSATIONS = "conversations"  # with a wish, by the day they began
    CONTAINED = "contained"  # of those, without a person
    SETTLED = "settled"  # topic; matters (a subject in a conversation) whose 72 h are over
    RESOLVED = "resolved"  # topic; of those, met and not brought up again
    PENDING = "pending"  # topic; matters whose 72 h still run
    ANSWERED = "answered"  # topic; questions to the knowledge base
    OFFERED = "offered"  # topic
    TAKEN = "taken"  # topic; of those offered, one was chosen
    ABSTAINED = "abstained"  # topic
    HIT = "hit"  # article
    USEFUL = "useful"  # article
    USELESS = "useless"  # article
    LEFT_BEHIND = "left_behind"  # article; after its answer the customer went to a person
    TOPIC_USEFUL = "topic_useful"  # topic
    TOPIC_USELESS = "topic_useless"  # topic
    WORDING = "wording"  # a wording asked at least twice that day
    HANDOFF = "handoff"  # reason
    GIVEN_UP = "given_up"  # the customer left the queue, or nobody came
    WAIT = "wait"  # seconds from the queue to an agent
    FIRST_RESPONSE = "first_response"  # seconds from accepting to the agent's first words
    HANDLED = "handled"  # agent; accepted conversations
    AGENT_RESPONSE = "agent_response"  # agent; total: seconds to the first words
    AGENT_LENGTH = "agent_length"  # agent; total: seconds from accepting to the end
    RATING_ASKED = "rating_asked"
    RATED = "rated"  # total: score of 0 to 100
    RATED_TOPIC = "rated_topic"  # topic; as RATED
    RATED_ARTICLE = "rated_article"  # article; as RATED
    RATED_AGENT = "rated_agent"  # agent; as RATED
    SOLVED = "solved"  # customers who said so
    UNSOLVED = "unsolved"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something counted on a day, on a channel."""

    measure: Measure
    channel: str
    key: str
    count: int
    total: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included, as China counts them."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return every day, oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Span:
        """Return the span of the same length that ends where this one begins."""
        length = self.last - self.first + timedelta(days=1)
        return Span(self.first - length, self.last - length)


def day_of(at: datetime) -> date:
    """Return the day in China."""
    return at.astimezone(CHINA).date()


def start_of(day: date) -> datetime:
    """Return when a day begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def start_s(day: date) -> int:
    """Return when a day begins in China, in seconds since 1970."""
    return int(start_of(day).timestamp())
