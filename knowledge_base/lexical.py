"""What words a text consists of, how rare they are, and what tells texts apart that share most of them."""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.grams import grams
from knowledge_base.thesaurus import Thesaurus, squeeze

Scores = NDArray[np.float32]
Positions = NDArray[np.int64]
Bag = Counter[str]

# A number counts as a whole too: 129 and 1299 share their pairs of digits and are not the same plan.
_NUMBER = re.compile(r"\d{2,}")


def bag_of(text: str, thesaurus: Thesaurus) -> Bag:
    """Return the grams and numbers of one question, counted."""
    return _counted([text], thesaurus)


def bag_of_lines(text: str, thesaurus: Thesaurus) -> Bag:
    """Return the grams and numbers of a text of several lines, counted; none reaches over the end of a line."""
    return _counted(text.split("\n"), thesaurus)


def _counted(lines: Sequence[str], thesaurus: Thesaurus) -> Bag:
    bag = Counter(chain.from_iterable(grams(line, thesaurus) for line in lines))
    for line in lines:
        bag.update(f"={number}" for number in _NUMBER.findall(squeeze(line)))
    return bag


@dataclass(frozen=True, slots=True)
class Weighing:
    """How rare each gram is and how long a row usually is, one for all parts of a knowledge base."""

    vocabulary: Mapping[str, int]
    idf: Scores  # (v,)
    mean_length: float
    rarest: float

    def rarity(self, gram: str) -> float:
        """Return a gram's inverse document frequency; an unknown gram is as rare as the rarest."""
        known = self.vocabulary.get(gram)
        return self.rarest if known is None else float(self.idf[known])

    def reach(self, bag: Bag) -> float:
        """Return what a row with every gram of the question, each once, would about score."""
        return sum(map(self.rarity, bag)) or 1.0

    def save(self, folder: Path, name: str) -> None:
        """Write under a name."""
        np.save(folder / f"{name}-idf.npy", self.idf)
        entry = {"mean_length": self.mean_length, "grams": list(self.vocabulary)}
        (folder / f"{name}-weighing.json").write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, name: str) -> Weighing:
        """Read what `save` wrote."""
        entry = json.loads((folder / f"{name}-weighing.json").read_text(encoding="utf-8"))
        idf = np.load(folder / f"{name}-idf.npy")
        vocabulary = {gram: position for position, gram in enumerate(entry["grams"])}
        return cls(vocabulary, idf, float(entry["mean_length"]), float(idf.max(initial=0.0)))


@dataclass(frozen=True, slots=True)
class Counted:
    """The grams of all rows, counted: row n's lie at starts[n] to starts[n + 1]."""

    vocabulary: Mapping[str, int]
    starts: Positions
    grams: NDArray[np.int32]
    counts: NDArray[np.float32]


class Counting:
    """Counts the grams of rows, one row at a time."""

    def __init__(self) -> None:
        self._vocabulary: dict[str, int] = {}
        self._starts, self._grams, self._counts = array("q", [0]), array("i"), array("f")

    def add(self, bag: Bag) -> None:
        """Count one more row."""
        known = self._vocabulary
        self._grams.extend([known.setdefault(gram, len(known)) for gram in bag])
        self._counts.extend(bag.values())
        self._starts.append(len(self._grams))

    def counted(self) -> Counted:
        """Return what was counted; nothing may be added after."""
        return Counted(
            self._vocabulary,
            np.frombuffer(self._starts, dtype=np.int64),
            np.frombuffer(self._grams, dtype=np.int32) if self._grams else np.empty(0, dtype=np.int32),
            np.frombuffer(self._counts, dtype=np.float32) if self._counts else np.empty(0, dtype=np.float32),
        )


def weighing_of(counted: Counted) -> Weighing:
    """Learn how rare the grams are."""
    total = len(counted.starts) - 1
    seen = np.bincount(counted.grams, minlength=len(counted.vocabulary))
    idf = np.log(1 + (total - seen + 0.5) / (seen + 0.5)).astype(np.float32)
    mean = float(counted.counts.sum()) / max(total, 1)
    return Weighing(counted.vocabulary, idf, mean, float(idf.max(initial=0.0)))


def telling(held: NDArray[np.bool_]) -> Scores:
    """Return, for each of some candidates, its share of the words that tell them apart; the best one's is 1.

    `held` is (candidates, grams of the question). What all of them have says nothing, however rare it is elsewhere:
    among a hundred plans' articles about the same matter only a plan's own name counts.
    """
    sharing = held.sum(axis=0)
    weights = np.where(sharing > 0, np.log(max(len(held), 1) / np.maximum(sharing, 1)), 0.0)
    summed = held @ weights
    shares: Scores = (summed / max(float(summed.max(initial=0.0)), 1e-9)).astype(np.float32)
    return shares
