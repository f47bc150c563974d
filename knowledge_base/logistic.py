"""Small convex models fitted with SciPy: logistic regression, and the choice of one among candidates.

SciPy's optimiser is loaded by whoever fits: most processes only apply what was fitted, and it takes them half a second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax

Floats = NDArray[np.float64]


def fit_logistic(
    features: Any, truth: NDArray[np.bool_], ridge: float, importance: Floats | None = None
) -> Floats:
    """Return weights and, last, the intercept; `features` is (n, d), dense or sparse."""
    from scipy.optimize import minimize

    target = truth.astype(np.float64)
    weight = np.ones(len(target)) if importance is None else importance

    def loss(parameters: Floats) -> tuple[float, Floats]:
        score = features @ parameters[:-1] + parameters[-1]
        cost = float((weight * (np.logaddexp(0, score) - target * score)).sum())
        error = weight * (expit(score) - target)
        gradient = np.append(features.T @ error + ridge * parameters[:-1], error.sum())
        return cost + 0.5 * ridge * float(parameters[:-1] @ parameters[:-1]), gradient

    start = np.zeros(features.shape[1] + 1)
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found


def fit_choice(features: Floats, chosen: NDArray[np.int64], ridge: float) -> Floats:
    """Return the weights under which a softmax over candidates picks `chosen`; `features` is (n, candidates, d).

    Source: conditional logit, McFadden, 1974.
    """
    from scipy.optimize import minimize

    picked = np.arange(len(chosen))

    def loss(weights: Floats) -> tuple[float, Floats]:
        logs = log_softmax(features @ weights, axis=1)
        error = np.exp(logs)
        error[picked, chosen] -= 1
        gradient = np.einsum("nc,ncd->d", error, features) + ridge * weights
        return float(-logs[picked, chosen].sum() + 0.5 * ridge * weights @ weights), gradient

    start = np.ones(features.shape[2])
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found
