"""How well questions about a catalogue are understood and answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge_base.catalogue.model import fold
from knowledge_base.catalogue.query import Query, answer
from knowledge_base.catalogue.questions import Labelled, canonical


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of questions, 0..1; `f1` is the mean over questions of F1 between the predicted and the true values."""

    count: int
    entity: float
    property: float
    constraint: float
    joint: float  # all three right
    exact_match: float
    f1: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One question beside what was made of it."""

    question: Labelled
    query: Query | None
    answer: frozenset[str]

    @property
    def entity_right(self) -> bool:
        return self.query is not None and fold(self.query.offering.name) == self.question.entity

    @property
    def property_right(self) -> bool:
        return self.query is not None and frozenset(self.query.properties) == self.question.properties

    @property
    def constraint_right(self) -> bool:
        """Order does not matter; an edition named twice counts twice."""
        if self.query is None:
            return not self.question.constraints
        found = [canonical(constraint, self.query.offering) for constraint in self.query.constraints]
        return sorted(map(repr, found)) == sorted(map(repr, self.question.constraints))

    @property
    def f1(self) -> float:
        """Return F1 of the two sets of values; two empty sets agree."""
        if not self.answer and not self.question.answer:
            return 1.0
        return 2 * len(self.answer & self.question.answer) / (len(self.answer) + len(self.question.answer))


def judge(questions: Sequence[Labelled], read: Callable[[str], Query | None]) -> list[Judged]:
    """Read and answer every question."""
    judged = []
    for question in questions:
        query = read(question.text)
        found = frozenset(map(fold, answer(query))) if query else frozenset()
        judged.append(Judged(question, query, found))
    return judged


def score(judged: Sequence[Judged]) -> Score:
    """Return the shares over all questions."""
    count = len(judged)
    return Score(
        count=count,
        entity=sum(j.entity_right for j in judged) / count,
        property=sum(j.property_right for j in judged) / count,
        constraint=sum(j.constraint_right for j in judged) / count,
        joint=sum(j.entity_right and j.property_right and j.constraint_right for j in judged) / count,
        exact_match=sum(j.answer == j.question.answer for j in judged) / count,
        f1=sum(j.f1 for j in judged) / count,
    )
