"""The gate: a candidate answers the regression questions beside the live release; worse than the limits is blocked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from core.ids import ArticleId
from core.release_rules import GateLimits
from knowledge_base.articles import Article
from knowledge_base.content.model import (
    Breach,
    Finding,
    GateReport,
    Given,
    QuestionKind,
    RegressionQuestion,
    Verdict,
)
from knowledge_base.retrieval import Abstain, Answer, Outcome

_SHOWN = 600  # characters of an answer kept with a finding
_EVERY = 20  # questions between two words of progress
_WORST_FIRST = (
    Verdict.WORSE,
    Verdict.AMBIGUOUS,
    Verdict.UNMET,
    Verdict.CHANGED,
    Verdict.BETTER,
    Verdict.SAME,
)
# How good what a question gets is; what is known to be wrong is worse than nothing.
_WRONG, _NOTHING, _AMONG, _RIGHT = range(4)


class Asked(Protocol):
    """A release, as far as the gate asks it."""

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome: ...

    def article(self, article_id: str) -> Article | None: ...


def examine(
    questions: Sequence[RegressionQuestion],
    live: Asked,
    candidate: Asked,
    touched: Collection[ArticleId],
    limits: GateLimits,
    at: datetime,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> GateReport:
    """Ask both every question as of `at`; `touched` are the articles the release changes."""
    started, found = time.monotonic(), list[Finding]()
    for number, asked in enumerate(questions, 1):
        before = given(live.ask(asked.question, channel=asked.channel, at=at))
        after = given(candidate.ask(asked.question, channel=asked.channel, at=at))
        is_gone = asked.wanted in touched and candidate.article(asked.wanted or "") is None
        is_tested = asked.kind is QuestionKind.OWN or (
            asked.kind is QuestionKind.HELD_OUT and asked.wanted in touched
        )
        verdict = compare(asked, before, after, is_gone, is_tested)
        found.append(Finding(asked.question, asked.kind, asked.wanted, verdict, before, after))
        if number % _EVERY == 0 or number == len(questions):
            on_progress(number, len(questions))
    found.sort(key=lambda finding: _WORST_FIRST.index(finding.verdict))
    return GateReport(
        asked=Counter(finding.kind for finding in found),
        counts=Counter(finding.verdict for finding in found),
        findings=[finding for finding in found if finding.verdict is not Verdict.SAME],
        breaches=tuple(_breaches(found, touched, limits, live)),
        limits=limits,
        seconds=time.monotonic() - started,
    )


def given(outcome: Outcome) -> Given:
    """Write down what a question gets."""
    if isinstance(outcome, Answer):
        article = outcome.article
        return Given("answered", (article.id,), (article.title,), outcome.text[:_SHOWN], outcome.score)
    if isinstance(outcome, Abstain):
        return Given("abstained", (), (), "", 0.0)
    ids, titles = zip(*((article.id, article.title) for article in outcome.articles), strict=True)
    return Given("offered", ids, titles, "", 0.0)


def compare(
    asked: RegressionQuestion, before: Given, after: Given, is_gone: bool = False, is_tested: bool = False
) -> Verdict:
    """Judge what became of one question; `is_gone`: the release takes its article out on purpose.

    `is_tested`: this release is to be told where it does not get what it should, though that is nothing new.
    """
    if is_gone and asked.kind in (QuestionKind.HELD_OUT, QuestionKind.PUBLISHED):
        return Verdict.CHANGED
    was, becomes = _worth(asked.wanted, before), _worth(asked.wanted, after)
    if becomes > was:
        return Verdict.BETTER
    if becomes < was:
        return Verdict.AMBIGUOUS if becomes == _AMONG else Verdict.WORSE
    is_other = asked.wanted is not None and becomes == _WRONG and before.articles != after.articles
    if is_other:
        return Verdict.CHANGED
    return Verdict.UNMET if is_tested and becomes != _RIGHT else Verdict.SAME


def _worth(wanted: ArticleId | None, what: Given) -> int:
    if wanted is None:  # nobody's business: an honest no is right
        return {"abstained": _RIGHT, "offered": _AMONG}.get(what.outcome, _WRONG)
    if what.outcome == "answered":
        return _RIGHT if wanted in what.articles else _WRONG
    return _AMONG if wanted in what.articles else _NOTHING


def _breaches(
    found: Sequence[Finding], touched: Collection[ArticleId], limits: GateLimits, live: Asked
) -> Iterator[Breach]:
    def count(*verdicts: Verdict, kind: QuestionKind | None = None) -> int:
        return sum(f.verdict in verdicts and kind in (None, f.kind) for f in found)

    known = sum(f.kind is not QuestionKind.STRANGER for f in found) or 1
    strangers = count(Verdict.WORSE, kind=QuestionKind.STRANGER)
    worse = count(Verdict.WORSE) - strangers
    ambiguous = count(Verdict.AMBIGUOUS) - count(Verdict.AMBIGUOUS, kind=QuestionKind.STRANGER)
    own = count(Verdict.WORSE, Verdict.AMBIGUOUS, kind=QuestionKind.OWN)
    taken = count(Verdict.WORSE, Verdict.AMBIGUOUS, kind=QuestionKind.PUBLISHED)
    measured = (
        ("worse_share", worse / known, limits.worse_share),
        ("ambiguous_share", ambiguous / known, limits.ambiguous_share),
        ("own_worse", own, limits.own_worse),
        ("taken", taken, limits.taken),
        ("strangers_answered", strangers, limits.strangers_answered),
    )
    for name, value, allowed in measured:
        if value > allowed:
            yield Breach(name, round(float(value), 4), float(allowed))
    harmed = Counter(
        f.wanted
        for f in found
        if f.verdict in (Verdict.WORSE, Verdict.AMBIGUOUS)
        and f.wanted is not None
        and f.wanted not in touched
    )
    for article_id, harm in harmed.most_common():
        if harm > limits.article_worse:
            article = live.article(article_id)
            title = article.title if article is not None else ""
            yield Breach("article_worse", float(harm), float(limits.article_worse), article_id, title)
