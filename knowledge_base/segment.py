"""A part of a knowledge base: articles and everything that finds them, in a folder that never changes once written.

A knowledge base is one large part and, after changes, a few small ones; what was changed or removed is crossed out in
the part where it stood (`knowledge_base/release.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.corpus import StoredArticles
from knowledge_base.encoder import Matrix
from knowledge_base.index import VectorIndex
from knowledge_base.lexical import (
    Bag,
    Positions,
    Postings,
    Scores,
    Weighing,
    mapped,
    spans,
)
from knowledge_base.thesaurus import Thesaurus, squeeze

SIGNALS = ("dense", "profile", "answer", "lexical", "words", "named", "unnamed")
VECTORS, INDEX = "vectors.npy", "questions.faiss"
_NEAREST = 200  # rows asked of the vector index
_SHARING = 600  # entries of shared grams looked at more closely; a row has one for each gram it shares
_ARTICLES = 80  # articles whose whole text shares the most


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, taken apart once for all parts."""

    vector: Matrix  # (1, d)
    bag: Bag
    concepts: tuple[str, ...]
    question_reach: float
    article_reach: float


class Segment:
    """One part, mapped from its folder; what only a search needs is opened by the first one, or by `open_all`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles = StoredArticles(folder)
        self.starts = np.load(folder / "starts.npy")  # article n's rows lie at starts[n] to starts[n + 1]

    def open_all(self) -> Segment:
        """Open everything a search needs."""
        for name in (
            "index",
            "_profiles",
            "_answers",
            "_questions",
            "_whole",
            "_exact",
            "_generated",
            "_named",
        ):
            getattr(self, name)
        return self

    @cached_property
    def index(self) -> VectorIndex:
        """Return the vector index over the rows."""
        return VectorIndex.open(self.folder / INDEX)

    @cached_property
    def _profiles(self) -> Matrix:
        return mapped(self.folder / "profiles.npy")

    @cached_property
    def _answers(self) -> Matrix:
        return mapped(self.folder / "answers.npy")

    @cached_property
    def _questions(self) -> Postings:
        return Postings.open(self.folder, "questions")

    @cached_property
    def _whole(self) -> Postings:
        return Postings.open(self.folder, "articles")

    @cached_property
    def _exact(self) -> tuple[NDArray[np.uint64], Positions]:
        return mapped(self.folder / "exact-keys.npy"), mapped(self.folder / "exact-owners.npy")

    @cached_property
    def _generated(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.load(self.folder / "generated.npy")
        return found

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = json.loads((self.folder / "named.json").read_text(encoding="utf-8"))
        return found

    @property
    def rows(self) -> int:
        """Return how many question rows there are."""
        return int(self.starts[-1])

    def vectors_of(self, position: int) -> Matrix:
        """Return the vectors of an article's rows, (k, d)."""
        rows = mapped(self.folder / VECTORS)[self.starts[position] : self.starts[position + 1]]
        return rows.astype(np.float32)

    def exact(self, key: int) -> Positions:
        """Return the articles one of whose published questions has this key."""
        wanted = np.uint64(key)
        keys, owners = self._exact
        first, last = (np.searchsorted(keys, wanted, side) for side in ("left", "right"))
        return np.unique(owners[first:last]).astype(np.int64)

    def named(self, asked: Asked) -> Positions:
        """Return the articles generated from offerings that the question names."""
        found = [position for concept in asked.concepts for position in self._named.get(concept, ())]
        return np.array(sorted(set(found)), dtype=np.int64)

    def near(self, asked: Asked) -> tuple[Positions, Scores]:
        """Return the articles worth a closer look, in order: near in meaning, in words, or named; and how near in meaning.

        Those that only words brought are as near as the last one that meaning brought: at the most.
        """
        rows, scores = self.index.search(asked.vector, _NEAREST)
        by_meaning = self._owners_of(rows)
        by_words = self._owners_of(self._questions.near(self._questions.known(asked.bag), _SHARING))
        whole = self._whole.near(self._whole.known(asked.bag), _ARTICLES)
        found = np.unique(np.concatenate([by_meaning, by_words, whole, self.named(asked)])).astype(np.int64)
        dense = np.full(len(found), scores[-1] if len(scores) else 0.0, dtype=np.float32)
        np.maximum.at(dense, np.searchsorted(found, by_meaning), scores)
        return found, dense

    def _owners_of(self, rows: Positions) -> Positions:
        found: Positions = np.searchsorted(self.starts, rows, "right") - 1
        return found

    def signals(
        self, asked: Asked, positions: Positions, dense: Scores
    ) -> tuple[NDArray[np.float64], Positions]:
        """Return what speaks for each article, (n, d) in the order of SIGNALS, and its row nearest in words."""
        vector = asked.vector[0]
        rows, begins = spans(self.starts, positions)
        lexical = self._questions.scores(self._questions.known(asked.bag), rows) / asked.question_reach
        words = self._whole.scores(self._whole.known(asked.bag), positions) / asked.article_reach
        named = np.isin(positions, self.named(asked)).astype(np.float32)
        columns = (
            dense,
            self._profiles[positions] @ vector,
            self._answers[positions] @ vector,
            np.maximum.reduceat(lexical, begins),
            words,
            named,
            self._generated[positions] & (named == 0),
        )
        signals = np.stack([column.astype(np.float64) for column in columns], axis=1)
        return signals, _best(lexical, begins)


def _best(scores: Scores, begins: Positions) -> Positions:
    """Return the place of each group's best score inside the group."""
    ends = np.append(begins[1:], len(scores))
    return np.array([int(scores[a:b].argmax()) for a, b in zip(begins, ends, strict=True)], dtype=np.int64)


def concepts_of(question: str, thesaurus: Thesaurus) -> tuple[str, ...]:
    """Return what a question names."""
    return tuple(thesaurus.concepts(squeeze(question)))
