"""What both readers share: a question laid out with its offering's name and its tiers' words marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_base.catalogue.lexicon import Lexicon
from knowledge_base.catalogue.linking import Linker
from knowledge_base.catalogue.mentions import Mention, mentions
from knowledge_base.catalogue.model import PART, CatalogueOffering
from knowledge_base.catalogue.query import Compare, Constraint

NAME = "E"  # stands for the offering's name in a masked text
TIER = "T"  # stands for an amount or an edition


@dataclass(frozen=True, slots=True)
class Reading:
    """A spelled question read as being about one offering."""

    text: str
    offering: CatalogueOffering
    name_spans: tuple[tuple[int, int], ...]
    mentions: tuple[Mention, ...]
    masked: str  # the text with NAME and TIER in place of what they stand for
    compare: Compare


def read(text: str, position: int, linker: Linker, lexicon: Lexicon) -> Reading:
    """Lay out a spelled text as a question about the offering at `position`."""
    offering = linker.offerings[position]
    found = mentions(text, offering, lexicon)
    spans = linker.mentioned(position, text, found)
    masked = mask(text, spans, [(m.start, m.end) for m in found if m.is_sure])
    compared = sum(m.constraint.name == PART for m in found) >= 2
    compare = lexicon.comparison(masked) if compared else Compare.NONE
    return Reading(text, offering, tuple(spans), tuple(found), masked, compare)


def mask(text: str, names: Sequence[tuple[int, int]], tiers: Sequence[tuple[int, int]]) -> str:
    """Put NAME and TIER in place of spans; a name wins where the two overlap, and what is masked twice in a row once."""
    marks = list(text)
    for spans, mark in ((tiers, TIER), (names, NAME)):
        for start, end in spans:
            marks[start:end] = [mark] * (end - start)
    kept = [char for i, char in enumerate(marks) if char not in (NAME, TIER) or marks[i - 1 : i] != [char]]
    return "".join(kept)


def outside(mention: Mention, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether a mention lies outside all spans."""
    return all(mention.end <= start or end <= mention.start for start, end in spans)


def sides(reading: Reading) -> tuple[Constraint, ...]:
    """Return the editions that a comparison sets side by side, in order of appearance; one named twice counts twice."""
    named = [m.constraint for m in reading.mentions if m.constraint.name == PART]
    free = [
        m.constraint for m in reading.mentions if m.constraint.name == PART and outside(m, reading.name_spans)
    ]
    return tuple((free if len(free) >= 2 else named)[:2])
