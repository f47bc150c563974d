"""The hit test: what a question gets from a release, and what spoke for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from knowledge_base.articles import Article
from knowledge_base.retrieval import Abstain, Answer, Choices, Hit, Retriever
from knowledge_base.thesaurus import squeeze

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Tested:
    """One question through one release; `reason` is the key of its words."""

    outcome: str  # "answered", "offered" or "abstained"
    reason: str
    certainty: float  # that the first candidate is right
    near: float  # that the right one is among the first three
    ours: float  # log-odds of the text being an operator's business
    answer_from: float
    offer_from: float
    is_exact: bool
    text: str
    given: tuple[Article, ...]
    candidates: tuple[Hit, ...]


def hit_test(
    retriever: Retriever,
    question: str,
    channel: str,
    region: str,
    at: datetime,
    renew: Callable[[Article], Article] = lambda article: article,
) -> Tested:
    """Ask as a customer would, and keep what the decision rested on; `renew` returns what an article says now."""
    outcome = retriever.ask(question, channel=channel, at=at)
    is_empty = not squeeze(question)
    certainty = near = ours = 0.0
    if not is_empty:
        ours, judged = retriever.judge(question)
        certainty, near = judged.sure, judged.near
    candidates = tuple(retriever.search(question, _SHOWN))
    text = renew(outcome.article).answer_for(channel, region) if isinstance(outcome, Answer) else ""
    return Tested(
        outcome={Answer: "answered", Choices: "offered", Abstain: "abstained"}[type(outcome)],
        reason=_reason(outcome, candidates, at, is_empty),
        certainty=certainty,
        near=near,
        ours=ours,
        answer_from=retriever.judgement.answer_from,
        offer_from=retriever.judgement.offer_from,
        is_exact=isinstance(outcome, Answer) and outcome.is_exact,
        text=text,
        given=_given(outcome),
        candidates=candidates,
    )


def _given(outcome: Answer | Choices | Abstain) -> tuple[Article, ...]:
    if isinstance(outcome, Answer):
        return (outcome.article,)
    return outcome.articles if isinstance(outcome, Choices) else ()


def _reason(
    outcome: Answer | Choices | Abstain, candidates: tuple[Hit, ...], at: datetime, is_empty: bool
) -> str:
    if is_empty:
        return "empty"
    if isinstance(outcome, Answer):
        return "exact" if outcome.is_exact else "sure"
    best_is_over = bool(candidates) and not candidates[0].article.is_valid(at)
    if isinstance(outcome, Choices):
        return "offered_best_over" if best_is_over else "offered"
    if not candidates:
        return "nothing"
    return "best_over" if best_is_over else "unsure"
