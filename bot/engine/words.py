"""What common words mean, as a pretrained encoder sees them: a table of vectors and the mean of a text's words.

The n-grams know only what stands in the training text; through these vectors 贵宾 is near VIP though nobody wrote it.
`benchmarks/distil_words.py` made the table; nothing but numpy is needed to read it.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Sequence

import numpy as np

TABLE = Path(__file__).parent / "words.npz"
LONGEST = 6  # characters of a word


class WordVectors:
    """`words` and their `vectors`, (n, d) int8."""

    def __init__(self, words: Sequence[str], vectors: np.ndarray) -> None:
        self.words, self.vectors = list(words), vectors
        self._rows = {word: row for row, word in enumerate(self.words)}

    @classmethod
    def open(cls, path: Path = TABLE) -> WordVectors:
        """Read a table that `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(bytes(arrays["words"]).decode("utf-8").split("\n"), arrays["vectors"])

    def save(self, path: Path) -> None:
        """Write the table, compressed."""
        words = np.frombuffer("\n".join(self.words).encode("utf-8"), dtype=np.uint8)
        np.savez_compressed(path, words=words, vectors=self.vectors)

    def cut(self, text: str) -> List[int]:
        """Return the rows of a text's words: the longest that fits, from left to right."""
        found, start = [], 0
        while start < len(text):
            for end in range(min(len(text), start + LONGEST), start, -1):
                row = self._rows.get(text[start:end])
                if row is not None:
                    found.append(row)
                    start = end
                    break
            else:
                start += 1
        return found


class Meaning:
    """Turns texts into unit vectors: the mean of their words, rare ones weighing more, seen from the training text's centre.

    `rarity` (n,) is the idf of every word in the training text, `centre` (d,) the mean of its vectors.
    """

    def __init__(self, table: WordVectors, rarity: np.ndarray, centre: Optional[np.ndarray] = None) -> None:
        self._table, self.rarity = table, rarity.astype(np.float32)
        self.centre = np.zeros(table.vectors.shape[1], np.float32) if centre is None else centre

    @classmethod
    def fit(cls, table: WordVectors, texts: Sequence[str]) -> Meaning:
        """Learn rarity and centre from the training text."""
        seen = np.zeros(len(table.words))
        for text in texts:
            seen[list(set(table.cut(text)))] += 1
        rarity = np.log(len(texts) / (seen + 1.0)).clip(min=0.0)
        return cls(table, rarity, cls(table, rarity).of(texts).mean(axis=0))

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return (n, d) float32, unit rows; a text of no known word stands at the origin."""
        rows = np.zeros((len(texts), len(self.centre)), np.float32)
        for number, text in enumerate(texts):
            words = self._table.cut(text)
            if words:
                mean = self.rarity[words] @ self._table.vectors[words].astype(np.float32)
                rows[number] = _unit(_unit(mean) - self.centre)
        return rows


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))
