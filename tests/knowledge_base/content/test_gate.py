"""The gate's judgement, question by question and limit by limit, on releases that answer from a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from core.ids import ArticleId
from core.release_rules import GateLimits
from knowledge_base.articles import Article
from knowledge_base.content.form import article_of
from knowledge_base.content.gate import compare, examine, given
from knowledge_base.content.model import GateReport, Given, QuestionKind, RegressionQuestion, Verdict
from knowledge_base.retrieval import Abstain, Answer, Choices, Outcome
from tests.conftest import NOW
from tests.knowledge_base.content.writing import article

OWN, HELD_OUT, REAL = QuestionKind.OWN, QuestionKind.HELD_OUT, QuestionKind.REAL
PUBLISHED, STRANGER = QuestionKind.PUBLISHED, QuestionKind.STRANGER
NOTHING, RIGHT, WRONG, AMONG, ELSEWHERE = "", "a", "b", "a|b", "b|c"
OPEN = GateLimits(1.0, 1.0, 1_000, 1_000, 1_000, 1_000)  # nothing is blocked


class Listed:
    """A release that answers from a list: an article's id, several with | between, or nothing."""

    def __init__(self, answers: Mapping[str, str], gone: str = "") -> None:
        self._answers, self._gone = answers, gone

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome:
        named = tuple(found for name in self._answers[question].split("|") if (found := self.article(name)))
        if not named:
            return Abstain(None)
        return Answer(named[0], named[0].answer, 0.9, False) if len(named) == 1 else Choices(named)

    def article(self, article_id: str) -> Article | None:
        return article_of(article(article_id)) if article_id and article_id != self._gone else None


def got(what: str) -> Given:
    """Return what a question gets."""
    return given(Listed({"q": what}).ask("q", at=NOW))


def asked(kind: QuestionKind, wanted: str | None = "a") -> RegressionQuestion:
    return RegressionQuestion("q", kind, ArticleId(wanted) if wanted else None)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (NOTHING, RIGHT, Verdict.BETTER), (AMONG, RIGHT, Verdict.BETTER), (WRONG, NOTHING, Verdict.BETTER),
        (RIGHT, WRONG, Verdict.WORSE), (RIGHT, NOTHING, Verdict.WORSE), (AMONG, NOTHING, Verdict.WORSE),
        (RIGHT, ELSEWHERE, Verdict.WORSE), (NOTHING, WRONG, Verdict.WORSE), (RIGHT, AMONG, Verdict.AMBIGUOUS),
        (RIGHT, RIGHT, Verdict.SAME), (NOTHING, NOTHING, Verdict.SAME), (NOTHING, ELSEWHERE, Verdict.SAME),
        (WRONG, WRONG, Verdict.SAME), (WRONG, "c", Verdict.CHANGED),
    ],
)  # fmt: skip
def test_question_with_an_article_is_judged(before: str, after: str, verdict: Verdict) -> None:
    assert compare(asked(REAL), got(before), got(after)) is verdict


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(NOTHING, WRONG, Verdict.WORSE), (NOTHING, AMONG, Verdict.AMBIGUOUS), (WRONG, NOTHING, Verdict.BETTER),
     (NOTHING, NOTHING, Verdict.SAME), (WRONG, "c", Verdict.SAME)],
)  # fmt: skip
def test_strangers_question_should_get_nothing(before: str, after: str, verdict: Verdict) -> None:
    assert compare(asked(STRANGER, None), got(before), got(after)) is verdict


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [(HELD_OUT, Verdict.CHANGED), (PUBLISHED, Verdict.CHANGED), (OWN, Verdict.WORSE), (REAL, Verdict.WORSE)],
)
def test_questions_of_an_article_taken_out_count_only_where_somebody_wants_them_answered(
    kind: QuestionKind, verdict: Verdict
) -> None:
    assert compare(asked(kind), got(RIGHT), got(NOTHING), is_gone=True) is verdict


