"""Weigh the signals of the candidates, and say how sure one may be: calibrated on held-out questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from knowledge_base.logistic import Floats, fit_choice, fit_logistic
from knowledge_base.matching import Candidates
from knowledge_base.segment import SIGNALS

_CHOICE_RIDGE = 0.05
_SURE_RIDGE = 1.0
_ANSWER_FROM = 0.75  # probability of being right: a wrong answer does the harm of three needless choices
_OFFER_FROM = 0.75  # probability that the right one is among those offered
_ANSWERED_SHARE = 0.02  # of text out of scope that may be answered with an article
_OFFERED_SHARE = 0.05  # of text out of scope that may be offered choices
_SURELY = 1.96  # standard errors: evidence that speaks against chance
_WITHIN = 3  # choices are worth offering when the right article is among the first ones


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates in order, best first."""

    positions: NDArray[np.int64]
    shares: Floats  # (n,) how the candidates share one certainty
    rows: NDArray[np.int64]
    signals: Floats
    sure: float  # probability that the first is right
    near: float  # probability that the right one is among the first three


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was calibrated: weights of the signals, of certainty, and the two thresholds."""

    weights: tuple[float, ...]
    sure_weights: tuple[float, ...]
    near_weights: tuple[float, ...]
    answer_from: float = 1.0
    offer_from: float = 1.0

    def judge(self, candidates: Candidates, gate_score: float) -> Judged:
        """Put the candidates in order and say how sure that is."""
        if not len(candidates.positions):
            return Judged(candidates.positions, np.empty(0), candidates.rows, candidates.signals, 0.0, 0.0)
        scores = candidates.signals @ np.array(self.weights)
        order = np.argsort(-scores, kind="stable")
        signals, shares = candidates.signals[order], softmax(scores)[order]
        evidence = _evidence(shares, signals, gate_score)
        return Judged(
            positions=candidates.positions[order],
            shares=shares,
            rows=candidates.rows[order],
            signals=signals,
            sure=_probability(evidence, self.sure_weights),
            near=_probability(evidence, self.near_weights),
        )

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def open(cls, path: Path) -> Judgement:
        """Read what `save` wrote."""
        loaded = json.loads(path.read_text(encoding="utf-8"))
        for name in ("weights", "sure_weights", "near_weights"):
            loaded[name] = tuple(loaded[name])
        # What was calibrated before a signal was thought of gives it no weight.
        loaded["weights"] += (0.0,) * (len(SIGNALS) - len(loaded["weights"]))
        return cls(**loaded)


@dataclass(frozen=True, slots=True)
class Example:
    """One text to calibrate on; `truth` is its article's position, None when nobody should answer it."""

    candidates: Candidates
    gate_score: float
    truth: int | None


def calibrate(examples: Sequence[Example]) -> Judgement:
    """Fit weights and probabilities on held-out questions and on text out of scope; the thresholds follow from what is at stake.

    A threshold set by how many of the texts out of scope reach it would hang on the two or three surest of them, and one
    article that says something everybody says (几点关门) would move it for all the others. So they only raise it, where
    they show beyond chance that too many would be answered.
    """
    weights = _fit_weights([example for example in examples if example.truth is not None])
    blank = (0.0,) * (_EVIDENCE + 1)
    draft = Judgement(weights, blank, blank)
    judged = [draft.judge(example.candidates, example.gate_score) for example in examples]
    evidence = np.stack(
        [_evidence(j.shares, j.signals, e.gate_score) for j, e in zip(judged, examples, strict=True)]
    )
    first = np.array([e.truth == j.positions[0] for j, e in zip(judged, examples, strict=True)])
    among = np.array([e.truth in j.positions[:_WITHIN] for j, e in zip(judged, examples, strict=True)])
    sure, near = (tuple(map(float, fit_logistic(evidence, truth, _SURE_RIDGE))) for truth in (first, among))
    strangers = evidence[[example.truth is None for example in examples]]
    return Judgement(
        weights=weights,
        sure_weights=sure,
        near_weights=near,
        answer_from=max(_ANSWER_FROM, _threshold(strangers, sure, _ANSWERED_SHARE)),
        offer_from=max(_OFFER_FROM, _threshold(strangers, near, _OFFERED_SHARE)),
    )  # fmt: skip


def _fit_weights(examples: Sequence[Example]) -> tuple[float, ...]:
    found = [e for e in examples if e.truth in e.candidates.positions]
    # All choices are among equally many: the few questions with fewer candidates must not make it few for all.
    width = int(np.median([len(e.candidates.positions) for e in found]))
    kept = [_cut(e, width) for e in found if len(e.candidates.positions) >= width]
    features = np.stack([signals for signals, _ in kept])
    chosen = np.array([place for _, place in kept])
    return tuple(map(float, fit_choice(features, chosen, _CHOICE_RIDGE)))


def _cut(example: Example, width: int) -> tuple[Floats, int]:
    """Return signals of `width` candidates, the true one first."""
    positions = example.candidates.positions
    truth = int(np.flatnonzero(positions == example.truth)[0])
    others = [n for n in range(len(positions)) if n != truth][: width - 1]
    return example.candidates.signals[[truth, *others]], 0


_EVIDENCE = 7


def _evidence(shares: Floats, signals: Floats, gate_score: float) -> Floats:
    """What certainty rests on: the first one's share, its lead, how near it is, and whether the text is ours."""
    second = shares[1] if len(shares) > 1 else 0.0
    column = {name: signals[0, place] for place, name in enumerate(SIGNALS)}
    return np.array([
        shares[0], np.log(max(shares[0], 1e-6) / max(second, 1e-6)) / 4, column["dense"], column["lexical"],
        column["words"], np.tanh(gate_score / 4), column["named"],
    ])  # fmt: skip


def _probability(evidence: Floats, weights: tuple[float, ...]) -> float:
    return float(expit(evidence @ np.array(weights[:-1]) + weights[-1]))


def _threshold(strangers: Floats, weights: tuple[float, ...], share: float) -> float:
    """Return the least probability that, for all the strangers show, no more than `share` of texts like them reach."""
    reached = np.sort([_probability(row, weights) for row in strangers])[::-1]
    count = len(reached)
    allowed = next((n for n in range(count) if at_least(n + 1, count) > share), count)
    return float(reached[allowed]) + 1e-6 if allowed < count else 0.0


def at_least(hits: int, count: int) -> float:
    """Return the least share that a count of hits speaks for.

    Source: lower end of the score interval, Wilson, 1927.
    """
    share, squared = hits / count, _SURELY**2 / count
    middle = share + squared / 2
    return float(middle - np.sqrt(squared * (share * (1 - share) + squared / 4))) / (1 + squared)
