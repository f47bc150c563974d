"""Put questions that ask the same together: by average linkage on the encoder's vectors, a batch at a time.

A question joins the known group it is most like on average; what is left over is clustered by scikit-learn, and a wording
that several customers used is a group by itself. So a run costs what is new, not what there is, and the same questions in the
same order make the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering

from knowledge_base.encoder import Encoder, Matrix

ALIKE = 0.5  # mean inner product inside a group; on held-out questions: homogeneity 0.87, completeness 0.91
COMMON = 2  # customers who asked in the same words: a group, though nobody asked it otherwise
_BATCH = 1_500  # clustered at once; memory and time grow with its square
_ENCODED = 2_000
_NONE = -1


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where each text belongs: below `known` a group that was there, from there on a new one, -1 alone."""

    labels: tuple[int, ...]
    known: int
    middles: tuple[int, ...]  # of each new group, the text most like the others


class _Sums:
    """Each group as the sum of its vectors: the mean likeness to a group is one inner product."""

    def __init__(self, dimension: int) -> None:
        self._sums: Matrix = np.zeros((0, dimension), dtype=np.float32)
        self._counts: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def open(self, rows: Matrix) -> int:
        """Add a group; return its place."""
        total = rows.sum(axis=0, dtype=np.float32, keepdims=True)
        self._sums = np.vstack([self._sums, total])
        self._counts = np.append(self._counts, np.float32(max(1, len(rows))))
        return len(self._counts) - 1

    def nearest(self, rows: Matrix) -> NDArray[np.int64]:
        """Return the group each row belongs to, -1 where it is like none."""
        if not len(self._counts):
            return np.full(len(rows), _NONE, dtype=np.int64)
        likeness = rows @ (self._sums / self._counts[:, None]).T
        best = likeness.argmax(axis=1)
        fits = likeness[np.arange(len(rows)), best] >= ALIKE
        return np.where(fits, best, _NONE).astype(np.int64)

    def grow(self, places: NDArray[np.int64], rows: Matrix) -> None:
        """Add rows to their groups."""
        np.add.at(self._sums, places, rows)
        np.add.at(self._counts, places, np.float32(1))


def group(
    encoder: Encoder, known: Sequence[Sequence[str]], texts: Sequence[str], customers: Sequence[int] = ()
) -> Grouping:
    """Group texts, each given once, beside the groups there are; `known` holds some texts of each.

    `customers` says how many asked each text; one each where it is empty.
    """
    sums = _Sums(encoder.dimension)
    for examples in known:
        sums.open(encoder.encode(list(examples)))
    vectors = _encoded(encoder, texts)
    is_common = np.array(customers or [1] * len(texts)) >= COMMON
    labels = np.full(len(texts), _NONE, dtype=np.int64)
    middles: list[int] = []
    alone: list[int] = []
    for start in range(0, len(texts), _BATCH):
        rows = np.arange(start, min(start + _BATCH, len(texts)))
        found = sums.nearest(vectors[rows])
        sums.grow(found[found >= 0], vectors[rows[found >= 0]])
        labels[rows] = found
        open_rows = np.array([*alone[-_BATCH:], *rows[found < 0]], dtype=np.int64)
        for members in _clusters(vectors[open_rows], is_common[open_rows]):
            chosen = open_rows[members]
            labels[chosen] = sums.open(vectors[chosen])
            middles.append(int(chosen[_middle(vectors[chosen])]))
        alone = [int(row) for row in open_rows if labels[row] < 0]
    return Grouping(tuple(map(int, labels)), len(known), tuple(middles))


def matching(encoder: Encoder, examples: Sequence[str], texts: Sequence[str]) -> list[bool]:
    """Say which texts would belong to a group of which these are examples."""
    if not texts or not examples:
        return [False] * len(texts)
    mean = encoder.encode(list(examples)).mean(axis=0)
    return [bool(likeness >= ALIKE) for likeness in _encoded(encoder, texts) @ mean]


def _encoded(encoder: Encoder, texts: Sequence[str]) -> Matrix:
    parts = [encoder.encode(texts[n : n + _ENCODED]) for n in range(0, len(texts), _ENCODED)]
    return np.vstack(parts) if parts else np.zeros((0, encoder.dimension), dtype=np.float32)


def _clusters(vectors: Matrix, is_common: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the places of each cluster of two or more, or of one common text, in order of their first."""
    if len(vectors) < 2:
        return [np.array([n]) for n in np.flatnonzero(is_common)]
    apart = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0)
    labels = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1.0 - ALIKE
    ).fit_predict(apart)
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted((g for g in groups if len(g) > 1 or is_common[g].all()), key=lambda g: int(g[0]))


def _middle(vectors: Matrix) -> int:
    return int((vectors @ vectors.sum(axis=0)).argmax())
