"""Measure the retriever: on similar questions kept out of training, and on text that is nobody's question."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from core.clock import SystemClock
from knowledge_base.articles import Article, Source
from knowledge_base.retrieval import Abstain, Answer, Choices, Hit, Outcome


class Part(str, Enum):
    """The halves of the held-out questions."""

    DEV = "dev"  # calibrates weights and thresholds
    TEST = "test"  # is only measured on


class Searchable(Protocol):
    """The retriever, as far as it is measured."""

    def search(self, question: str, limit: int = 10) -> list[Hit]: ...

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Report:
    """Figures between 0 and 1, over `count` questions."""

    count: int
    top1: float
    mrr: float  # mean reciprocal rank among the first ten
    recall3: float
    answered: float  # share answered with an article
    answered_right: float  # of those, share with the right one
    offered: float  # share offered choices
    offered_right: float  # of those, share with the right one among them
    abstained: float


def part_of(question: str) -> Part:
    """Say which half a held-out question belongs to: by its hash, so that it never changes sides."""
    return Part.TEST if hashlib.sha256(question.encode()).digest()[0] % 2 else Part.DEV


def held_out(articles: Iterable[Article], part: Part, source: Source | None = None) -> list[tuple[str, str]]:
    """Return (question, article id) of one half, of written articles, generated ones or both."""
    return [
        (text, article.id)
        for article in articles
        if source in (None, article.source)
        for text in article.held_out
        if part_of(text) is part
    ]  # fmt: skip


def evaluate_retrieval(
    retriever: Searchable, questions: Sequence[tuple[str, str]], at: datetime | None = None
) -> Report:
    """Measure on (question, id of the article that answers it)."""
    at = at or SystemClock().now()
    ranks = [_rank(retriever.search(text, 10), article_id) for text, article_id in questions]
    outcomes = [retriever.ask(text, at=at) for text, _ in questions]
    answers = [(o, i) for o, (_, i) in zip(outcomes, questions, strict=True) if isinstance(o, Answer)]
    choices = [(o, i) for o, (_, i) in zip(outcomes, questions, strict=True) if isinstance(o, Choices)]
    return Report(
        count=len(questions),
        top1=_share(rank == 1 for rank in ranks),
        mrr=sum(1 / rank for rank in ranks if rank) / max(len(ranks), 1),
        recall3=_share(0 < rank <= 3 for rank in ranks),
        answered=len(answers) / max(len(questions), 1),
        answered_right=_share(outcome.article.id == wanted for outcome, wanted in answers),
        offered=len(choices) / max(len(questions), 1),
        offered_right=_share(any(a.id == wanted for a in outcome.articles) for outcome, wanted in choices),
        abstained=_share(isinstance(outcome, Abstain) for outcome in outcomes),
    )


def share_answered(
    retriever: Searchable, lines: Sequence[str], at: datetime | None = None
) -> tuple[float, float]:
    """Return the shares of lines answered with an article, and offered choices."""
    at = at or SystemClock().now()
    outcomes = [retriever.ask(line, at=at) for line in lines]
    return _share(isinstance(o, Answer) for o in outcomes), _share(isinstance(o, Choices) for o in outcomes)


def _rank(hits: Sequence[Hit], article_id: str) -> int:
    """Return the place of an article from 1, 0 when it was not found."""
    return next((place for place, hit in enumerate(hits, 1) if hit.article.id == article_id), 0)


def _share(claims: Iterable[bool]) -> float:
    found = list(claims)
    return sum(found) / len(found) if found else 0.0
