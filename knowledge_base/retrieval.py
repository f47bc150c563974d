"""Find the article that answers a question: an answer, a few to choose from, or an honest nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from knowledge_base.articles import Article
from knowledge_base.corpus import questions_of
from knowledge_base.exact import exact_key, without_courtesies
from knowledge_base.gate import Gate
from knowledge_base.judgement import Judged, Judgement
from knowledge_base.manifest import Manifest
from knowledge_base.matching import Matcher
from knowledge_base.segment import SIGNALS
from knowledge_base.thesaurus import squeeze

CHOICES_MIN, CHOICES_MAX = 2, 4
_CHOICE_SHARE = 0.06  # of the certainty, below which an article is not worth offering
_WORTH_A_LOOK = (
    0.3  # probability that the right article is among the first three; an agent judges for themselves
)


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


class Retriever:
    """Searches one built knowledge base."""

    def __init__(self, manifest: Manifest, matcher: Matcher, gate: Gate, judgement: Judgement) -> None:
        self.manifest, self.matcher, self.gate, self.judgement = manifest, matcher, gate, judgement
        self.articles = matcher.articles

    def article(self, article_id: str) -> Article | None:
        """Return an article by id."""
        return self.articles.by_id(article_id)

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """Return the articles that fit best, best first, whatever their validity."""
        if not squeeze(question):
            return []
        judged = self.judge(question)[1]
        return [self._hit(judged, place) for place in range(min(limit, len(judged.positions)))]

    def suggest(self, question: str, limit: int = 3) -> list[Hit]:
        """Return what a person who serves the customer may want to look at; nothing for words that ask nothing."""
        if not squeeze(question):
            return []
        _, judged = self.judge(question)
        worth = judged.near >= _WORTH_A_LOOK
        return (
            [self._hit(judged, place) for place in range(min(limit, len(judged.positions)))] if worth else []
        )

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome:
        """Answer a question as of `at` (aware), offer choices, or abstain."""
        if not squeeze(question):
            return Abstain(None)
        exact = self._exact(exact_key(question))
        if exact is not None and exact.is_valid(at):
            return Answer(exact, exact.answer_for(channel), 1.0, is_exact=True)
        return self._outcome(self.judge(question)[1], channel, at)

    def _outcome(self, judged: Judged, channel: str, at: datetime) -> Outcome:
        hits = (self._hit(judged, place) for place in range(len(judged.positions)))
        valid = list(islice((hit for hit in hits if hit.article.is_valid(at)), CHOICES_MAX))
        if not valid:
            return Abstain(None)
        # When the best article is not in force, the next one may still be offered, never taken for the answer.
        is_first_valid = valid[0].article is self.articles[int(judged.positions[0])]
        if is_first_valid and judged.sure >= self.judgement.answer_from:
            return Answer(valid[0].article, valid[0].article.answer_for(channel), judged.sure, is_exact=False)
        offered = [hit for hit in valid if hit.score >= _CHOICE_SHARE]
        offered = offered if len(offered) >= CHOICES_MIN else valid[:CHOICES_MIN]
        if judged.near >= self.judgement.offer_from and len(offered) >= CHOICES_MIN:
            return Choices(tuple(hit.article for hit in offered))
        return Abstain(valid[0])

    def judge(self, question: str) -> tuple[float, Judged]:
        """Return the gate's log-odds of a question being ours, and the candidates in order.

        Where they are not sure, the question is judged without its courtesies as well, and the surer one counts.
        """
        found = self._judge(question)
        bare = without_courtesies(question)
        if bare == question or found[1].sure >= self.judgement.answer_from:
            return found
        return max(found, self._judge(bare), key=lambda each: each[1].near)

    def _judge(self, question: str) -> tuple[float, Judged]:
        ours = self.gate.score(question)
        return ours, self.judgement.judge(self.matcher.candidates(question), ours)

    def _exact(self, key: str) -> Article | None:
        found = self.matcher.exact(key)
        is_same = found is not None and key in {exact_key(text) for text in questions_of(found)}
        return found if is_same else None

    def _hit(self, judged: Judged, place: int) -> Hit:
        signals, position = judged.signals[place], int(judged.positions[place])
        return Hit(
            article=self.articles[position],
            score=float(judged.shares[place]),
            dense=float(signals[SIGNALS.index("dense")]),
            lexical=float(signals[SIGNALS.index("lexical")]),
            matched_question=self.matcher.question(position, int(judged.rows[place])),
        )
