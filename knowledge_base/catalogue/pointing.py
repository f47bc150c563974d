"""Which of several offerings shown a few words point at: 7天的, 包年的呢, 30G那个, 办500兆的."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.offering import Offering
from knowledge_base.catalogue.words import spell

_LEAST = 2  # characters that tell one from the others
_MB_PER_GB, _FEN_PER_YUAN = 1024, 100
_THIS = "这个"
_BEFORE = re.compile(r"(?:那|这)(?:个|款|种)$")
_AFTER = re.compile(r"(?:的那个|那个|的)?")
_SHOWS = re.compile(r"(?:那|就|要|看|看看|我要|我想看|[,，])*这个(?:呢|吧|啊|[?？。])*")
_CUT = re.compile(r"(?<=[\d.])[\d.元gm分天年月]")  # within an amount: 3|0元, 30|g


@dataclass(frozen=True, slots=True)
class Pointed:
    """The offerings pointed at, and the message with 这个 in place of the words that did."""

    offerings: tuple[Offering, ...]
    rest: str
    is_marked: bool  # a 的 or 那个 stands by the words: 夜间的, 那个夜间的

    @property
    def asks_nothing_else(self) -> bool:
        """Say whether the message only points (7天的呢)."""
        return _SHOWS.fullmatch(self.rest) is not None


def pointed_at(text: str, among: Sequence[Offering]) -> Pointed | None:
    """Return what the longest words point at that some of the offerings hold and not all; None where no words do."""
    spelled, told = spell(text), [_told(offering) for offering in among]
    for start, end in _pieces(spelled):
        words = re.compile(
            rf"(?<!\d){re.escape(spelled[start:end])}"
            if spelled[start].isdigit()
            else re.escape(spelled[start:end])
        )
        held = [offering for offering, tells in zip(among, told, strict=True) if words.search(tells)]
        if held and len(held) < len(among):
            before, after = _BEFORE.sub("", spelled[:start]), _AFTER.match(spelled, end)
            is_marked = before != spelled[:start] or (after is not None and after.group() != "")
            return Pointed(tuple(held), before + _THIS + spelled[after.end() if after else end :], is_marked)
    return None


def _pieces(spelled: str) -> Iterator[tuple[int, int]]:
    """Yield every piece of a text, longest first, none that begins or ends within an amount."""
    cut = {hit.start() for hit in _CUT.finditer(spelled)}
    for length in range(len(spelled), _LEAST - 1, -1):
        for start in range(len(spelled) - length + 1):
            if start not in cut and start + length not in cut:
                yield start, start + length


def _told(offering: Offering) -> str:
    """Return what tells an offering from others: its name, price and volume."""
    price = f"{offering.price_fen / _FEN_PER_YUAN:g}元"
    volume = f"{offering.data_mb / _MB_PER_GB:g}g" if offering.data_mb else ""
    return f"{spell(offering.name)} {price} {volume}"
