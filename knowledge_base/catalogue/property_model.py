"""What is asked for, learned: characters of the masked question beside our own phrasings, one classifier a property."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from knowledge_base.catalogue.model import Catalogue
from knowledge_base.catalogue.reading import Reading
from knowledge_base.catalogue.zero_shot import ZeroShotReader

Floats = NDArray[np.float64]
_RIDGE = 0.1
_SECOND = 0.4  # how sure a second property must be
_MOST = 2  # properties of one question


class PropertyModel:
    """Gives every property of a catalogue a probability for a question."""

    def __init__(self, catalogue: Catalogue, zero_shot: ZeroShotReader) -> None:
        self._zero_shot = zero_shot
        self._properties = catalogue.properties
        self._offerings = {id(offering): n for n, offering in enumerate(catalogue.offerings)}
        self._masked = TfidfVectorizer(analyzer="char", ngram_range=(1, 5), sublinear_tf=True, min_df=2)
        self._whole = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
        self._weights: dict[str, Floats] = {}

    def fit(self, readings: Sequence[Reading], asked: Sequence[frozenset[str]]) -> None:
        """Learn from laid-out questions and what each asks for."""
        self._masked.fit([_framed(reading) for reading in readings])
        self._whole.fit([reading.text for reading in readings])
        features = self._features(readings)
        for name in sorted({name for names in asked for name in names}):
            truth = np.array([name in names for names in asked])
            self._weights[name] = _fit(features, truth)

    def probabilities(self, readings: Sequence[Reading]) -> list[dict[str, float]]:
        """Return each property's probability for each question."""
        features = self._features(readings)
        columns = {name: features @ w[:-1] + w[-1] for name, w in self._weights.items()}
        return [
            {name: float(1 / (1 + np.exp(-column[row]))) for name, column in columns.items()}
            for row in range(len(readings))
        ]

    def asked(self, reading: Reading) -> tuple[str, ...]:
        """Return what a question asks for, the surest first; never empty."""
        found = self.probabilities([reading])[0]
        ordered = sorted(found, key=lambda name: (-found[name], name))
        return tuple(ordered[:1] + [name for name in ordered[1:_MOST] if found[name] >= _SECOND])

    def _features(self, readings: Sequence[Reading]) -> Any:
        own = np.zeros((len(readings), 3 * len(self._properties) + len(self._offerings) + 3))
        for row, reading in enumerate(readings):
            phrased = self._zero_shot.lexicon.asked(reading.masked)
            judged = self._zero_shot.properties(reading)
            for column, name in enumerate(self._properties):
                own[row, 3 * column] = phrased.get(name, 0.0)
                own[row, 3 * column + 1] = name in judged
                own[row, 3 * column + 2] = 0.3 * (not reading.offering.texts(name))
            at = 3 * len(self._properties)
            own[row, at + self._offerings[id(reading.offering)]] = 0.5
            own[row, -3:] = (len(judged) > 1, len(reading.masked) <= 4, "," in reading.masked)
        masked = self._masked.transform([_framed(reading) for reading in readings])
        whole = self._whole.transform([reading.text for reading in readings])
        return csr_matrix(hstack([masked * 2.0, whole, csr_matrix(own)]))


def _fit(features: Any, truth: NDArray[np.bool_]) -> Floats:
    """Return weights and, last, the intercept; liblinear takes a third of the time of L-BFGS here."""
    if truth.all():
        return np.append(np.zeros(features.shape[1]), 10.0)
    model = LogisticRegression(solver="liblinear", C=1 / _RIDGE, random_state=0, max_iter=300)
    model.fit(features, truth)
    return np.append(model.coef_[0], model.intercept_[0])


def _framed(reading: Reading) -> str:
    return f"^{reading.masked}$"
