"""Which offering is meant: names and synonyms compared with a question by characters and by sound."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from knowledge_base.catalogue.lexicon import Lexicon
from knowledge_base.catalogue.mentions import Mention, amounts, editions
from knowledge_base.catalogue.model import BANDWIDTH, DATA, LABEL, PRICE, VOICE, Catalogue, CatalogueOffering
from knowledge_base.catalogue.query import Op
from knowledge_base.catalogue.words import bare, sounds, spell

Floats = NDArray[np.float64]
SIGNALS = ("exact", "matched", "coverage", "heard", "own_name", "label", "tier")
# What a name's signals are worth without any training question: an exact name first, then how much of it is there.
WEIGHTS = np.array([1.0, 1.0, 1.0, 0.6, 0.1, 0.15, 1.2])
_SHARPNESS = 2.0  # half a name found is worth a quarter of it
_LONGEST = 3  # characters of a gram
_UNITS = re.compile(r"\d+(?:\.\d+)?(?:元|g(?![a-z0-9])|m(?![a-z0-9]))?|[a-z]+|.")


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one offering."""

    offering: int  # its position in the catalogue
    text: str  # bare
    is_own: bool
    is_label: bool  # the name a single tier is sold under


class Linker:
    """Scores every offering of a catalogue for a question."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.offerings = catalogue.offerings
        self.names = tuple(_names(self.offerings))
        self._tiers_with: dict[tuple[str, float], set[tuple[int, int]]] = {}
        for position, offering in enumerate(self.offerings):
            for row, tier in enumerate(offering.tiers):
                for name in (PRICE, DATA, VOICE, BANDWIDTH):
                    if (number := tier.number(name)) is not None:
                        self._tiers_with.setdefault((name, number), set()).add((position, row))
        self._owners = np.array([name.offering for name in self.names], dtype=np.int64)
        self._is_own = np.array([name.is_own for name in self.names], dtype=np.float64)
        self._is_label = np.array([name.is_label for name in self.names])
        self._grams = _Grams([(name.offering, _character_grams(name.text)) for name in self.names])
        self._heard = _Grams([(name.offering, _sound_grams(name.text)) for name in self.names])

    def signals(self, question: str) -> Floats:
        """Return (offerings, len(SIGNALS)): for each offering its best name's signals, each in about 0..1."""
        text = bare(question)
        matched, coverage = self._grams.found(_character_grams(text))
        _, heard = self._heard.found(_sound_grams(text))
        exact = np.array([_worth(name.text) if name.text in text else 0.0 for name in self.names])
        found = np.zeros((len(self.offerings), len(SIGNALS)))
        spoken = ~self._is_label
        share = matched / (matched.max() or 1.0) * coverage**_SHARPNESS
        for column, scores in enumerate((exact, share, coverage**_SHARPNESS, heard**_SHARPNESS)):
            np.maximum.at(found[:, column], self._owners[spoken], scores[spoken])
        np.maximum.at(found[:, 4], self._owners, coverage**_SHARPNESS * self._is_own)
        np.maximum.at(found[:, 5], self._owners[~spoken], (share * 0.5 + exact)[~spoken])
        found[:, 6] = self._tier_fits(spell(question))
        return found

    def _tier_fits(self, text: str) -> Floats:
        """Return how well the tiers of each offering explain the amounts and editions that a text names.

        Two that one tier has say much more than one; editions may be of several tiers, as in a comparison.
        """
        fits_found = np.zeros(len(self.offerings))
        said = {m.constraint for m in amounts(text, self._lexicon) if m.constraint.op is Op.IS}
        agreeing: Counter[tuple[int, int]] = Counter()
        for constraint in said:
            agreeing.update(self._tiers_with.get((constraint.name, float(constraint.value)), ()))
        joint = [0] * len(self.offerings)
        for (position, _), count in agreeing.items():
            joint[position] = max(joint[position], count)
        for position, offering in enumerate(self.offerings):
            parts = {m.constraint for m in editions(text, offering) if m.is_sure}
            if joint[position] == 0 and len(said) >= 2:
                fits_found[position] = -1.0  # it is sold, but not for that
            elif count := joint[position] + len(parts):
                explained = 1.0 if joint[position] >= len(said) else 0.6
                fits_found[position] = min(1.0, 0.25 * count**1.6) * explained
        return fits_found

    def mentioned(self, offering: int, question: str, said: Sequence[Mention]) -> list[tuple[int, int]]:
        """Return the spans of a spelled question that name an offering.

        Of several whole names the one that leaves most of what is `said` of tiers outside counts, then the longest;
        where no whole name is there, the pieces of the nearest one, amounts left out.
        """
        names = [name.text for name in self.names if name.offering == offering and not name.is_label]
        whole = [hit.span() for name in names for hit in re.finditer(re.escape(name), question)]
        if whole:
            best = max(whole, key=lambda span: (3 * _left_outside(span, said) + span[1] - span[0], span[0]))
            return [best]
        free = "".join(
            "\0" if any(m.start <= i < m.end for m in said) else char for i, char in enumerate(question)
        )
        found: list[tuple[int, int]] = []
        for name in names:
            blocks = SequenceMatcher(None, free, name, autojunk=False).get_matching_blocks()
            spans = [(block.a, block.a + block.size) for block in blocks if block.size >= 2]
            if sum(end - start for start, end in spans) > sum(end - start for start, end in found):
                found = spans
        return found


