"""How people ask for a property, set bounds and compare: our own phrasings, read from ``lexicon.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.catalogue.query import Compare, Op

SHIPPED = Path(__file__).parent / "lexicon.yml"


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way of asking for a property."""

    name: str  # the property
    pattern: re.Pattern[str]
    weight: float


class Lexicon:
    """Phrasings of properties, bounds, superlatives and comparisons, over spelled text."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        verbs = words["verbs"]
        self._names = {name: tuple(entry.get("names", ())) for name, entry in words["properties"].items()}
        self.examples = {
            name: tuple(entry.get("examples", ())) for name, entry in words["properties"].items()
        }
        self.phrasings = tuple(
            Phrasing(name, re.compile(_filled(pattern, verbs)), float(weight))
            for name, entry in words["properties"].items()
            for weight, patterns in entry["asked"].items()
            for pattern in patterns
        )
        self._bounds = [(Op(op), where, re.compile(p)) for op, where, p in words["bounds"]]
        self._superlatives = [(name, Op(op), re.compile(p)) for name, op, p in words["superlatives"]]
        self._comparisons = [(Compare(kind), re.compile(p)) for kind, p in words["comparisons"]]

    def names_of(self, name: str) -> tuple[str, ...]:
        """Return what else a property is called."""
        return self._names.get(name, ())

    def asked(self, text: str) -> dict[str, float]:
        """Return, for each property, the weight of its strongest phrasing in a spelled text."""
        found: dict[str, float] = {}
        for phrasing in self.phrasings:
            if phrasing.weight > found.get(phrasing.name, 0.0) and phrasing.pattern.search(text):
                found[phrasing.name] = phrasing.weight
        return found

    def where_asked(self, text: str) -> Iterator[tuple[str, float, int, int]]:
        """Yield every phrasing found: property, weight, start, end."""
        for phrasing in self.phrasings:
            for hit in phrasing.pattern.finditer(text):
                if hit.end() > hit.start():
                    yield phrasing.name, phrasing.weight, *hit.span()

    def bound(self, text: str, start: int, end: int) -> tuple[Op, int, int]:
        """Return how an amount at `start`..`end` is meant, and the span with the words that say so."""
        for op, where, pattern in self._bounds:
            if where == "after" and (hit := pattern.match(text, end)):
                return op, start, hit.end()
            if where == "before":
                before = [hit for hit in pattern.finditer(text[:start]) if hit.end() == start]
                if before:
                    return op, before[0].start(), end
        return Op.IS, start, end

    def superlatives(self, text: str) -> Iterator[tuple[str, Op, int, int]]:
        """Yield what is wanted least or most of: property, LOWEST or HIGHEST, start, end."""
        for name, op, pattern in self._superlatives:
            if hit := pattern.search(text):
                yield name, op, *hit.span()

    def comparison(self, text: str) -> Compare:
        """Return how two things named in a spelled text are compared."""
        return next((kind for kind, pattern in self._comparisons if pattern.search(text)), Compare.NONE)


def _filled(pattern: str, verbs: Mapping[str, str]) -> str:
    for name, words in verbs.items():
        pattern = pattern.replace(f"{{{name}}}", words)
    return pattern


@lru_cache(maxsize=4)
def load_lexicon(path: Path = SHIPPED) -> Lexicon:
    """Read a lexicon."""
    return Lexicon(yaml.safe_load(path.read_text(encoding="utf-8")))
