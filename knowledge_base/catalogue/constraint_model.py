"""Which of the tier words in a question are conditions, learned: some only belong to the offering's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import FeatureHasher

from knowledge_base.catalogue.mentions import Mention
from knowledge_base.catalogue.model import Catalogue
from knowledge_base.catalogue.query import Constraint, Op
from knowledge_base.catalogue.reading import Reading, outside
from knowledge_base.logistic import fit_logistic

_RIDGE = 0.1
_COLUMNS = 2**14


class ConstraintModel:
    """Says for each mention of a question whether it is a condition."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._hasher = FeatureHasher(_COLUMNS, input_type="string", alternate_sign=False)
        self._of_offerings = frozenset(name for offering in catalogue.offerings for name in offering.values)
        self._weights = np.zeros(_COLUMNS + 1)

    def fit(
        self,
        readings: Sequence[Reading],
        asked: Sequence[Sequence[str]],
        truth: Sequence[Sequence[Constraint]],
    ) -> None:
        """Learn from laid-out questions, what they ask for and the conditions they set."""
        rows, targets = [], []
        for reading, properties, constraints in zip(readings, asked, truth, strict=True):
            for mention in reading.mentions:
                rows.append(self._describe(mention, reading, properties))
                targets.append(mention.constraint in constraints)
        if any(targets) and not all(targets):
            self._weights = fit_logistic(self._rows(rows), np.array(targets), _RIDGE)

    def constraints(self, reading: Reading, properties: Sequence[str]) -> tuple[Constraint, ...]:
        """Return the conditions of a question, one value for each property and comparison."""
        if not reading.mentions:
            return ()
        rows = self._rows([self._describe(m, reading, properties) for m in reading.mentions])
        scores = np.asarray(rows @ self._weights[:-1]).ravel() + self._weights[-1]
        best: dict[tuple[str, Op], tuple[float, Constraint]] = {}
        for mention, score in zip(reading.mentions, scores, strict=True):
            key = (mention.constraint.name, mention.constraint.op)
            if score > 0 and score > best.get(key, (0.0,))[0]:
                best[key] = (float(score), mention.constraint)
        return tuple(sorted((c for _, c in best.values()), key=lambda c: (c.name, c.op.value)))

    def _rows(self, described: Sequence[Sequence[str]]) -> csr_matrix:
        return csr_matrix(self._hasher.transform(described))

    def _describe(self, mention: Mention, reading: Reading, properties: Sequence[str]) -> list[str]:
        name, op = mention.constraint.name, mention.constraint.op.value
        is_outside = outside(mention, reading.name_spans)
        others = {m.constraint.name for m in reading.mentions if m is not mention}
        of_offering = all(p in self._of_offerings for p in properties)
        where = "out" if is_outside else "in"
        text = reading.text
        words = [
            f"name {name}",
            f"op {op}",
            f"where {where}",
            f"name where {name} {where}",
            f"sure {mention.is_sure} {where} {name}",
            f"offering {reading.offering.name} {name} {where}",
            f"value {reading.offering.name} {name} {mention.constraint.value}",
            f"of offering {of_offering}",
            f"of offering where {of_offering} {where}",
            f"several {len(properties)} {where}",
            f"before {name} {text[max(0, mention.start - 1) : mention.start]}",
            f"after {name} {text[mention.end : mention.end + 1]}",
            f"start {mention.start == 0} {where}",
        ]
        return words + [f"beside {name} {where} {other}" for other in sorted(others)]
