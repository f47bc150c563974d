"""Which offering is meant, learned: how customers of this operator put it, joined with how names are linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold

from knowledge_base.catalogue.linking import SIGNALS, WEIGHTS, Linker
from knowledge_base.logistic import fit_choice

Floats = NDArray[np.float64]
_CANDIDATES = 10  # offerings weighed for a question
_NEIGHBOURS = 3  # training questions of an offering that speak for it
_FOLDS = 5
_RIDGE = 0.5
_FEATURES = len(SIGNALS) + 4


class EntityModel:
    """Weighs the likeliest offerings by their names and by the training questions about them."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._neighbours = _Neighbours(len(linker.offerings))
        self._weights: Floats = np.zeros(_FEATURES)

    def fit(self, texts: Sequence[str], offerings: Sequence[int]) -> None:
        """Learn from spelled questions and the positions of their offerings; each is weighed without itself."""
        owners = np.array(offerings)
        signals = [self._linker.signals(text) for text in texts]
        spoken: list[Floats] = [np.zeros(0)] * len(texts)
        for seen, unseen in KFold(_FOLDS, shuffle=True, random_state=0).split(owners):
            fold = _Neighbours(len(self._linker.offerings))
            fold.fit([texts[i] for i in seen], owners[seen])
            for i, scores in zip(unseen, fold.all_scores([texts[i] for i in unseen]), strict=True):
                spoken[i] = scores
        self._neighbours.fit(texts, owners)
        rows, chosen = [], []
        for signal, said, owner in zip(signals, spoken, owners, strict=True):
            candidates = _candidates(signal, said)
            if owner in candidates:
                rows.append(_features(signal, said)[candidates])
                chosen.append(int(np.flatnonzero(candidates == owner)[0]))
        self._weights = fit_choice(np.stack(rows), np.array(chosen), _RIDGE)

    def best(self, text: str) -> int:
        """Return the position of the likeliest offering of a spelled question."""
        signals, said = self._linker.signals(text), next(self._neighbours.all_scores([text]))
        candidates = _candidates(signals, said)
        return int(candidates[int((_features(signals, said)[candidates] @ self._weights).argmax())])


class _Neighbours:
    """What the nearest training questions were about."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True)
        self._rows: Any = None
        self._owners: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def fit(self, texts: Sequence[str], owners: NDArray[np.int64]) -> None:
        self._rows = self._vectorizer.fit_transform(texts)
        self._owners = owners

    def all_scores(self, texts: Sequence[str]) -> Iterator[Floats]:
        """Yield (offerings, 2): likeness of the nearest question, and the mean of the few nearest."""
        for likeness in (self._vectorizer.transform(texts) @ self._rows.T).toarray():
            found = np.zeros((self._count, 2))
            np.maximum.at(found[:, 0], self._owners, likeness)
            nearest = np.argsort(-likeness, kind="stable")[: _NEIGHBOURS * 4]
            np.add.at(found[:, 1], self._owners[nearest], likeness[nearest] / _NEIGHBOURS)
            yield found


def _candidates(signals: Floats, said: Floats) -> NDArray[np.int64]:
    return np.argsort(-(signals @ WEIGHTS + 2 * said[:, 0]), kind="stable")[:_CANDIDATES]


def _features(signals: Floats, said: Floats) -> Floats:
    linked = signals @ WEIGHTS
    is_best = (linked == linked.max()).astype(np.float64)
    return np.column_stack([signals, linked, is_best, said])
