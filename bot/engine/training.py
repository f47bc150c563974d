"""Fits the intent classifier: kernels of n-grams and of meanings, support vectors, a temperature from cross-validation.

One decision for every pair of labels was two to three points better on real text than one for each label against all
the others, and the meanings two more (docs/quality.md).
"""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from bot.engine.pairwise import Ngrams, Pairwise, coupled, mixed
from bot.engine.words import Meaning, WordVectors

_FOLDS = 3
_SEED = 7
_CACHE_MB = 500
_BLOCK = 1000  # rows
_SIGN = {True: -1.0, False: 1.0}  # scikit-learn turns the one pair of two labels round


def _identity(grams: List[str]) -> List[str]:
    return grams


def fit(
    texts: Sequence[str],
    samples: Sequence[List[str]],
    labels: Sequence[str],
    strength: float,
    table: Optional[WordVectors] = None,
) -> Pairwise:
    """Fit on normalised texts and the features of each; `strength` is the inverse of the regularisation."""
    vectoriser = TfidfVectorizer(analyzer=_identity, sublinear_tf=True, min_df=2, dtype=np.float32)
    matrix = vectoriser.fit_transform(samples)
    meaning = Meaning.fit(table or WordVectors.open(), texts)
    meanings = meaning.of(texts)
    kernel = kernel_of(matrix, meanings)
    target = np.asarray(labels)
    model = _classifier(strength, target).fit(kernel, target)
    support = model.support_
    arrays = {
        "ngrams_of": matrix[support].T.tocsr(),
        "meanings": meanings[support],
        "weights": _SIGN[len(model.classes_) == 2] * model.dual_coef_.astype(np.float32),
        "bias": _SIGN[len(model.classes_) == 2] * model.intercept_.astype(np.float32),
        "starts": np.concatenate([[0], np.cumsum(model.n_support_)[:-1]]).astype(np.int64),
    }
    vocabulary = {gram: int(row) for gram, row in vectoriser.vocabulary_.items()}
    ngrams = Ngrams(vocabulary, vectoriser.idf_.astype(np.float32))
    names = [str(label) for label in model.classes_]
    return Pairwise(names, ngrams, meaning, arrays, _temperature(kernel, target, strength))


def kernel_of(matrix: csr_matrix, meanings: np.ndarray, block: int = _BLOCK) -> np.ndarray:
    """Return (n, n) float32, computed in blocks of rows: whole, its parts would take four times the memory."""
    kernel = np.empty((len(meanings), len(meanings)), np.float32)
    for start in range(0, len(meanings), block):
        rows = slice(start, start + block)
        kernel[rows] = mixed((matrix[rows] @ matrix.T).toarray(), meanings[rows] @ meanings.T)
    return kernel


def _classifier(strength: float, target: np.ndarray) -> Any:
    """Weigh classes by the root of their rarity: the few words of a dialogue decide what happens to money."""
    classes, counts = np.unique(target, return_counts=True)
    weights = np.sqrt(len(target) / (len(classes) * counts))
    return SVC(
        kernel="precomputed",
        C=strength,
        class_weight=dict(zip(classes, weights)),
        decision_function_shape="ovo",
        cache_size=_CACHE_MB,
    )


def _temperature(kernel: np.ndarray, target: np.ndarray, strength: float) -> float:
    """Find the temperature that makes held-out probabilities honest (Guo et al., 2017)."""
    classes, columns = np.unique(target, return_inverse=True)
    folds = min(_FOLDS, int(np.bincount(columns).min()))
    if folds < 2:
        return 1.0
    logits = np.zeros((len(target), len(classes)))
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=_SEED).split(kernel, target):
        fold = _classifier(strength, target[train]).fit(kernel[np.ix_(train, train)], target[train])
        logits[test] = coupled(_margins(fold.decision_function(kernel[np.ix_(test, train)]), len(classes)))

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        picked = scaled[np.arange(len(columns)), columns] - np.log(np.exp(scaled).sum(axis=1))
        return float(-picked.mean())

    return float(minimize_scalar(loss, bounds=(0.05, 20.0), method="bounded").x)


def _margins(decisions: np.ndarray, count: int) -> np.ndarray:
    """Lay decisions, (n, pairs) or (n,) for two labels, out as (n, k, k)."""
    decisions = _SIGN[count == 2] * decisions.reshape(len(decisions), -1)
    first, second = np.triu_indices(count, k=1)
    table = np.zeros((len(decisions), count, count))
    table[:, first, second], table[:, second, first] = decisions, -decisions
    return table
