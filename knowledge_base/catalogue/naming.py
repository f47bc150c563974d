"""Which of our offerings a live question names outright: whole names, nicknames, families, and slips of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.offering import Offering
from knowledge_base.catalogue.published import family
from knowledge_base.catalogue.words import sounds, spell

_PACK = re.compile(r"(?<=..)(?:定向)?流量包$")
_SHORTEST = 2  # characters of a name
_SHORTEST_HEARD = 4  # characters of a name that may be found by its sound
# What is left of a nickname without its amount may be a word for the whole shelf.
_SHELVES = frozenset(["套餐", "流量包", "宽带", "会员", "卡", "业务", "包", "活动", "流量"])


@dataclass(frozen=True, slots=True)
class Named:
    """One name found in a spelled text, and every offering that goes by it."""

    start: int
    end: int
    positions: tuple[int, ...]


class Naming:
    """Finds names of offerings; the longest wins over those inside it."""

    def __init__(self, offerings: Sequence[Offering]) -> None:
        names: dict[str, set[int]] = {}
        families: dict[str, set[int]] = {}
        for position, offering in enumerate(offerings):
            for name in (offering.name, *offering.nicknames):
                _add(names, spell(name), position)
                _add(families, spell(family(name)), position)
                _add(families, _cut(spell(family(name))), position)
        for name, members in families.items():
            if name not in _SHELVES and name not in names:
                names[name] = members
        self._names = {name: tuple(sorted(positions)) for name, positions in names.items()}
        self._longest = max(map(len, self._names), default=0)
        self._heard: dict[str, set[int]] = {}
        for name, positions in self._names.items():
            if len(name) >= _SHORTEST_HEARD:
                self._heard.setdefault(" ".join(sounds(name)), set()).update(positions)

    def named(self, text: str) -> list[Named]:
        """Return the names in a spelled text in order; one offering named twice is found once."""
        return _distinct(list(self._whole(text)) or list(self._by_sound(text)))

    def _whole(self, text: str) -> Iterator[Named]:
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + self._longest), start + _SHORTEST - 1, -1):
                positions = self._names.get(text[start:end], ())
                if positions and not _cuts_a_number(text, start):
                    yield Named(start, end, positions)
                    start = end - 1
                    break
            start += 1

    def _by_sound(self, text: str) -> Iterator[Named]:
        heard = sounds(text)
        if len(heard) != len(text):
            return
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + self._longest), start + _SHORTEST_HEARD - 1, -1):
                if (positions := self._heard.get(" ".join(heard[start:end]))) and not _cuts_a_number(
                    text, start
                ):
                    yield Named(start, end, tuple(sorted(positions)))
                    start = end - 1
                    break
            start += 1


def _cut(name: str) -> str:
    """Return how a data pack is called for short: 音乐定向流量包 and 音乐流量包 -> 音乐包."""
    return _PACK.sub("包", name)


def _cuts_a_number(text: str, start: int) -> bool:
    """Say whether a name would begin inside a number: 9元套餐 in 59元套餐."""
    return start > 0 and text[start].isdigit() and (text[start - 1].isdigit() or text[start - 1] == ".")


def _add(names: dict[str, set[int]], name: str, position: int) -> None:
    if len(name) >= _SHORTEST:
        names.setdefault(name, set()).add(position)


def _distinct(found: list[Named]) -> list[Named]:
    kept: list[Named] = []
    for name in found:
        if not any(set(name.positions) <= set(other.positions) for other in kept):
            kept = [other for other in kept if not set(other.positions) < set(name.positions)] + [name]
    return kept
