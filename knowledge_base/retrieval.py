"""Find the article that answers a question: an answer, a few to choose from, or an honest nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.ids import ArticleId
from knowledge_base.articles import Article
from knowledge_base.gate import Gate
from knowledge_base.judgement import Judged, Judgement
from knowledge_base.matching import SIGNALS, Matcher
from knowledge_base.thesaurus import squeeze

CHOICES_MIN, CHOICES_MAX = 2, 4
_CHOICE_SHARE = 0.06  # of the certainty, below which an article is not worth offering

_OPENING = re.compile(
    r"^(?:你好|您好|请问一下|请问|麻烦问下|麻烦问一下|问一下|问下|想问下|想问一下|我想问|喂|哎)+"
)
_CLOSING = re.compile(r"(?:谢谢|唔该|啊|呀|呢|吗|吧|哦|嘛|么|哈|哩|咧|啦|捏)+$")


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found, with what spoke for it."""

    article: Article
    score: float  # its share of the certainty, 0 to 1
    dense: float  # inner product with its nearest question
    lexical: float  # BM25 of its nearest question, as a share of what the question could reach
    matched_question: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One article answers; `text` is in the channel's wording."""

    article: Article
    text: str
    score: float  # probability that it is the right one
    is_exact: bool  # the question is a published one, but for courtesies and particles


@dataclass(frozen=True, slots=True)
class Choices:
    """Two to four articles may be meant."""

    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Abstain:
    """Nothing here answers it; `best` is what came nearest."""

    best: Hit | None


Outcome = Answer | Choices | Abstain


def exact_key(text: str) -> str:
    """Reduce a question to what makes it the same question: no courtesies, particles, spaces or punctuation."""
    bare = squeeze(text)
    return _CLOSING.sub("", _OPENING.sub("", bare)) or bare


class Retriever:
    """Searches one built knowledge base."""

    def __init__(
        self,
        articles: Sequence[Article],
        rows: Sequence[str],
        matcher: Matcher,
        gate: Gate,
        judgement: Judgement,
    ) -> None:
        self.articles = tuple(articles)
        self._rows = tuple(rows)
        self._matcher = matcher
        self._gate = gate
        self._judgement = judgement
        self._exact = _exact_questions(self.articles)

    def article(self, article_id: str) -> Article | None:
        """Return an article by id."""
        return next((article for article in self.articles if article.id == ArticleId(article_id)), None)

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """Return the articles that fit best, best first, whatever their validity."""
        if not squeeze(question):
            return []
        judged = self._judge(question)
        return [self._hit(judged, place) for place in range(min(limit, len(judged.positions)))]

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome:
        """Answer a question as of `at` (aware), offer choices, or abstain."""
        if not squeeze(question):
            return Abstain(None)
        exact = self._exact.get(exact_key(question))
        if exact is not None and exact.is_valid(at):
            return Answer(exact, exact.answer_for(channel), 1.0, is_exact=True)
        return self._outcome(self._judge(question), channel, at)

    def _outcome(self, judged: Judged, channel: str, at: datetime) -> Outcome:
        hits = [self._hit(judged, place) for place in range(len(judged.positions))]
        valid = [hit for hit in hits if hit.article.is_valid(at)]
        if not valid:
            return Abstain(None)
        # When the best article is not in force, the next one may still be offered, never taken for the answer.
        is_first_valid = valid[0].article is hits[0].article
        if is_first_valid and judged.sure >= self._judgement.answer_from:
            return Answer(valid[0].article, valid[0].article.answer_for(channel), judged.sure, is_exact=False)
        offered = [hit for hit in valid[:CHOICES_MAX] if hit.score >= _CHOICE_SHARE]
        offered = offered if len(offered) >= CHOICES_MIN else valid[:CHOICES_MIN]
        if judged.near >= self._judgement.offer_from and len(offered) >= CHOICES_MIN:
            return Choices(tuple(hit.article for hit in offered))
        return Abstain(valid[0])

    def _judge(self, question: str) -> Judged:
        return self._judgement.judge(self._matcher.candidates(question), self._gate.score(question))

    def _hit(self, judged: Judged, place: int) -> Hit:
        signals = judged.signals[place]
        return Hit(
            article=self.articles[judged.positions[place]],
            score=float(judged.shares[place]),
            dense=float(signals[SIGNALS.index("dense")]),
            lexical=float(signals[SIGNALS.index("lexical")]),
            matched_question=self._rows[judged.rows[place]],
        )


def _exact_questions(articles: Sequence[Article]) -> dict[str, Article]:
    """Return published questions by key; one that two articles share belongs to neither."""
    owners: dict[str, set[int]] = defaultdict(set)
    for position, article in enumerate(articles):
        for text in (article.title, *article.questions):
            owners[exact_key(text)].add(position)
    return {key: articles[next(iter(found))] for key, found in owners.items() if len(found) == 1}
