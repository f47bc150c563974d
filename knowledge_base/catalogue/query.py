"""A question understood: what is asked of which offering, and which of its tiers are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from knowledge_base.catalogue.model import PRICE, CatalogueOffering, Tier, as_number, fold


class Op(str, Enum):
    """How a constraint compares; the value is how a table of questions writes it."""

    IS = "="
    LOWEST = "min"
    HIGHEST = "max"
    AT_MOST = "<="
    AT_LEAST = ">="
    BELOW = "<"
    ABOVE = ">"


class Compare(str, Enum):
    """What is wanted of two editions named side by side."""

    NONE = ""  # nothing is compared
    SAME = "same"  # are they alike?
    LEAST = "least"  # which has less of it, or costs less?
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One condition on the tiers; numbers are in the catalogue's units, LOWEST and HIGHEST need no value."""

    name: str
    op: Op
    value: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What a question asks for."""

    offering: CatalogueOffering
    properties: tuple[str, ...]
    constraints: tuple[Constraint, ...] = ()
    compare: Compare = Compare.NONE


def answer(query: Query) -> frozenset[str]:
    """Return the set of values that answers a query; empty where the catalogue is silent.

    For a comparison: ``yes`` or ``no``, or the names of the editions that have most or least.
    """
    if query.compare is not Compare.NONE:
        return _compared(query)
    tiers = select(query.offering.tiers, query.constraints)
    found: set[str] = set()
    for name in query.properties:
        own = query.offering.values.get(name, ())
        found.update(own)
        if not own:
            found.update(text for tier in tiers for text in tier.texts(name))
    return frozenset(found)


def select(tiers: Sequence[Tier], constraints: Sequence[Constraint]) -> tuple[Tier, ...]:
    """Return the tiers that meet the constraints; one that no tier meets is passed over.

    Superlatives are taken among what the other constraints leave.
    """
    left = tuple(tiers)
    for constraint in sorted(constraints, key=lambda c: c.op in (Op.LOWEST, Op.HIGHEST)):
        left = matching(left, constraint) or left
    return left


def matching(tiers: Sequence[Tier], constraint: Constraint) -> tuple[Tier, ...]:
    """Return the tiers that meet one constraint."""
    name, op = constraint.name, constraint.op
    if op is Op.IS:
        number = as_number(constraint.value)
        if number is not None and any(tier.number(name) is not None for tier in tiers):
            return tuple(tier for tier in tiers if tier.number(name) == number)
        wanted = fold(constraint.value)
        return tuple(tier for tier in tiers if wanted in tier.folded(name))
    known = [(tier, value) for tier in tiers if (value := tier.number(name)) is not None]
    if op in (Op.LOWEST, Op.HIGHEST):
        extreme = min if op is Op.LOWEST else max
        best = extreme((value for _, value in known), default=0.0)
        return tuple(tier for tier, value in known if value == best)
    bound = as_number(constraint.value)
    if bound is None:
        return ()
    return tuple(tier for tier, value in known if _within(value, op, bound))


def _within(value: float, op: Op, bound: float) -> bool:
    if op is Op.AT_MOST:
        return value <= bound
    if op is Op.AT_LEAST:
        return value >= bound
    return value < bound if op is Op.BELOW else value > bound


# --- two editions side by side -----------------------------------------------------------------------------------


def _compared(query: Query) -> frozenset[str]:
    sides = [
        (constraint.value, matching(query.offering.tiers, constraint)) for constraint in query.constraints
    ]
    if len(sides) < 2 or not query.properties:
        return frozenset()
    name = query.properties[0]
    if query.compare is Compare.SAME:
        return frozenset({"yes" if _alike([tiers for _, tiers in sides], name) else "no"})
    best = [(value, amount) for value, tiers in sides if (amount := _amount(tiers, name)) is not None]
    if not best:
        return frozenset(value for value, _ in sides)
    wanted = (min if query.compare is Compare.LEAST else max)(amount for _, amount in best)
    return frozenset(value for value, amount in best if amount == wanted)


def _alike(sides: Sequence[tuple[Tier, ...]], name: str) -> bool:
    """Say whether editions agree: in their smallest number, or else in a text that they share.

    The same edition named twice means its tiers among themselves.
    """
    if all(side == sides[0] for side in sides):
        return len({tier.texts(name) for tier in sides[0]}) <= 1
    numbers = [
        min((n for tier in side if (n := tier.number(name)) is not None), default=None) for side in sides
    ]
    if any(number is not None for number in numbers):
        return len(set(numbers)) == 1
    texts = [frozenset(text for tier in side for text in tier.texts(name)) for side in sides]
    return bool(frozenset.intersection(*texts)) or not any(texts)


def _amount(tiers: Sequence[Tier], name: str) -> tuple[float, float] | None:
    """Return what an edition has of a property: a price by the month first, where all say how long it pays for."""
    amounts = []
    for tier in tiers:
        number = tier.number(name)
        if number is not None:
            monthly = number / tier.months if name == PRICE and tier.months else number
            amounts.append((round(monthly, 4), number))
    return min(amounts, default=None)
