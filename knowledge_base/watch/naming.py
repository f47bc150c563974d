"""Finds offerings by their names in a text, longest name first; a hundred thousand texts in seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from core.ids import OfferingId
from core.offering import Offering

_LEAST = 3  # characters: a shorter nickname is too common a word


class Names:
    """Every name of every offering."""

    def __init__(self, offerings: Iterable[Offering]) -> None:
        starts: dict[str, list[tuple[str, OfferingId]]] = defaultdict(list)
        for offering in offerings:
            for name in {offering.name.lower(), *(name.lower() for name in offering.nicknames)}:
                if len(name) >= _LEAST:
                    starts[name[:2]].append((name, offering.id))
        self._starts = {start: sorted(found, key=lambda one: -len(one[0])) for start, found in starts.items()}

    def masked(self, text: str, mask: str) -> tuple[str, list[OfferingId]]:
        """Return a text with `mask` in place of every name, and whose names they were, in order."""
        lower = text.lower()
        if len(lower) != len(text):  # a letter that has no single small one
            lower = text
        parts: list[str] = []
        named: list[OfferingId] = []
        place = kept = 0
        while place < len(text) - 1:
            for name, owner in self._starts.get(lower[place : place + 2], ()):
                if lower.startswith(name, place):
                    parts += (text[kept:place], mask)
                    if owner not in named:
                        named.append(owner)
                    place += len(name)
                    kept = place
                    break
            else:
                place += 1
        return "".join((*parts, text[kept:])), named
