"""What a question says about tiers: amounts with their units, editions, bounds and superlatives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.catalogue.lexicon import Lexicon
from knowledge_base.catalogue.model import (
    BANDWIDTH,
    CITY,
    DATA,
    PART,
    PRICE,
    VOICE,
    CatalogueOffering,
    Tier,
    fold,
)
from knowledge_base.catalogue.query import Constraint, Op, matching

_NUMBER = r"(?<![\d.])(\d+(?:\.\d+)?)"
# Spelled text: 元, g, m are the only units left of their families.
_AMOUNTS = (
    (PRICE, re.compile(_NUMBER + r"元"), 1.0),
    (DATA, re.compile(_NUMBER + r"(?:g|t)(?![a-z])(?!网)"), 1024.0),
    (BANDWIDTH, re.compile(_NUMBER + r"m(?![a-z])(?=[^,，。]{0,4}(?:宽带|光纤|网速|带宽))"), 1.0),
    (BANDWIDTH, re.compile(r"(?:宽带|光纤|网速|带宽)" + r"(\d+)m(?![a-z])"), 1.0),
    (DATA, re.compile(_NUMBER + r"m(?![a-z])"), 1.0),
    (VOICE, re.compile(_NUMBER + r"分钟"), 1.0),
)
_BARE_NUMBER = re.compile(r"(?<![\d.a-z])(\d+(?:\.\d+)?)(?![\d.a-z元年月天日号点]|分钟|小时|个|次|条)")
_PART_TAILS = ("会员", "流量包", "版", "包")
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True, slots=True)
class Mention:
    """One condition that a question may set, and where it says so."""

    constraint: Constraint
    start: int
    end: int
    is_sure: bool = True  # False: a number without a unit, or an edition cut short


def amounts(text: str, lexicon: Lexicon) -> list[Mention]:
    """Return the amounts with units and the superlatives of a spelled text, in order."""
    found: list[Mention] = []
    for name, pattern, factor in _AMOUNTS:
        for hit in pattern.finditer(text):
            if any(m.start < hit.end(1) and hit.start(1) < m.end for m in found):
                continue
            scale = factor * 1024 if hit.group().endswith("t") else factor
            op, start, end = lexicon.bound(text, hit.start(), hit.end())
            value = f"{float(hit.group(1)) * scale:g}"
            found.append(Mention(Constraint(name, op, value), start, end))
    found += [
        Mention(Constraint(name, op), start, end) for name, op, start, end in lexicon.superlatives(text)
    ]
    return sorted(found, key=lambda mention: (mention.start, mention.end))


def mentions(text: str, offering: CatalogueOffering, lexicon: Lexicon) -> list[Mention]:
    """Return every condition on an offering's tiers that a spelled text may set.

    An amount counts where some tier has it, or where it is a bound.
    """
    sure = [m for m in amounts(text, lexicon) if m.constraint.op is not Op.IS or fits(offering.tiers, m)]
    parts = list(editions(text, offering))
    taken = [(m.start, m.end) for m in (*sure, *parts)]
    loose = [m for m in _loose(text, offering) if not any(s < m.end and m.start < e for s, e in taken)]
    return sorted((*sure, *parts, *loose), key=lambda mention: (mention.start, mention.end))


def fits(tiers: Sequence[Tier], mention: Mention) -> bool:
    """Say whether some tier meets a mention."""
    return bool(matching(tiers, mention.constraint))


def editions(text: str, offering: CatalogueOffering) -> Iterator[Mention]:
    """Yield the editions and cities of an offering that a spelled text names, the longest names first."""
    claimed: list[tuple[int, int]] = []
    for name, value, word, is_sure in _edition_words(offering):
        if word not in text:
            continue
        for hit in re.finditer(re.escape(word), text):
            start, end = hit.span()
            if any(s < end and start < e for s, e in claimed) or _inside_a_word(text, word, start):
                continue
            claimed.append((start, end))
            yield Mention(Constraint(name, Op.IS, value), start, end, is_sure=is_sure)


@lru_cache(maxsize=4096)
def _edition_words(offering: CatalogueOffering) -> tuple[tuple[str, str, str, bool], ...]:
    """Return property, value, spelling and whether it is whole: whole names before cut ones, long before short."""
    values = {(PART, fold(value)) for tier in offering.tiers for value in tier.texts(PART)}
    cities = {fold(value) for tier in offering.tiers for value in tier.texts(CITY)}
    if len(cities) > 1:  # a city that all tiers share chooses none
        values |= {(CITY, city) for city in cities}
    words = [(name, value, word, sure) for name, value in values for word, sure in _spellings(value)]
    return tuple(sorted(words, key=lambda entry: (not entry[3], -len(entry[2]), entry)))


def _spellings(value: str) -> Iterator[tuple[str, bool]]:
    """Yield how an edition is written, then how it is cut short: 优酷会员, 优酷."""
    yield value, True
    for tail in _PART_TAILS:
        stem = value.removesuffix(tail)
        if stem != value and len(stem) >= 2:
            yield stem, False


def _inside_a_word(text: str, word: str, start: int) -> bool:
    """Say whether a word only looks like the edition: 年包 inside 半年包."""
    return word.startswith("年") and text[max(0, start - 1) : start] == "半"


def _loose(text: str, offering: CatalogueOffering) -> Iterator[Mention]:
    for hit in _BARE_NUMBER.finditer(text):
        for name in (PRICE, DATA):
            value = float(hit.group(1)) * (1024 if name == DATA else 1)
            mention = Mention(Constraint(name, Op.IS, f"{value:g}"), *hit.span(), is_sure=False)
            if fits(offering.tiers, mention) and not _YEAR.fullmatch(hit.group(1)):
                yield mention
                break
