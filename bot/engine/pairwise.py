"""A classifier of one decision for every pair of labels, on n-grams and on what the words mean.

How alike two texts are is a weighed mean of two kernels: the cosine of their n-grams and a Gaussian of the distance
between their meanings. Support vectors weigh the training texts (`bot/engine/training.py`); scoring needs numpy and scipy.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from bot.engine.words import Meaning, WordVectors

_ARRAYS, _META = "weights.npz", "meta.json"
_NARROW = 4.0  # of the Gaussian: exp(-_NARROW (1 - cosine))
_LEXICAL = 0.65  # share of the n-grams; chosen by cross-validation on the training text
_COMMON = 0.1  # share of the texts
_STEEP = 3.0  # from a pair's margin to the log odds of its winner


def gaussian(cosines: np.ndarray) -> np.ndarray:
    """Return the Gaussian kernel of unit vectors whose inner products are `cosines`."""
    return np.asarray(np.exp(_NARROW * (cosines - 1.0)))


def mixed(lexical: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """Return how alike texts are, from the cosines of their n-grams and those of their meanings."""
    return np.asarray(_LEXICAL * lexical + (1.0 - _LEXICAL) * gaussian(cosines))


@dataclass(frozen=True)
class Ngrams:
    """TF-IDF of n-grams: `idf` (f,) and the row of every known n-gram."""

    vocabulary: Dict[str, int]
    idf: np.ndarray

    def weights(self, grams: List[str]) -> Dict[int, float]:
        """Return the weight of every known n-gram of a text by its row; together of unit length, none for no known one."""
        counts: Dict[int, int] = {}
        for gram in grams:
            known = self.vocabulary.get(gram)
            if known is not None:
                counts[known] = counts.get(known, 0) + 1
        rows = np.fromiter(counts, dtype=np.int32, count=len(counts))
        values = (1.0 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[rows]
        return dict(zip(counts, (values / max(math.sqrt(values @ values), 1e-9)).tolist()))


class Shared:
    """The n-grams of the `s` support texts, a sparse (f, s): what a text shares with each of them.

    A row that many texts have is kept dense, too: to add up all of it takes less time than to pick its entries.
    """

    def __init__(self, rows: csr_matrix) -> None:
        self.rows, self._ends = rows, rows.indptr.tolist()
        common = np.flatnonzero(np.diff(rows.indptr) > _COMMON * rows.shape[1])
        self._common = {row: rows[row].toarray()[0] for row in common.tolist()}

    def cosines(self, weights: Dict[int, float]) -> np.ndarray:
        """Return (s,) float32, given the weight of every row."""
        total = np.zeros(self.rows.shape[1], np.float32)
        texts, parts = [], []
        for row, weight in weights.items():
            if (whole := self._common.get(row)) is not None:
                total += weight * whole
            else:
                entries = slice(self._ends[row], self._ends[row + 1])
                texts.append(self.rows.indices[entries])
                parts.append(weight * self.rows.data[entries])
        if texts:
            total += np.bincount(np.concatenate(texts), np.concatenate(parts), len(total))
        return total


class Pairwise:
    """The fitted classifier.

    The `s` support texts stand grouped by label: `ngrams_of` (f, s) sparse, `meanings` (s, d), `starts` (k,) where each
    label's begin. `weights` (k - 1, s) and `bias` (k (k - 1) / 2,) are laid out as libsvm does for pairs of labels.
    """

    def __init__(self, labels: List[str], ngrams: Ngrams, meaning: Meaning, arrays: Dict[str, Any], temperature: float) -> None:  # fmt: skip
        self.labels, self.temperature = labels, temperature
        self._ngrams, self._meaning, self._arrays = ngrams, meaning, arrays
        self._shared = Shared(arrays["ngrams_of"])
        self._first, self._second = np.triu_indices(len(labels), k=1)
        ends = [*arrays["starts"].tolist(), arrays["weights"].shape[1]]
        spans = [slice(start, end) for start, end in pairwise(ends)]
        self._parts = [(arrays["weights"][:, span], span) for span in spans]

    def probabilities(self, text: str, grams: List[str]) -> np.ndarray:
        """Return calibrated probabilities (k,) of every label for a normalised text and its features."""
        lexical = self._shared.cosines(self._ngrams.weights(grams))
        alike = mixed(lexical, self._arrays["meanings"] @ self._meaning.of([text])[0])
        logits = coupled(self.margins(alike)[None])[0] / self.temperature
        scaled = np.exp(logits - logits.max())
        return np.asarray(scaled / scaled.sum())

    def named(self, text: str, grams: List[str]) -> Dict[str, float]:
        """Return the probability of every label by its name."""
        return dict(zip(self.labels, self.probabilities(text, grams).tolist()))

    def best(self, text: str, grams: List[str]) -> Tuple[str, float]:
        """Return the likeliest label and its probability."""
        return max(self.named(text, grams).items(), key=lambda item: item[1])

    def margins(self, kernel: np.ndarray) -> np.ndarray:
        """Return (k, k): how far label i is ahead of label j, given the kernel (s,) with every support text."""
        sums = np.array([weights @ kernel[span] for weights, span in self._parts])  # (k, k - 1)
        i, j = self._first, self._second
        ahead = sums[i, j - 1] + sums[j, i] + self._arrays["bias"]
        table = np.zeros((len(self.labels), len(self.labels)))
        table[i, j], table[j, i] = ahead, -ahead
        return table

    def save(self, folder: Path) -> None:
        """Write everything but the table of words, which is part of the program."""
        columns = self._shared.rows
        np.savez_compressed(
            folder / _ARRAYS,
            idf=self._ngrams.idf,
            rarity=self._meaning.rarity,
            centre=self._meaning.centre,
            data=columns.data.astype(np.float16),
            indices=columns.indices,
            indptr=columns.indptr,
            **{name: self._arrays[name] for name in ("meanings", "weights", "bias", "starts")},
        )
        meta = {
            "vocabulary": self._ngrams.vocabulary,
            "labels": self.labels,
            "temperature": self.temperature,
        }
        (folder / _META).write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Pairwise:
        """Read what `save` wrote."""
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        shape = (len(arrays["idf"]), len(arrays["meanings"]))
        arrays["ngrams_of"] = csr_matrix(
            (arrays.pop("data").astype(np.float32), arrays.pop("indices"), arrays.pop("indptr")), shape=shape
        )
        meaning = Meaning(WordVectors.open(), arrays.pop("rarity"), arrays.pop("centre"))
        ngrams = Ngrams(meta["vocabulary"], arrays.pop("idf"))
        return cls(meta["labels"], ngrams, meaning, arrays, meta["temperature"])


def coupled(margins: np.ndarray) -> np.ndarray:
    """Return logits (n, k) from pairs' margins (n, k, k): a label's log odds against every other, summed."""
    against = -np.log1p(np.exp(-_STEEP * np.minimum(np.maximum(margins, -10.0), 10.0)))
    diagonal = np.arange(margins.shape[1])
    against[:, diagonal, diagonal] = 0.0
    return np.asarray(against.sum(axis=2))
