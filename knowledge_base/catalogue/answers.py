"""What the catalogue has to say to a question, for an action to put into words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from core.ids import OfferingId
from knowledge_base.catalogue.query import Compare, Constraint


class AnswerKind(str, Enum):
    """What an answer is about."""

    FACTS = "facts"  # properties of one offering
    COMPARISON = "comparison"  # offerings side by side
    SEARCH = "search"  # the offerings that meet conditions


@dataclass(frozen=True, slots=True)
class Fact:
    """What one offering says about one property."""

    offering: OfferingId
    property: str
    field: str  # the field of core.offering.Offering behind it
    values: tuple[str, ...]  # as published, numbers in yuan, MB, minutes; empty: its tariff does not say


@dataclass(frozen=True, slots=True)
class CatalogueAnswer:
    """An answer that follows from the published catalogue alone."""

    kind: AnswerKind
    offerings: tuple[OfferingId, ...]  # FACTS: one; COMPARISON: as named; SEARCH: cheapest first
    properties: tuple[str, ...]  # what was asked for, the surest first
    facts: tuple[Fact, ...]
    constraints: tuple[Constraint, ...] = ()  # what the question required
    nearest: tuple[OfferingId, ...] = ()  # SEARCH without a result: what misses it by least
    compare: Compare = Compare.NONE
    best: tuple[OfferingId, ...] = ()  # COMPARISON: who has least or most
    is_same: bool | None = (
        None  # COMPARISON: whether they agree; None where that was not asked or is not known
    )


@dataclass(frozen=True, slots=True)
class CatalogueChoices:
    """Several offerings may be meant: ask which."""

    offerings: tuple[OfferingId, ...]
    properties: tuple[str, ...]  # what was asked, to be answered once one is chosen
