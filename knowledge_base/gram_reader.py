"""The default model without torch: what it was trained to, read from its files and summed with numpy.

A service answers single questions; for those numpy is some ten times faster than torch, and a process that need not
load torch starts in half the time. `tests/knowledge_base` holds both readings to the same vectors.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from knowledge_base.grams import grams
from knowledge_base.thesaurus import Thesaurus

MARK = "grams.json"  # the file by which a folder is known to hold this model
Vector = NDArray[np.float32]


def bag(text: str, vocabulary: Mapping[str, int], thesaurus: Thesaurus) -> tuple[list[int], list[float]]:
    """Return gram ids and their weights, 1 + log count; a text with no known gram is empty."""
    counts = Counter(grams(text, thesaurus))
    known = [
        (vocabulary[gram], 1.0 + math.log(count)) for gram, count in counts.items() if gram in vocabulary
    ]
    return [position for position, _ in known], [weight for _, weight in known]


class GramReader:
    """An encoder over one table: (v, d) float32, each row a gram's vector times its idf."""

    def __init__(self, name: str, vocabulary: Mapping[str, int], table: Vector, thesaurus: Thesaurus) -> None:
        self._name, self._vocabulary, self._table, self._thesaurus = name, vocabulary, table, thesaurus

    @classmethod
    def open(cls, folder: Path, name: str = "") -> GramReader:
        """Read what `GramEmbedding.save` wrote."""
        tensors = load_file(folder / "model.safetensors")
        known = json.loads((folder / MARK).read_text(encoding="utf-8"))
        table = tensors["embedding"].astype(np.float32) * (tensors["scales"] * tensors["idf"][:, None])
        return cls(
            name or str(folder),
            {gram: position for position, gram in enumerate(known)},
            np.ascontiguousarray(table, dtype=np.float32),
            Thesaurus.open(folder / "thesaurus.json"),
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    def encode(self, texts: Sequence[str]) -> Vector:
        """As the encoder port says."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            ids, weights = bag(text, self._vocabulary, self._thesaurus)
            if ids:
                row[:] = np.asarray(weights, dtype=np.float32) @ self._table[ids]
                row /= float(np.linalg.norm(row)) or 1.0
        return rows
