"""The gate: is a text about an operator's business at all?"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from knowledge_base.grams import grams
from knowledge_base.logistic import fit_logistic
from knowledge_base.thesaurus import Thesaurus

SHIPPED = Path(__file__).parent / "calibration" / "out_of_scope.txt"

_RIDGE = 1.0


def out_of_scope_lines(path: Path = SHIPPED) -> tuple[str, ...]:
    """Read the lines that are nobody's wish of an operator; a line starting with # is a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


class Gate:
    """A logistic regression over grams; its score is the log-odds of a text being ours."""

    def __init__(self, weights: dict[str, float], intercept: float, thesaurus: Thesaurus) -> None:
        self.weights = weights
        self.intercept = intercept
        self._thesaurus = thesaurus

    @classmethod
    def fit(cls, ours: Sequence[str], others: Sequence[str], thesaurus: Thesaurus) -> Gate:
        """Fit on questions of the corpus and on text that is not ours; both sides weigh the same."""
        texts = (*ours, *others)
        bags = [Counter(grams(text, thesaurus)) for text in texts]
        frequency = Counter(gram for bag in bags for gram in bag)
        words = {gram: n for n, gram in enumerate(sorted(g for g, count in frequency.items() if count > 1))}
        truth = np.arange(len(texts)) < len(ours)
        share = np.where(truth, len(texts) / (2 * len(ours)), len(texts) / (2 * len(others)))
        found = fit_logistic(_matrix(bags, words), truth, _RIDGE, share)
        return cls(dict(zip(words, map(float, found[:-1]), strict=True)), float(found[-1]), thesaurus)

    def score(self, text: str) -> float:
        """Return the log-odds of the text being ours."""
        bag = Counter(grams(text, self._thesaurus))
        scale = _scale(bag)
        return self.intercept + sum(self.weights.get(gram, 0.0) * scale for gram in bag)

    def save(self, path: Path) -> None:
        """Write as JSON; the thesaurus is saved elsewhere."""
        entry = {"intercept": self.intercept, "weights": self.weights}
        path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, path: Path, thesaurus: Thesaurus) -> Gate:
        """Read what `save` wrote."""
        entry = json.loads(path.read_text(encoding="utf-8"))
        return cls(entry["weights"], entry["intercept"], thesaurus)


def _scale(bag: Counter[str]) -> float:
    return 1.0 / math.sqrt(len(bag) or 1)


def _matrix(bags: Sequence[Counter[str]], words: dict[str, int]) -> sparse.csr_array:
    entries = [
        (row, words[gram], _scale(bag)) for row, bag in enumerate(bags) for gram in bag if gram in words
    ]
    rows, columns, values = zip(*entries, strict=True)
    return sparse.csr_array((values, (rows, columns)), shape=(len(bags), len(words)))
