"""A question taken apart: its vector, its words and what it names, once for all parts and for every release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge_base.encoder import Encoder, Matrix
from knowledge_base.lexical import Bag, Weighing, bag_of
from knowledge_base.thesaurus import Thesaurus, squeeze

REMEMBERED = (
    8  # questions: one is asked of two releases, in two wordings, by whoever answers and whoever explains
)


@dataclass(frozen=True, slots=True)
class Weighings:
    """How questions and whole articles are weighed."""

    questions: Weighing
    articles: Weighing

    def save(self, folder: Path) -> None:
        """Write both."""
        self.questions.save(folder, "questions")
        self.articles.save(folder, "articles")

    @classmethod
    def open(cls, folder: Path) -> Weighings:
        """Read what `save` wrote."""
        return cls(Weighing.open(folder, "questions"), Weighing.open(folder, "articles"))


@dataclass(
    frozen=True, slots=True, eq=False
)  # compared as itself, so that what was found for it can be remembered
class Asked:
    """A question, taken apart."""

    vector: Matrix  # (1, d)
    bag: Bag
    concepts: tuple[str, ...]
    question_reach: float
    article_reach: float


class Asking:
    """Takes questions apart, and remembers the last few."""

    def __init__(self, encoder: Encoder, weighings: Weighings, thesaurus: Thesaurus) -> None:
        self.encoder, self._weighings, self._thesaurus = encoder, weighings, thesaurus
        self.asked: Callable[[str], Asked] = lru_cache(REMEMBERED)(self._taken_apart)

    def _taken_apart(self, question: str) -> Asked:
        bag = bag_of(question, self._thesaurus)
        return Asked(
            vector=self.encoder.encode([question]),
            bag=bag,
            concepts=tuple(self._thesaurus.concepts(squeeze(question))),
            question_reach=self._weighings.questions.reach(bag),
            article_reach=self._weighings.articles.reach(bag),
        )
