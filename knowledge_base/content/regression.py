"""The regression questions of a release: everything that is known to have a right answer, as far as time allows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select

from core.ids import ArticleId
from core.offering import Offering
from knowledge_base.articles import Article
from knowledge_base.content.model import ArticleDraft, QuestionKind, RegressionQuestion
from knowledge_base.content.rows import parts
from knowledge_base.content.tables import articles, confirmed, revisions, tests
from knowledge_base.gate import out_of_scope_lines
from knowledge_base.offering_articles import articles_of
from knowledge_base.retrieval import Answer, Hit, Outcome

_A, _R = articles.c, revisions.c
HELD_OUT, GENERATED, REAL, STRANGERS = 1_600, 300, 300, 200  # questions at most
_ARTICLES = 800  # of which held-out questions are asked, beside those changed and their neighbours
_NEIGHBOURS = 3  # articles looked at beside each changed one


class Searched(Protocol):
    """The live release, as far as the questions are found by it."""

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome: ...

    def search(self, question: str, limit: int = 10) -> list[Hit]: ...


def changed_questions(
    changed: Sequence[ArticleDraft], live: Searched, at: datetime
) -> Iterator[RegressionQuestion]:
    """Yield what the changed articles should answer themselves, and what they take from others."""
    for draft in changed:
        for text in draft.held_out:
            yield RegressionQuestion(text, QuestionKind.HELD_OUT, draft.id)
        for text in (draft.title, *draft.questions):
            outcome = live.ask(text, at=at)
            if isinstance(outcome, Answer) and outcome.is_exact and outcome.article.id != draft.id:
                yield RegressionQuestion(text, QuestionKind.PUBLISHED, outcome.article.id)


def neighbours(changed: Sequence[ArticleDraft], live: Searched) -> set[ArticleId]:
    """Return the live articles nearest to the changed ones: what they may disturb."""
    return {hit.article.id for draft in changed for hit in live.search(draft.title, _NEIGHBOURS)}


def stored_questions(
    connection: Connection, changed: Iterable[ArticleId], near: Iterable[ArticleId]
) -> list[RegressionQuestion]:
    """Return held-out questions of live articles (a fixed sample where there are many), the operator's own, and real ones."""
    held_out = [
        RegressionQuestion(text, QuestionKind.HELD_OUT, owner)
        for text, owner in _held_out(connection, set(changed), list(near))
    ]
    own = [
        RegressionQuestion(row.question, QuestionKind.OWN, row.article_id and ArticleId(row.article_id), row.channel)
        for row in connection.execute(select(tests).order_by(tests.c.created))
    ]  # fmt: skip
    real = [
        RegressionQuestion(row.question, QuestionKind.REAL, ArticleId(row.article_id))
        for row in connection.execute(select(confirmed).order_by(confirmed.c.at.desc()).limit(REAL))
    ]
    return [*own, *held_out[:HELD_OUT], *real]


def generated_questions(offerings: Sequence[Offering], at: datetime) -> list[RegressionQuestion]:
    """Return a fixed sample of the held-out questions of articles generated from offerings."""
    made: list[Article] = [article for offering in offerings for article in articles_of(offering, at)]
    pairs = [(text, article.id) for article in made for text in article.held_out]
    pairs.sort(key=lambda pair: hashlib.sha256(pair[0].encode()).digest())
    return [RegressionQuestion(text, QuestionKind.HELD_OUT, owner) for text, owner in pairs[:GENERATED]]


def stranger_questions() -> list[RegressionQuestion]:
    """Return a fixed sample of what is nobody's business."""
    lines = out_of_scope_lines()
    step = max(1, len(lines) // STRANGERS)
    return [RegressionQuestion(line, QuestionKind.STRANGER, None) for line in lines[::step]]


def without_repeats(questions: Iterable[RegressionQuestion]) -> list[RegressionQuestion]:
    """Keep the first of questions that ask the same in the same channel."""
    return list({(q.question, q.channel): q for q in reversed(list(questions))}.values())[::-1]


def _held_out(
    connection: Connection, changed: set[ArticleId], near: Sequence[ArticleId]
) -> Iterator[tuple[str, ArticleId]]:
    """Yield questions of articles that stay as they are, the neighbours' first."""
    sample = select(_A.id).where(_A.held_out > 0, _A.live.is_not(None)).order_by(_A.draw).limit(_ARTICLES)
    drawn = [ArticleId(row.id) for row in connection.execute(sample)]
    wanted = [item for item in dict.fromkeys([*near, *drawn]) if item not in changed]
    for part in parts(wanted, 500):
        query = (
            select(_R.article_id, _R.content)
            .join(articles, (_A.id == _R.article_id) & (_A.live == _R.number))
            .where(_A.id.in_(part))
            .order_by(_A.draw)
        )
        for row in connection.execute(query):
            for text in row.content["held_out"]:
                yield text, ArticleId(row.article_id)
