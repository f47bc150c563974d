"""Questions with their true reading, from a file of JSON lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.json_lines import read_json_lines
from knowledge_base.catalogue.model import DATA, Catalogue, CatalogueOffering, as_number, fold
from knowledge_base.catalogue.query import Constraint, Op

_NEEDED = ("question", "property", "entity", "answer")
_SEPARATOR = re.compile(r"[|｜]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One question and what is true of it."""

    text: str
    kind: str  # 属性值, 并列句 or 比较句, where the file says so
    entity: str  # the offering's own name, folded; as written where the catalogue lacks it
    properties: frozenset[str]
    constraints: tuple[Constraint, ...]
    answer: frozenset[str]  # folded values


def load_questions(path: Path, catalogue: Catalogue) -> list[Labelled]:
    """Read questions; raises StaffError("questions.invalid") with the line that cannot be used."""
    return [_labelled(row, catalogue) for row in read_json_lines(path, *_NEEDED)]


def property_name(label: str) -> str:
    """Return a property's own name: ``档位介绍-价格`` -> ``价格``."""
    return label.strip().rpartition("-")[2]


def _labelled(row: Mapping[str, Any], catalogue: Catalogue) -> Labelled:
    offering = catalogue.find(str(row["entity"]))
    names, ops, values = (_cells(row.get(f"constraint_{part}")) for part in ("prop", "op", "value"))
    constraints = tuple(
        canonical(_constraint(name, op, value), offering)
        for name, op, value in zip(names, ops, values, strict=False)
    )
    return Labelled(
        text=str(row["question"]),
        kind=str(row.get("answer_type") or ""),
        entity=fold(offering.name if offering else str(row["entity"])),
        properties=frozenset(property_name(label) for label in _cells(row["property"])),
        constraints=constraints,
        answer=frozenset(fold(value) for value in _cells(row["answer"])),
    )


def _constraint(name: str, op: str, value: str) -> Constraint:
    known = Op(op) if op in {item.value for item in Op} else Op.IS
    return Constraint(property_name(name), known, "" if known in (Op.LOWEST, Op.HIGHEST) else value)


def canonical(constraint: Constraint, offering: CatalogueOffering | None) -> Constraint:
    """Write a constraint's value as the catalogue does: folded, and GB as MB where only that fits the offering."""
    value, number = fold(constraint.value), as_number(constraint.value)
    if constraint.name == DATA and number is not None and offering is not None:
        known = {tier.number(DATA) for tier in offering.tiers}
        if number not in known and number * 1024 in known:
            number *= 1024
    return Constraint(constraint.name, constraint.op, value if number is None else f"{number:g}")


def _cells(cell: object) -> list[str]:
    return [text for part in _SEPARATOR.split(str(cell or "")) if (text := part.strip())]
