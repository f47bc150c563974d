"""The words of the unknown questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import NewType

from core.ids import ConversationId

GroupId = NewType("GroupId", str)


class Cause(str, Enum):
    """Why a question is here."""

    HANDED_OVER = "handed_over"  # the customer went on to a person
    USELESS = "useless"  # 没用 under the answer
    ABSTAINED = "abstained"  # the bot knew no answer
    OUT_OF_SCOPE = "out_of_scope"  # taken for nobody's business; a new product may look like that
    CLARIFIED = "clarified"  # articles were offered and none was chosen
    ANSWERED = "answered"  # well served, and like those of a group whose effect is watched


class State(str, Enum):
    """What became of a group."""

    OPEN = "open"
    ACCEPTED = "accepted"  # an article is to answer it; its effect is watched
    IGNORED = "ignored"  # until it grows
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask the same; counts are of questions, those well served left out."""

    id: GroupId
    title: str
    state: State
    nearest: str
    nearest_score: float
    created: datetime
    target: str
    phrases: tuple[str, ...]
    reason: str
    decided: datetime | None
    decided_by: str
    merged_into: str
    live_since: datetime | None
    size: int
    this_week: int
    last_week: int
    channels: Mapping[str, int]
    causes: Mapping[Cause, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A wording of a group, how often it was asked, and one conversation where it was."""

    text: str
    count: int
    last: datetime
    cause: Cause
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class EffectDay:
    """How many questions like a group's were asked on a day, and how many were answered well."""

    day: date
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of a group: day by day, and (asked, answered) before and since customers get what was added."""

    days: Sequence[EffectDay]
    before: tuple[int, int]
    after: tuple[int, int]
