"""How conversations answered from a release on trial fare beside the others, counted from what customers asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select

from conversations.question_tables import questions
from conversations.questions import Outcome
from core.database import Database
from core.ids import ConversationId

_Q = questions.c
# What the knowledge base had a say in; a task fares the same on both sides. A choice belongs to the question before it.
_ASKED = (Outcome.ANSWERED.value, Outcome.OFFERED.value, Outcome.ABSTAINED.value)
_MOST = 20_000  # conversations, the newest: more of them would tell nothing new, and take longer
_FEW = 30  # questions, below which no share is compared
_CLEAR = 1.96  # standard errors between two shares: by chance once in twenty


@dataclass(slots=True)
class Side:
    """What was asked on one side, and what became of it."""

    conversations: int = 0
    asked: int = 0
    answered: int = 0
    offered: int = 0
    abstained: int = 0
    useful: int = 0  # what customers said of the answers
    useless: int = 0
    handed_over: int = 0

    def add(self, row: Any) -> None:
        """Add one conversation."""
        self.conversations += 1
        for field in fields(self)[1:]:
            setattr(self, field.name, getattr(self, field.name) + int(getattr(row, field.name)))


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a canary."""

    tried: Side
    others: Side

    def clearly(self, figure: str) -> bool:
        """Say whether the two sides' shares of a figure differ by more than chance would have it.

        Source: test of two proportions with a pooled variance, as in any textbook of statistics.
        """
        n, m = self.tried.asked, self.others.asked
        if min(n, m) < _FEW:
            return False
        one, other = getattr(self.tried, figure), getattr(self.others, figure)
        pooled = (one + other) / (n + m)
        error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        return error > 0 and abs(one / n - other / m) > _CLEAR * error


class CanaryFigures:
    """Counts the questions of a span of time by the side their conversation is on."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def sides(
        self, since: datetime, until: datetime, is_tried: Callable[[ConversationId], bool]
    ) -> Sides:
        """Count what was asked from `since` up to `until`; of very many conversations the newest."""
        found = Sides(Side(), Side())
        async with self._db.read() as connection:
            for row in await connection.execute(_by_conversation(since, until)):
                side = found.tried if is_tried(ConversationId(row.conversation_id)) else found.others
                side.add(row)
        return found


def _by_conversation(since: datetime, until: datetime) -> Select[Any]:
    asked = _count(_Q.outcome.in_(_ASKED))
    return (
        select(
            _Q.conversation_id,
            asked.label("asked"),
            *(_count(_Q.outcome == name).label(name) for name in _ASKED),
            _count(_Q.is_useful.is_(True)).label("useful"),
            _count(_Q.is_useful.is_(False)).label("useless"),
            _count(_Q.handed_over.is_not(None)).label("handed_over"),
        )
        .where(
            _Q.asked_s >= math.floor(since.timestamp()),
            _Q.asked_s <= math.ceil(until.timestamp()),
            _Q.outcome.in_((*_ASKED, Outcome.CHOSEN.value)),
        )
        .group_by(_Q.conversation_id)
        .order_by(func.max(_Q.asked_s).desc(), _Q.conversation_id)
        .limit(_MOST)
    )


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