def examined(
    kind: QuestionKind,
    pairs: list[tuple[str, str]],
    limits: GateLimits = OPEN,
    wanted: str | None = "a",
    touched: tuple[str, ...] = (),
) -> GateReport:
    """Let the gate ask questions of one kind, each with what it gets from the live release and from the candidate."""
    questions = [
        RegressionQuestion(str(n), kind, ArticleId(wanted) if wanted else None) for n, _ in enumerate(pairs)
    ]
    live, candidate = (Listed({str(n): pair[side] for n, pair in enumerate(pairs)}) for side in (0, 1))
    return examine(questions, live, candidate, [ArticleId(name) for name in touched], limits, NOW)


def breached(report: GateReport) -> list[tuple[str, float]]:
    return [(breach.limit, breach.found) for breach in report.breaches]


def limits(**changed: float) -> GateLimits:
    return GateLimits(**{**{name: getattr(OPEN, name) for name in OPEN.__slots__}, **changed})


WORSE, DIM, SAME = (RIGHT, NOTHING), (RIGHT, AMONG), (RIGHT, RIGHT)


@pytest.mark.parametrize(
    ("kind", "wanted", "pairs", "name", "allowed", "found"),
    [
        (REAL, "a", [WORSE, WORSE, SAME, SAME], "worse_share", 0.4, 0.5),
        (REAL, "a", [DIM, SAME, SAME, SAME], "ambiguous_share", 0.2, 0.25),
        (OWN, "a", [WORSE, SAME], "own_worse", 0, 1),
        (OWN, "a", [DIM, WORSE], "own_worse", 1, 2),
        (OWN, None, [(NOTHING, WRONG)], "own_worse", 0, 1),
        (PUBLISHED, "a", [(RIGHT, WRONG), DIM, SAME], "taken", 1, 2),
        (STRANGER, None, [(NOTHING, WRONG), (NOTHING, "c"), (NOTHING, AMONG)], "strangers_answered", 1, 2),
        (HELD_OUT, "a", [WORSE, DIM, SAME], "article_worse", 1, 2),
    ],
)  # fmt: skip
def test_limit_holds_up_to_it_and_blocks_past_it(
    kind: QuestionKind, wanted: str, pairs: list[tuple[str, str]], name: str, allowed: float, found: float
) -> None:
    assert breached(examined(kind, pairs, limits(**{name: allowed}), wanted)) == [(name, found)]
    assert breached(examined(kind, pairs, limits(**{name: found}), wanted)) == []


def test_strangers_count_neither_among_the_worse_nor_among_the_known() -> None:
    report = examined(
        STRANGER, [(NOTHING, WRONG), (NOTHING, AMONG)], limits(worse_share=0.0, ambiguous_share=0.0), None
    )
    assert breached(report) == []


def test_article_that_the_release_changes_may_get_worse_by_itself() -> None:
    report = examined(HELD_OUT, [WORSE, WORSE], limits(article_worse=0), touched=("a",))
    assert breached(report) == []
    harmed = examined(HELD_OUT, [WORSE, WORSE], limits(article_worse=0)).breaches
    assert [(breach.subject, breach.title) for breach in harmed] == [("a", article("a").title)]


@pytest.mark.parametrize(
    ("kind", "touched", "verdicts"),
    [(OWN, (), [Verdict.UNMET] * 3), (HELD_OUT, ("a",), [Verdict.UNMET] * 3), (HELD_OUT, (), []), (REAL, ("a",), [])],
)  # fmt: skip
def test_test_that_fails_as_before_is_told_and_blocks_nothing(
    kind: QuestionKind, touched: tuple[str, ...], verdicts: list[Verdict]
) -> None:
    pairs = [(NOTHING, NOTHING), (WRONG, WRONG), (AMONG, AMONG), SAME]
    report = examined(kind, pairs, GateLimits(0, 0, 0, 0, 0, 0), touched=touched)
    assert [finding.verdict for finding in report.findings] == verdicts
    assert not report.is_blocked


def test_findings_come_worst_first_and_what_is_the_same_is_only_counted() -> None:
    pairs = [SAME, (NOTHING, RIGHT), (WRONG, "c"), DIM, WORSE, (NOTHING, NOTHING)]
    report = examined(OWN, pairs)
    assert [finding.verdict for finding in report.findings] == [
        Verdict.WORSE, Verdict.AMBIGUOUS, Verdict.UNMET, Verdict.CHANGED, Verdict.BETTER
    ]  # fmt: skip
    assert report.counts[Verdict.SAME] == 1
    assert report.asked == {OWN: 6}
