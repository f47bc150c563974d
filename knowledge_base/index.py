"""The vector index: FAISS, exact inner product, which at this size is quicker than any approximation."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from core.errors import StaffError
from knowledge_base.encoder import Matrix

REBUILD = "run: .venv/bin/python -m app train"


class VectorIndex:
    """Rows found by inner product with a unit vector."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, rows: Matrix) -> VectorIndex:
        """Index (n, d) float32 unit rows."""
        index = faiss.IndexFlatIP(rows.shape[1])
        index.add(np.ascontiguousarray(rows))
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> VectorIndex:
        """Read an index from disk; raises StaffError ``knowledge.index`` when it is missing or damaged."""
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise StaffError("knowledge.index", f"{path.name} cannot be read; {REBUILD}") from error

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
        return rows[0], scores[0]

    def rows(self) -> Matrix:
        """Return all rows, (n, d)."""
        found: Matrix = self._index.reconstruct_n(0, self.count)
        return found
