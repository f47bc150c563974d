"""Lexical search: BM25 over grams, of single questions and of whole articles.

Two passes, so that a million rows take no longer than a thousand: the rows that share a question's rarest grams are
found in an inverted list, and only those are scored in full, from the list of their own grams.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.grams import grams
from knowledge_base.thesaurus import Thesaurus

Scores = NDArray[np.float32]
Positions = NDArray[np.int64]
Bag = Counter[str]

# BM25: how soon repeats stop counting, how much length counts (Robertson and Zaragoza, 2009)
_K1, _B = 1.2, 0.6
_LONGEST = 20_000  # rows of a gram beyond which it tells nothing apart and has no inverted list
_LOOKED_AT = 60_000  # entries of inverted lists read for one question, rarest grams first
_ARRAYS = ("starts", "grams", "weights", "heads", "rows", "values")


def bag_of(text: str, thesaurus: Thesaurus) -> Bag:
    """Return the grams of one question, counted."""
    return Counter(grams(text, thesaurus))


def bag_of_lines(text: str, thesaurus: Thesaurus) -> Bag:
    """Return the grams of a text of several lines, counted; none reaches over the end of a line."""
    return Counter(gram for line in text.split("\n") for gram in grams(line, thesaurus))


@dataclass(frozen=True, slots=True)
class Weighing:
    """How rare each gram is and how long a row usually is, one for all parts of a knowledge base."""

    vocabulary: Mapping[str, int]
    idf: Scores  # (v,)
    mean_length: float
    rarest: float

    def rarity(self, gram: str) -> float:
        """Return a gram's inverse document frequency; an unknown gram is as rare as the rarest."""
        known = self.vocabulary.get(gram)
        return self.rarest if known is None else float(self.idf[known])

    def reach(self, bag: Bag) -> float:
        """Return what a row with every gram of the question, each once, would about score."""
        return sum(map(self.rarity, bag)) or 1.0

    def save(self, folder: Path, name: str) -> None:
        """Write under a name."""
        np.save(folder / f"{name}-idf.npy", self.idf)
        entry = {"mean_length": self.mean_length, "grams": list(self.vocabulary)}
        (folder / f"{name}-weighing.json").write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, name: str) -> Weighing:
        """Read what `save` wrote."""
        entry = json.loads((folder / f"{name}-weighing.json").read_text(encoding="utf-8"))
        idf = np.load(folder / f"{name}-idf.npy")
        vocabulary = {gram: position for position, gram in enumerate(entry["grams"])}
        return cls(vocabulary, idf, float(entry["mean_length"]), float(idf.max(initial=0.0)))


@dataclass(frozen=True, slots=True)
class Counted:
    """The grams of all rows, counted: row n's lie at starts[n] to starts[n + 1]."""

    vocabulary: Mapping[str, int]
    starts: Positions
    grams: NDArray[np.int32]
    counts: NDArray[np.float32]

    @property
    def lengths(self) -> Scores:
        """Return how many grams each row has, repeats included."""
        summed = np.concatenate([[0.0], np.cumsum(self.counts, dtype=np.float64)])
        lengths: Scores = (summed[self.starts[1:]] - summed[self.starts[:-1]]).astype(np.float32)
        return lengths


def count(bags: Iterable[Bag]) -> Counted:
    """Count the grams of rows, one row at a time."""
    vocabulary: dict[str, int] = {}
    starts, ids, counts = array("q", [0]), array("i"), array("f")
    for bag in bags:
        for gram, repeats in bag.items():
            ids.append(vocabulary.setdefault(gram, len(vocabulary)))
            counts.append(repeats)
        starts.append(len(ids))
    return Counted(
        vocabulary,
        np.array(starts, dtype=np.int64),
        np.array(ids, dtype=np.int32),
        np.array(counts, dtype=np.float32),
    )


def weighing_of(counted: Counted) -> Weighing:
    """Learn how rare the grams are."""
    total = len(counted.starts) - 1
    seen = np.bincount(counted.grams, minlength=len(counted.vocabulary))
    idf = np.log(1 + (total - seen + 0.5) / (seen + 0.5)).astype(np.float32)
    mean = float(counted.counts.sum()) / max(total, 1)
    return Weighing(counted.vocabulary, idf, mean, float(idf.max(initial=0.0)))