def _left_outside(span: tuple[int, int], said: Sequence[Mention]) -> int:
    return len({m.constraint for m in said if m.is_sure and (m.end <= span[0] or span[1] <= m.start)})


class _Grams:
    """Names as weighted sets of grams; a gram that fewer offerings share weighs more."""

    def __init__(self, rows: Sequence[tuple[int, frozenset[str]]]) -> None:
        owners: dict[str, set[int]] = {}
        for owner, grams in rows:
            for gram in grams:
                owners.setdefault(gram, set()).add(owner)
        count = len({owner for owner, _ in rows})
        self._columns = {gram: column for column, gram in enumerate(sorted(owners))}
        weights = [math.log(1 + count / len(owners[gram])) for gram in sorted(owners)]
        cells = [(row, self._columns[gram]) for row, (_, grams) in enumerate(rows) for gram in sorted(grams)]
        self._matrix = csr_matrix(
            (
                [weights[column] for _, column in cells],
                tuple(zip(*cells, strict=True)) if cells else ([], []),
            ),
            shape=(len(rows), len(self._columns)),
        )
        self._totals = np.maximum(np.asarray(self._matrix.sum(axis=1)).ravel(), 1e-9)

    def found(self, grams: Iterable[str]) -> tuple[Floats, Floats]:
        """Return for each row the weight of its grams that are there, and their share of the row."""
        present = np.zeros(len(self._columns))
        present[[self._columns[gram] for gram in grams if gram in self._columns]] = 1.0
        matched: Floats = self._matrix @ present
        return matched, matched / self._totals


def _names(offerings: Sequence[CatalogueOffering]) -> Iterable[Name]:
    for position, offering in enumerate(offerings):
        seen = set()
        for index, name in enumerate(offering.names):
            if (text := bare(name)) and text not in seen:
                seen.add(text)
                yield Name(position, text, is_own=index == 0, is_label=False)
        for label in sorted(
            {text for tier in offering.tiers for text in map(bare, tier.texts(LABEL))} - seen
        ):
            yield Name(position, label, is_own=False, is_label=True)


def _worth(name: str) -> float:
    """Return what finding a whole name is worth: long names can hardly be meant otherwise."""
    return min(1.0, 0.25 + 0.125 * len(name))


def _character_grams(text: str) -> frozenset[str]:
    # An amount is one character here: 100元20g has little in common with 20元20g.
    units = _UNITS.findall(text)
    return frozenset(
        "".join(units[i : i + n]) for n in range(1, _LONGEST + 1) for i in range(len(units) - n + 1)
    )


def _sound_grams(text: str) -> frozenset[str]:
    heard = [s for unit in _UNITS.findall(text) for s in ([unit] if unit[0].isdigit() else sounds(unit))]
    return frozenset(" ".join(heard[i : i + n]) for n in (1, 2, 3) for i in range(len(heard) - n + 1))


def rank(signals: Floats) -> NDArray[np.int64]:
    """Return the offerings, the likeliest first."""
    return np.argsort(-(signals @ WEIGHTS), kind="stable")
