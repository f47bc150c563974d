"""The vector index: FAISS, exact while that is quickest, inverted lists of 8-bit vectors for large collections.

The choice is by size and measured in docs/benchmarks.md: up to some 60,000 rows a plain scan needs no training and a
millisecond; beyond that it would take longer than the answer may.
"""

from __future__ import annotations

import math
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from core.errors import StaffError
from knowledge_base.encoder import Matrix

REBUILD = "run: .venv/bin/python -m app train"
EXACT_UP_TO = 60_000  # rows
_PROBES = 24  # inverted lists searched
_SAMPLE_PER_LIST = 40  # rows to train on for each list
_ROUNDS = 8  # of k-means
_AT_A_TIME = 50_000  # rows added
_SEED = 20260101


class VectorIndex:
    """Rows found by inner product with a unit vector."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, rows: Matrix | NDArray[np.float16]) -> VectorIndex:
        """Index (n, d) unit rows, in memory or mapped from a file."""
        index = _inverted_lists(rows) if len(rows) > EXACT_UP_TO else faiss.IndexFlatIP(rows.shape[1])
        for start in range(0, len(rows), _AT_A_TIME):
            index.add(np.ascontiguousarray(rows[start : start + _AT_A_TIME], dtype=np.float32))
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> VectorIndex:
        """Read an index from disk; raises StaffError ``knowledge.index`` when it is missing or damaged."""
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise StaffError("knowledge.index", f"{path.name} cannot be read; {REBUILD}") from error
        if hasattr(index, "nprobe"):
            index.nprobe = _PROBES
        return cls(index)

    def save(self, path: Path) -> None:
        """Write the index to disk."""
        faiss.write_index(self._index, str(path))

    @property
    def count(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(self, vector: Matrix, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return positions and scores of the `limit` rows nearest to a (1, d) vector, best first."""
        # Per thread, and torch sets it too. One: waiting for a second thread on a busy machine costs twenty times the search.
        faiss.omp_set_num_threads(1)
        scores, rows = self._index.search(vector, min(limit, self.count))
        found = rows[0] >= 0  # fewer than asked for lie in the lists that were searched
        return rows[0][found], scores[0][found]


def _inverted_lists(rows: Matrix | NDArray[np.float16]) -> faiss.Index:
    """Return a trained, empty index: vectors grouped round centroids, eight bits a component."""
    count, dimension = rows.shape
    lists = 2 ** round(math.log2(2 * math.sqrt(count)))
    quantiser = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(
        quantiser, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter, index.cp.seed, index.nprobe = _ROUNDS, _SEED, _PROBES
    wanted = min(count, lists * _SAMPLE_PER_LIST)
    sample = np.random.default_rng(_SEED).choice(count, wanted, replace=False)
    index.train(np.ascontiguousarray(rows[np.sort(sample)], dtype=np.float32))
    return index
