"""What customers call the same thing: words and phrases that stand for one concept."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from core.errors import StaffError
from core.offering import Offering
from core.text import normalise

SHIPPED = Path(__file__).parent / "thesaurus.yml"

_NOT_WORD = re.compile(r"[^\w]+|_+")


@lru_cache(maxsize=4_096)  # one question is squeezed for every way it is compared
def squeeze(text: str) -> str:
    """Bring a text to its bare characters: normalised, without spaces and punctuation."""
    return _NOT_WORD.sub("", normalise(text))


class Thesaurus:
    """Finds the concepts of a text; the longest phrase wins over the shorter ones inside it."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        phrases: dict[str, set[str]] = defaultdict(set)
        for concept, names in concepts.items():
            for name in names:
                if bare := squeeze(name):
                    phrases[bare].add(concept)
        self._phrases = {phrase: tuple(sorted(found)) for phrase, found in phrases.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for phrase in self._phrases:
            lengths[phrase[0]].add(len(phrase))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def concepts(self, bare: str) -> list[str]:
        """Return the concepts of a squeezed text, each once, in order of appearance."""
        found: dict[str, None] = {}
        covered = 0
        for start, first in enumerate(bare):
            for length in self._lengths.get(first, ()):
                end = start + length
                if end <= covered:
                    break
                if end <= len(bare) and (concepts := self._phrases.get(bare[start:end])):
                    found.update(dict.fromkeys(concepts))
                    covered = end
                    break
        return list(found)

    def as_dict(self) -> dict[str, list[str]]:
        """Return concept -> phrases, for saving beside a model."""
        concepts: dict[str, list[str]] = defaultdict(list)
        for phrase, names in sorted(self._phrases.items()):
            for name in names:
                concepts[name].append(phrase)
        return dict(concepts)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(self.as_dict(), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, path: Path) -> Thesaurus:
        """Read what `save` wrote."""
        return cls(json.loads(path.read_text(encoding="utf-8")))


def load_thesaurus(offerings: Iterable[Offering] = (), path: Path = SHIPPED) -> Thesaurus:
    """Read the shipped thesaurus and add every offering under its id, with its name and nicknames."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise StaffError("knowledge.invalid", f"{path.name}: must map a concept to its phrases")
    concepts: dict[str, Iterable[str]] = {str(name): str(words).split() for name, words in loaded.items()}
    for offering in offerings:
        concepts[f"offering:{offering.id}"] = (offering.name, *offering.nicknames)
    return Thesaurus(concepts)
