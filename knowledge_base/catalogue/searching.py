"""What meets the conditions of a search, and, where nothing does, what comes nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer
from knowledge_base.catalogue.conditions import EXTREMES
from knowledge_base.catalogue.model import PRICE, as_number
from knowledge_base.catalogue.published import FIELDS
from knowledge_base.catalogue.query import Constraint, Op, matching, select
from knowledge_base.catalogue.stock import Stock

_WITHOUT = 3.0  # how far off an offering is that has nothing of what is wanted
_FARTHEST = 1.2  # further off (a factor of e to this) is no help


def found(
    places: Sequence[int], said: Sequence[Constraint], asked: Sequence[str], stock: Stock
) -> CatalogueAnswer:
    """Return the offerings among `places` that meet every condition, cheapest first; else the nearest."""
    at = {id(stock.tiers[n]): n for n in places}
    left = tuple(stock.tiers[n] for n in places)
    bounds = [c for c in said if c.op not in EXTREMES]
    for constraint in bounds:
        left = matching(left, constraint)
    left = select(left, [c for c in said if c.op in EXTREMES])
    met = stock.by_price(at[id(tier)] for tier in left)
    named = tuple(dict.fromkeys((PRICE, *(c.name for c in said), *asked)))
    properties = tuple(name for name in named if name in FIELDS)
    return CatalogueAnswer(
        AnswerKind.SEARCH,
        stock.ids(met),
        properties,
        tuple(stock.fact(n, name) for n in met for name in properties),
        constraints=tuple(said),
        nearest=() if met else stock.ids(nearest(places, bounds, stock)),
    )


def nearest(places: Sequence[int], said: Sequence[Constraint], stock: Stock) -> list[int]:
    """Return the offering that misses the conditions by least, and one that misses them in another way.

    Of 50元以内、20G以上 one costs a little more, the other holds a little less.
    """
    missed = {n: _missed(n, said, stock) for n in places}
    off = {n: sum(map(abs, missed[n].values())) for n in places}
    is_exact = all(
        constraint.op is Op.IS for constraint in said
    )  # 20元20G: one of the two is remembered rightly
    ranked = sorted(
        places,
        key=lambda n: (
            (len(missed[n]), PRICE in missed[n]) if is_exact else (),
            off[n],
            stock.offerings[n].price_fen,
        ),
    )
    ways: dict[frozenset[tuple[str, bool]], int] = {}
    for n in ranked:
        if off[n] <= _FARTHEST or (is_exact and len(missed[n]) < len(said)):
            ways.setdefault(frozenset((name, by > 0) for name, by in missed[n].items()), n)
    return list(ways.values())[:2] or ranked[:1]


def _missed(place: int, said: Sequence[Constraint], stock: Stock) -> dict[str, float]:
    """Return by how much an offering misses each condition, as a logarithm: above 0 it has too much."""
    found: dict[str, float] = {}
    for constraint in said:
        wanted, has = as_number(constraint.value), stock.tiers[place].number(constraint.name)
        if wanted is None or matching([stock.tiers[place]], constraint):
            continue
        by = math.log(max(has, 1.0) / max(wanted, 1.0)) if has is not None else -_WITHOUT
        found[constraint.name] = by or (1e-3 if constraint.op is Op.BELOW else -1e-3)
    return found
