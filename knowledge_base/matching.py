"""Compare a question with every article, by meaning and by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles import Article
from knowledge_base.corpus import Owners
from knowledge_base.encoder import Encoder, Matrix
from knowledge_base.index import VectorIndex
from knowledge_base.lexical import Lexicon, Scores
from knowledge_base.thesaurus import Thesaurus, squeeze

SIGNALS = ("dense", "profile", "answer", "lexical", "words", "named", "unnamed")
_NEAREST = 200  # rows asked of the vector index
_CANDIDATES = 24  # articles worth weighing


@dataclass(frozen=True, slots=True)
class Candidates:
    """Articles that may be meant, with what speaks for each."""

    positions: NDArray[np.int64]  # (n,) of articles in the corpus
    signals: NDArray[np.float64]  # (n, d), in the order of SIGNALS
    rows: NDArray[np.int64]  # (n,) each article's question row nearest in words


class Matcher:
    """Signals of all articles for a question; the rows must be grouped by article."""

    def __init__(
        self,
        articles: Sequence[Article],
        owners: Owners,
        encoder: Encoder,
        index: VectorIndex,
        answers: Matrix,
        lexicon: Lexicon,
        thesaurus: Thesaurus,
    ) -> None:
        self._owners = owners
        self._encoder = encoder
        self._index = index
        self._answers = answers
        self._lexicon = lexicon
        self._thesaurus = thesaurus
        self._starts = np.searchsorted(owners, np.arange(len(articles)))
        self._profiles = _profiles(index.rows(), owners, len(articles))
        self._generated = np.array([article.source == "offering" for article in articles])
        self._names = _positions_of_offerings(articles)

    def candidates(self, question: str) -> Candidates:
        """Return the articles worth weighing, in order of the corpus."""
        vector = self._encoder.encode([question])
        dense = self._dense(vector)
        lexical, words = self._lexicon.scores(question)
        best = np.maximum.reduceat(lexical, self._starts)
        named = self._named(question)
        columns = (dense, self._profiles @ vector[0], self._answers @ vector[0], best, words, named,
                   self._generated & (named == 0))  # fmt: skip
        signals = np.stack([column.astype(np.float64) for column in columns], axis=1)
        rough = signals[:, :5].sum(axis=1) + named - signals[:, 6]
        positions = np.sort(np.argsort(-rough, kind="stable")[:_CANDIDATES])
        return Candidates(positions, signals[positions], self._rows(positions, lexical))

    def _dense(self, vector: Matrix) -> Scores:
        rows, scores = self._index.search(vector, _NEAREST)
        found = np.full(len(self._starts), scores[-1] if len(scores) else 0.0, dtype=np.float32)
        np.maximum.at(found, self._owners[rows], scores)
        return found

    def _named(self, question: str) -> Scores:
        named = np.zeros(len(self._starts), dtype=np.float32)
        for concept in self._thesaurus.concepts(squeeze(question)):
            named[self._names.get(concept, [])] = 1.0
        return named

    def _rows(self, positions: NDArray[np.int64], lexical: Scores) -> NDArray[np.int64]:
        ends = np.append(self._starts[1:], len(self._owners))
        best = [self._starts[n] + int(lexical[self._starts[n] : ends[n]].argmax()) for n in positions]
        return np.array(best, dtype=np.int64)


def _profiles(rows: Matrix, owners: Owners, count: int) -> Matrix:
    """Return each article's mean question, (articles, d) unit rows."""
    summed = np.zeros((count, rows.shape[1]), dtype=np.float32)
    np.add.at(summed, owners, rows)
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    profiles: Matrix = summed / np.maximum(lengths, 1e-9)
    return profiles


def _positions_of_offerings(articles: Sequence[Article]) -> dict[str, list[int]]:
    """Return, for each offering's concept, the articles generated from it."""
    found: dict[str, list[int]] = {}
    for position, article in enumerate(articles):
        if article.source == "offering":
            for offering in article.offerings:
                found.setdefault(f"offering:{offering}", []).append(position)
    return found
