"""Scores of an intent classifier: accuracy, per-label precision and recall, confusion, calibration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_BINS = 10
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """One utterance, what it is labelled, and what the assistant took it for."""

    text: str
    label: str
    predicted: str
    confidence: float  # of the prediction, 0 to 1
    alt_labels: tuple[str, ...] = field(default=())

    @property
    def is_strict(self) -> bool:
        return self.predicted == self.label

    @property
    def is_lenient(self) -> bool:
        return self.is_strict or self.predicted in self.alt_labels


def scores(judged: Sequence[Judged], worst: int = 10) -> dict[str, Any]:
    """Return every figure as plain JSON types; shares are 0 to 1."""
    return {
        "utterances": len(judged),
        "strict": _share([row.is_strict for row in judged]),
        "lenient": _share([row.is_lenient for row in judged]),
        "ece": calibration_error(judged),
        "labels": per_label(judged),
        "confusion": _confusion(judged),
        "worst": _worst(judged, worst),
    }


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def per_label(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Return precision, recall and support of every label that was meant or predicted."""
    meant = Counter(row.label for row in judged)
    said = Counter(row.predicted for row in judged)
    right = Counter(row.label for row in judged if row.is_strict)
    return {
        label: {
            "precision": right[label] / said[label] if said[label] else 0.0,
            "recall": right[label] / meant[label] if meant[label] else 0.0,
            "support": meant[label],
        }
        for label in sorted(meant | said)
    }


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini et al., 2015)."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for row in judged:
        bins[min(_BINS - 1, int(row.confidence * _BINS))].append(row)
    gaps = (
        len(rows)
        * abs(_share([row.is_strict for row in rows]) - sum(row.confidence for row in rows) / len(rows))
        for rows in bins.values()
    )
    return sum(gaps) / len(judged) if judged else 0.0


def _confusion(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in judged:
        table[row.label][row.predicted] += 1
    return {label: dict(counts.most_common()) for label, counts in sorted(table.items())}


def _worst(judged: Sequence[Judged], worst: int) -> list[dict[str, Any]]:
    missed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in judged:
        if not row.is_lenient:
            missed[row.label, row.predicted].append(row.text)
    ranked = sorted(missed.items(), key=lambda item: -len(item[1]))[:worst]
    return [
        {"label": label, "predicted": predicted, "count": len(texts), "examples": texts[:_EXAMPLES]}
        for (label, predicted), texts in ranked
    ]
