"""Grams by row and rows by gram, with BM25 weights; mapped from disk rather than read.

Two passes, so that a hundred thousand articles take no longer than a thousand: those that share a question's rarest
grams are found in lists by gram, and only those are scored in full, each from its own grams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.lexical import Bag, Counted, Positions, Scores, Weighing

# BM25: how soon repeats stop counting, how much length counts (Robertson and Zaragoza, 2009)
_K1, _B = 1.2, 0.6
_LONGEST = 20_000  # rows of a gram beyond which it tells nothing apart and has no list
_LOOKED_AT = 60_000  # entries of lists read for one question, rarest grams first
_AT_A_TIME = 50_000  # rows weighed


class WeighedRows:
    """The grams of each row."""

    def __init__(
        self, vocabulary: Mapping[str, int], starts: Positions, grams: NDArray[np.int32], weights: Scores
    ) -> None:
        self.vocabulary, self.starts, self.grams, self.weights = vocabulary, starts, grams, weights

    @classmethod
    def build(cls, counted: Counted, weighing: Weighing) -> WeighedRows:
        """Weigh what was counted."""
        idf = np.array([weighing.rarity(gram) for gram in counted.vocabulary], dtype=np.float32)
        weights = np.empty(len(counted.grams), dtype=np.float32)
        for first in range(0, len(counted.starts) - 1, _AT_A_TIME):
            starts = counted.starts[first : first + _AT_A_TIME + 1]
            entries = slice(starts[0], starts[-1])
            counts = counted.counts[entries]
            lengths = np.add.reduceat(np.append(counts, np.float32(0)), starts[:-1] - starts[0])
            relative = lengths / np.float32(max(weighing.mean_length, 1e-9))
            damping = np.repeat(_K1 * (1 - _B + _B * relative), np.diff(starts))
            weights[entries] = idf[counted.grams[entries]] * counts * (_K1 + 1) / (counts + damping)
        return cls(counted.vocabulary, counted.starts, counted.grams, weights)

    def known(self, bag: Bag) -> NDArray[np.int64]:
        """Return the ids of the question's grams that occur here."""
        return np.array([self.vocabulary[gram] for gram in bag if gram in self.vocabulary], dtype=np.int64)

    def scores(self, bag: Bag, rows: Positions) -> Scores:
        """Return the BM25 score of each of these rows."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        asked = np.zeros(len(self.vocabulary), dtype=np.float32)
        asked[self.known(bag)] = 1.0
        entries, starts = spans(self.starts, rows)
        found = asked[self.grams[entries]] * self.weights[entries]
        summed = np.add.reduceat(np.append(found, np.float32(0)), starts)
        summed[self.starts[rows] == self.starts[rows + 1]] = 0.0  # a row without grams
        return summed

    def held(self, bag: Bag, rows: Positions) -> NDArray[np.bool_]:
        """Say which of the question's grams each of these rows has, (rows, grams)."""
        found = np.zeros((len(rows), len(bag)), dtype=bool)
        column = np.full(len(self.vocabulary), -1, dtype=np.int32)
        for place, gram in enumerate(bag):
            if (known := self.vocabulary.get(gram)) is not None:
                column[known] = place
        entries, _ = spans(self.starts, rows)
        places = column[self.grams[entries]]
        owners = np.repeat(np.arange(len(rows)), self.starts[rows + 1] - self.starts[rows])
        is_asked = places >= 0
        found[owners[is_asked], places[is_asked]] = True
        return found

    def save(self, folder: Path, name: str) -> None:
        """Write under a name."""
        for array_name in ("starts", "grams", "weights"):
            np.save(folder / f"{name}-{array_name}.npy", getattr(self, array_name))
        words = json.dumps(list(self.vocabulary), ensure_ascii=False)
        (folder / f"{name}-grams.json").write_text(words, encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, name: str) -> WeighedRows:
        """Map what `save` wrote."""
        words = json.loads((folder / f"{name}-grams.json").read_text(encoding="utf-8"))
        starts, grams, weights = (
            mapped(folder / f"{name}-{part}.npy") for part in ("starts", "grams", "weights")
        )
        return cls({gram: position for position, gram in enumerate(words)}, starts, grams, weights)


class GramLists:
    """The rows of each gram."""

    def __init__(self, count: int, heads: Positions, rows: NDArray[np.int32], values: Scores) -> None:
        self._count, self._heads, self._rows, self._values = count, heads, rows, values

    @classmethod
    def build(cls, weighed: WeighedRows) -> GramLists:
        """Sort by gram, leaving out grams that nearly every row has."""
        total = len(weighed.vocabulary)
        kept = np.flatnonzero((np.bincount(weighed.grams, minlength=total) <= _LONGEST)[weighed.grams])
        by_gram = kept[np.argsort(weighed.grams[kept], kind="stable")]
        rows = np.repeat(np.arange(len(weighed.starts) - 1, dtype=np.int32), np.diff(weighed.starts))
        sizes = np.bincount(weighed.grams[by_gram], minlength=total)
        heads = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return cls(len(weighed.starts) - 1, heads, rows[by_gram], weighed.weights[by_gram])

    def rarest(self, known: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """Return those of some grams that the fewest rows have, `limit` at most; none that no row has."""
        sizes = self._heads[known + 1] - self._heads[known]
        order = np.argsort(sizes, kind="stable")
        return known[order[sizes[order] > 0]][:limit]

    def sums(self, known: NDArray[np.int64]) -> Scores:
        """Return what each row scores by the rarer ones of some grams, (rows,)."""
        sizes = self._heads[known + 1] - self._heads[known]
        order = np.argsort(sizes, kind="stable")
        within = np.cumsum(sizes[order]) <= _LOOKED_AT
        within[: 1 if len(order) else 0] = True
        parts = [slice(self._heads[gram], self._heads[gram + 1]) for gram in known[order[within]]]
        summed = np.zeros(self._count, dtype=np.float32)
        if parts:
            rows = np.concatenate([self._rows[part] for part in parts])
            np.add.at(summed, rows, np.concatenate([self._values[part] for part in parts]))
        return summed

    def save(self, folder: Path, name: str) -> None:
        """Write under a name."""
        for array_name in ("heads", "rows", "values"):
            np.save(folder / f"{name}-{array_name}.npy", getattr(self, f"_{array_name}"))

    @classmethod
    def open(cls, folder: Path, name: str, count: int) -> GramLists:
        """Map what `save` wrote."""
        heads, rows, values = (mapped(folder / f"{name}-{part}.npy") for part in ("heads", "rows", "values"))
        return cls(count, heads, rows, values)


def best(scores: Scores, limit: int) -> Positions:
    """Return the places of the `limit` best scores above zero, in order of place; the first of equal ones."""
    places = np.flatnonzero(scores > 0)
    if len(places) <= limit:
        return places
    found = scores[places]
    last = np.partition(found, -limit)[-limit]
    above, equal = places[found > last], places[found == last]
    return np.sort(np.concatenate([above, equal[: limit - len(above)]]))


def mapped(path: Path) -> NDArray[Any]:
    """Map an array of a file; every process that does so shares one copy."""
    found: NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return found


def spans(bounds: NDArray[Any], chosen: Positions) -> tuple[Positions, Positions]:
    """Return what lies at bounds[n] to bounds[n + 1] for each chosen n, side by side, and where each begins there."""
    first, sizes = bounds[chosen], bounds[chosen + 1] - bounds[chosen]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return np.repeat(first - starts, sizes) + np.arange(sizes.sum()), starts