class Postings:
    """Rows by gram and grams by row, with BM25 weights; mapped from disk rather than read."""

    def __init__(self, vocabulary: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]) -> None:
        self._vocabulary = vocabulary
        self._starts, self._grams, self._weights = arrays["starts"], arrays["grams"], arrays["weights"]
        self._heads, self._rows, self._values = arrays["heads"], arrays["rows"], arrays["values"]

    @classmethod
    def build(cls, counted: Counted, weighing: Weighing) -> Postings:
        """Weigh what was counted."""
        lengths = np.repeat(counted.lengths / max(weighing.mean_length, 1e-9), np.diff(counted.starts))
        idf = np.array([weighing.rarity(gram) for gram in counted.vocabulary], dtype=np.float32)
        damped = counted.counts + _K1 * (1 - _B + _B * lengths)
        weights: Scores = (idf[counted.grams] * counted.counts * (_K1 + 1) / damped).astype(np.float32)
        heads, rows, values = _inverted(counted, weights)
        return cls(
            counted.vocabulary,
            {"starts": counted.starts, "grams": counted.grams, "weights": weights, "heads": heads, "rows": rows, "values": values},
        )  # fmt: skip

    @property
    def count(self) -> int:
        """Return how many rows there are."""
        return len(self._starts) - 1

    def known(self, bag: Bag) -> NDArray[np.int64]:
        """Return the ids of the question's grams that occur here."""
        return np.array([self._vocabulary[gram] for gram in bag if gram in self._vocabulary], dtype=np.int64)

    def near(self, known: NDArray[np.int64], limit: int) -> Positions:
        """Return some `limit` rows that share the most of the question's rarer grams, in no order."""
        sizes = self._heads[known + 1] - self._heads[known]
        order = np.argsort(sizes, kind="stable")
        within = np.cumsum(sizes[order]) <= _LOOKED_AT
        within[: 1 if len(order) else 0] = True
        parts = [slice(self._heads[gram], self._heads[gram + 1]) for gram in known[order[within]]]
        if not parts:
            return np.empty(0, dtype=np.int64)
        rows = np.concatenate([self._rows[part] for part in parts])
        summed = np.zeros(self.count, dtype=np.float32)
        np.add.at(summed, rows, np.concatenate([self._values[part] for part in parts]))
        reached = summed[rows]
        if len(reached) > limit:
            rows = rows[reached >= np.partition(reached, -limit)[-limit]]
        return np.unique(rows).astype(np.int64)

    def scores(self, known: NDArray[np.int64], rows: Positions) -> Scores:
        """Return the BM25 score of each of these rows."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        asked = np.zeros(len(self._vocabulary), dtype=np.float32)
        asked[known] = 1.0
        entries, starts = spans(self._starts, rows)
        found = asked[self._grams[entries]] * self._weights[entries]
        summed = np.add.reduceat(np.append(found, np.float32(0)), starts)
        summed[self._starts[rows] == self._starts[rows + 1]] = 0.0  # a row without grams
        return summed

    def save(self, folder: Path, name: str) -> None:
        """Write under a name."""
        for array_name in _ARRAYS:
            np.save(folder / f"{name}-{array_name}.npy", getattr(self, f"_{array_name}"))
        words = json.dumps(list(self._vocabulary), ensure_ascii=False)
        (folder / f"{name}-grams.json").write_text(words, encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, name: str) -> Postings:
        """Map what `save` wrote."""
        words = json.loads((folder / f"{name}-grams.json").read_text(encoding="utf-8"))
        arrays = {array_name: mapped(folder / f"{name}-{array_name}.npy") for array_name in _ARRAYS}
        return cls({gram: position for position, gram in enumerate(words)}, arrays)


def mapped(path: Path) -> NDArray[Any]:
    """Map an array of a file; every process that does so shares one copy."""
    found: NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return found


def spans(bounds: NDArray[Any], chosen: Positions) -> tuple[Positions, Positions]:
    """Return what lies at bounds[n] to bounds[n + 1] for each chosen n, side by side, and where each begins there."""
    first, sizes = bounds[chosen], bounds[chosen + 1] - bounds[chosen]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return np.repeat(first - starts, sizes) + np.arange(sizes.sum()), starts


def _inverted(counted: Counted, weights: Scores) -> tuple[Positions, NDArray[np.int32], Scores]:
    """Return heads, rows and values by gram, leaving out grams that nearly every row has."""
    total = len(counted.vocabulary)
    kept = np.flatnonzero((np.bincount(counted.grams, minlength=total) <= _LONGEST)[counted.grams])
    by_gram = kept[np.argsort(counted.grams[kept], kind="stable")]
    rows = np.repeat(np.arange(len(counted.starts) - 1, dtype=np.int32), np.diff(counted.starts))
    sizes = np.bincount(counted.grams[by_gram], minlength=total)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), rows[by_gram], weights[by_gram]
