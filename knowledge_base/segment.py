"""A part of a knowledge base: articles and everything that finds them, in a folder that never changes once written.

A knowledge base is one large part and, after changes, a few small ones; what was changed or removed is crossed out in
the part where it stood (`knowledge_base/release.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.asking import REMEMBERED, Asked
from knowledge_base.corpus import StoredArticles
from knowledge_base.encoder import Matrix
from knowledge_base.index import VectorIndex
from knowledge_base.lexical import Positions, Scores
from knowledge_base.postings import GramLists, WeighedRows, best, mapped, spans

SIGNALS = ("dense", "profile", "answer", "lexical", "words", "named", "unnamed", "telling")
_OWN = SIGNALS[:-1]  # what an article has by itself; the last one is told only among candidates
VECTORS, INDEX = "vectors.npy", "questions.faiss"
_NEAREST = 200  # rows asked of the vector index
_SHARING = 120  # articles whose whole text shares the most of the question's rarer grams
# A name is among the rarest grams of a question; more of them would be words of the matter, which hundreds may share.
_RAREST, _HOLDING = 3, 24  # grams, and articles that hold the most of them


@dataclass(frozen=True, slots=True)
class Glance:
    """Articles of one part worth a closer look, and what is known of them without reading their questions."""

    positions: Positions  # (n,) in order
    rough: Scores  # (n,) the sum of the signals known so far


@dataclass(frozen=True, slots=True)
class Look:
    """What speaks for some articles."""

    signals: NDArray[np.float64]  # (n, d), in the order of SIGNALS, all but the last
    rows: Positions  # (n,) each one's question nearest in words, counted within the article
    held: NDArray[np.bool_]  # (n, g) which grams of the question it has, in the order of the bag


class Segment:
    """One part, mapped from its folder; what only a search needs is opened by the first one, or by `open_all`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles = StoredArticles(folder)
        self.starts = np.load(folder / "starts.npy")  # article n's rows lie at starts[n] to starts[n + 1]
        self.near: Callable[[Asked], Glance] = lru_cache(REMEMBERED)(self._near)
        self._looked = lru_cache(REMEMBERED)(self._look)

    def open_all(self) -> Segment:
        """Open everything a search needs."""
        for name in (
            "index",
            "_profiles",
            "_answers",
            "_vectors",
            "_questions",
            "_whole",
            "_lists",
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
    def _vectors(self) -> NDArray[np.float16]:
        return mapped(self.folder / VECTORS)

    @cached_property
    def _questions(self) -> WeighedRows:
        return WeighedRows.open(self.folder, "questions")

    @cached_property
    def _whole(self) -> WeighedRows:
        return WeighedRows.open(self.folder, "articles")

    @cached_property
    def _lists(self) -> GramLists:
        return GramLists.open(self.folder, "articles", len(self.articles))

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
        rows = self._vectors[self.starts[position] : self.starts[position + 1]]
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

    def _near(self, asked: Asked) -> Glance:
        """Return the articles that may be meant: near in meaning, in words, or named."""
        rows, scores = self.index.search(asked.vector, _NEAREST)
        by_meaning: Positions = np.searchsorted(self.starts, rows, "right") - 1
        known = self._whole.known(asked.bag)
        shared, rare = self._lists.sums(known), self._lists.sums(self._lists.rarest(known, _RAREST))
        rare /= max(float(rare.max(initial=0.0)), 1e-9)
        by_words = (best(shared, _SHARING), best(rare, _HOLDING))
        found = np.unique(np.concatenate([by_meaning, *by_words, self.named(asked)]))
        # What only words brought is as near in meaning as the last one that meaning brought: at the most.
        dense = np.full(len(found), scores[-1] if len(scores) else 0.0, dtype=np.float32)
        np.maximum.at(dense, np.searchsorted(found, by_meaning), scores)
        named, unnamed = self._named_or_not(asked, found)
        as_a_whole = (self._profiles[found] + self._answers[found]) @ asked.vector[0]
        words = shared[found] / asked.article_reach + rare[found]
        return Glance(found, dense + as_a_whole + words + named - unnamed)

    def look(self, asked: Asked, positions: Positions) -> Look:
        """Return what speaks for these articles."""
        return self._looked(asked, positions.tobytes())

    def _look(self, asked: Asked, wanted: bytes) -> Look:
        positions = np.frombuffer(wanted, dtype=np.int64)
        if not len(positions):
            none = np.empty((0, len(asked.bag)), dtype=bool)
            return Look(np.empty((0, len(_OWN))), np.empty(0, dtype=np.int64), none)
        rows, begins = spans(self.starts, positions)
        dense = self._vectors[rows].astype(np.float32) @ asked.vector[0]
        lexical = self._questions.scores(asked.bag, rows) / asked.question_reach
        columns = (
            np.maximum.reduceat(dense, begins),
            self._profiles[positions] @ asked.vector[0],
            self._answers[positions] @ asked.vector[0],
            np.maximum.reduceat(lexical, begins),
            self._whole.scores(asked.bag, positions) / asked.article_reach,
            *self._named_or_not(asked, positions),
        )
        signals = np.stack([column.astype(np.float64) for column in columns], axis=1)
        return Look(signals, _best(lexical, begins), self._whole.held(asked.bag, positions))

    def _named_or_not(self, asked: Asked, positions: Positions) -> tuple[Scores, Scores]:
        """Say which articles come from an offering the question names, and which from one it does not name."""
        named = np.isin(positions, self.named(asked))
        return named.astype(np.float32), (self._generated[positions] & ~named).astype(np.float32)


def _best(scores: Scores, begins: Positions) -> Positions:
    """Return the place of each group's best score inside the group."""
    ends = np.append(begins[1:], len(scores))
    return np.array([int(scores[a:b].argmax()) for a, b in zip(begins, ends, strict=True)], dtype=np.int64)
