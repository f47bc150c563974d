"""Character n-grams of a short Chinese text, with what it names as extra features."""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, Tuple

import numpy as np

from core.text import TOKEN

MIN_N, MAX_N = 1, 4
_TOKEN_CHARS = {"msisdn": "\ue001", "code": "\ue002", "idcard": "\ue003", "bankcard": "\ue004"}
_TOKEN_CHARS.update({"phone": "\ue005", "email": "\ue006"})  # private use: one character for each kind
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_NAMED = ("offering", "amount_fen", "month", "data_mb", "number", "masked_msisdn")


def features(text: str, entities: Iterable[Tuple[str, int, int]] = ()) -> List[str]:
    """Return the features of a normalised text and its entities, each `(name, start, end)`; repeats count.

    Digits become one sign for each length, so that 充50 and 充80 look alike.
    """
    squeezed = TOKEN.sub(lambda hit: _TOKEN_CHARS[hit.group(1)], text).replace(" ", "")
    squeezed = _DIGITS.sub(lambda hit: "0" * min(len(hit.group()), 3), squeezed)
    padded = f"^{squeezed}$"
    grams = [padded[i : i + n] for n in range(MIN_N, MAX_N + 1) for i in range(len(padded) - n + 1)]
    named = {name for name, _, _ in entities}
    grams += [f"<{name}>" for name in _NAMED if name in named]
    if offering := next((e for e in entities if e[0] == "offering"), None):
        around = text[: offering[1]] + "\ue000" + text[offering[2] :]
        start = len(text[: offering[1]])
        grams += [around[max(0, start - 2) : start + 1], around[start : start + 3]]
    return grams


class Weights:
    """A linear classifier over TF-IDF of `features`; scoring needs numpy alone.

    `idf` (f,), `coefficients` (f, k) float32, `intercept` (k,); `vocabulary` maps a feature to its row.
    """

    def __init__(
        self,
        vocabulary: Dict[str, int],
        idf: np.ndarray,
        coefficients: np.ndarray,
        intercept: np.ndarray,
        labels: List[str],
        temperature: float = 1.0,
    ) -> None:
        self.vocabulary, self.labels, self.temperature = vocabulary, labels, temperature
        self.idf = idf.astype(np.float32)
        self.coefficients = coefficients.astype(np.float32)
        self.intercept = intercept.astype(np.float32)

    def probabilities(self, grams: List[str]) -> np.ndarray:
        """Return calibrated probabilities (k,) of every label."""
        counts: Dict[int, int] = {}
        for gram in grams:
            row = self.vocabulary.get(gram)
            if row is not None:
                counts[row] = counts.get(row, 0) + 1
        logits = self.intercept.copy()
        if counts:
            rows = np.fromiter(counts, dtype=np.int64)
            weight = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[rows]
            logits += (weight / np.linalg.norm(weight)) @ self.coefficients[rows]
        scaled = np.exp((logits - logits.max()) / self.temperature)
        return scaled / scaled.sum()
