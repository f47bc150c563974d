"""The words of a live question about our own shelves: whom and what for, whether it is personal, what is compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from core.offering import Offering
from knowledge_base.catalogue.lexicon import SHIPPED


@dataclass(frozen=True, slots=True)
class ShopWords:
    """Patterns over spelled text."""

    shelves: Mapping[str, re.Pattern[str]]  # category id -> what customers call it
    segments: Mapping[str, re.Pattern[str]]
    personal: re.Pattern[str]
    versus: re.Pattern[str]
    difference: re.Pattern[str]
    search: re.Pattern[str]
    abroad: re.Pattern[str]
    by_year: re.Pattern[str]
    around: re.Pattern[str]  # what a leaning message may hold beside what it asks
    order: re.Pattern[str]
    get: re.Pattern[str]  # 怎么办, of an offering: how it is got
    cancel: re.Pattern[str]
    unleaning: re.Pattern[str]

    def shelf(self, text: str) -> str | None:
        """Return the category that a text names; the most particular one first, as the file orders them."""
        return next((name for name, pattern in self.shelves.items() if pattern.search(text)), None)

    def is_for_some(self, text: str) -> bool:
        """Say whether a text names for whom something is."""
        return any(pattern.search(text) for pattern in self.segments.values())

    def suits(self, text: str, offering: Offering) -> bool:
        """Say whether an offering is for whom a text names; one that names nobody leaves out what is for some only."""
        wanted = {name for name, pattern in self.segments.items() if pattern.search(text)}
        return bool(wanted & set(offering.segments)) if wanted else not offering.segments


@lru_cache(maxsize=1)
def shop_words() -> ShopWords:
    """Read the words from the lexicon."""
    words: Mapping[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    single = {
        name: re.compile(words[name])
        for name in ("personal", "versus", "difference", "search", "abroad", "by_year")
    }
    single |= {name: re.compile(pattern) for name, pattern in words["leaning"].items()}
    return ShopWords(
        {name: re.compile(pattern) for name, pattern in words["shelves"].items()},
        {name: re.compile(pattern) for name, pattern in words["segments"].items()},
        **single,
    )
