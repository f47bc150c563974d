"""Offerings set side by side: 星享39和59有什么区别, the second named by nothing but what differs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer
from knowledge_base.catalogue.model import BANDWIDTH, DATA, PRICE, VOICE
from knowledge_base.catalogue.naming import Named
from knowledge_base.catalogue.published import FIELDS, family
from knowledge_base.catalogue.query import Compare
from knowledge_base.catalogue.shop import ShopWords
from knowledge_base.catalogue.stock import Stock

_COMPARED = (PRICE, DATA, VOICE)
_MOST = 4  # side by side in one message
_SHORT = re.compile(r"(?<![\d.a-z])(\d+(?:\.\d+)?)(元|g|m)?(?![\d.a-z年月天日号点岁个人次条]|分钟)")
_FIGURES = {"元": (PRICE, 1.0), "g": (DATA, 1024.0), "m": (BANDWIDTH, 1.0), None: (PRICE, 1.0)}


def sides(text: str, named: Sequence[Named], words: ShopWords, stock: Stock) -> list[Named]:
    """Return what a spelled text sets side by side, in order; a name may be cut down to its figure (59元, 59的, 那个59)."""
    whole = [name for name in named if len(name.positions) == 1]
    family_named = [n for name in named if len(name.positions) > 1 for n in name.positions]
    around = family_named or [n for name in whole for n in name.positions]
    shelf = words.shelf(text)
    categories = {stock.offerings[n].category.value for n in around} or ({shelf} if shelf else set())
    found = list(whole)
    for hit in _SHORT.finditer(text):
        if any(name.start < hit.end() and hit.start() < name.end for name in named):
            continue
        if (place := _meant(hit, categories, around, stock)) is not None:
            found.append(Named(hit.start(), hit.end(), (place,)))
    distinct = {name.positions: name for name in reversed(found)}
    return sorted(distinct.values(), key=lambda name: name.start)[:_MOST]


def _meant(hit: re.Match[str], categories: set[str], around: Sequence[int], stock: Stock) -> int | None:
    """Return the one offering of a shelf that a figure means: of the same family first, and what is still sold."""
    name, factor = _FIGURES[hit[2]]
    wanted = float(hit[1]) * factor
    fitting = [
        n
        for n, offering in enumerate(stock.offerings)
        if offering.category.value in categories and stock.tiers[n].number(name) == wanted
    ]
    families = {family(stock.offerings[n].name) for n in around}
    related = [n for n in fitting if family(stock.offerings[n].name) in families]
    sold = stock.offered(related or fitting, None)
    left = sold or related or fitting
    return left[0] if len(left) == 1 else None


def compared(pair: Sequence[int], asked: Sequence[str], how: Compare, stock: Stock) -> CatalogueAnswer:
    """Return offerings side by side, and who has least or most of what was asked."""
    properties = tuple(name for name in asked if name in FIELDS and name != "业务简介")[:1]
    best, is_same = _judged(pair, properties[0], how, stock) if properties else ((), None)
    return CatalogueAnswer(
        AnswerKind.COMPARISON,
        stock.ids(pair),
        properties,
        tuple(stock.fact(n, name) for name in properties or _COMPARED for n in pair),
        compare=how,
        best=stock.ids(best),
        is_same=is_same,
    )


def _judged(
    pair: Sequence[int], name: str, how: Compare, stock: Stock
) -> tuple[tuple[int, ...], bool | None]:
    texts = [stock.tiers[n].texts(name) for n in pair]
    if not all(texts):
        return (), None
    if how is Compare.SAME:
        return (), len(set(texts)) == 1
    known = {n: number for n in pair if (number := stock.amount(n, name)) is not None}
    if how is Compare.NONE or len(known) < len(pair):
        return (), len(set(texts)) == 1
    wanted = (min if how is Compare.LEAST else max)(known.values())
    return tuple(n for n, number in known.items() if number == wanted), None
