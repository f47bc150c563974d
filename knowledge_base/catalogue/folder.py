"""Read a catalogue from a folder of tables.

``plan_catalogue.jsonl`` has one tier a line: ``entity``, ``tier`` and its columns; a column ``产品_X`` holds property X
of the whole offering. Beside it may lie ``triples.tsv`` (subject, predicate, object: what the rows leave out),
``synonyms.tsv`` (name, synonyms joined by ``|``) and ``scheme.tsv`` (property of an offering, property of a tier, example
value, description, example questions). Several values of one cell are joined by ``|``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import StaffError
from knowledge_base.catalogue.model import PART, Catalogue, CatalogueOffering, PropertyNote, Tier, fold

TIERS = "plan_catalogue.jsonl"
_OFFERINGS_COLUMN = "产品_"
_NO_SYNONYM = {"", "无"}
_PERIODS = (("半年", 6.0), ("季", 3.0), ("年", 12.0), ("月", 1.0))
_MONTHS = re.compile(r"(\d+)个?月")

Table = dict[str, dict[str, list[str]]]


def load_folder(folder: Path) -> Catalogue:
    """Read a catalogue; raises StaffError("catalogue.invalid") naming the file and the reason."""
    tiers: dict[str, list[Tier]] = defaultdict(list)
    values: Table = defaultdict(lambda: defaultdict(list))
    for row in _rows(folder / TIERS):
        tier, shared = _tier(row)
        tiers[str(row["entity"]).strip()].append(tier)
        for name, texts in shared.items():
            _extend(values[str(row["entity"]).strip()][name], texts)
    synonyms = {name: _split(words) for name, words in _cells(folder / "synonyms.tsv", 2)}
    homes = _Homes(tiers, synonyms)
    for subject, predicate, value in _cells(folder / "triples.tsv", 3):
        if "://" not in subject and "://" not in value and (home := homes.of(subject)):
            _extend(values[home][predicate], _split(value))
    names: dict[str, list[str]] = defaultdict(list)
    for name, words in synonyms.items():
        if home := homes.of(name):
            _extend(names[home], ([name] if fold(name) != fold(home) else []) + words)
    offerings = [
        CatalogueOffering(
            name, tuple(names[name]), tuple(rows), {key: tuple(v) for key, v in values[name].items()}
        )
        for name, rows in tiers.items()
    ]
    return Catalogue(offerings, _scheme(folder / "scheme.tsv"))


class _Homes:
    """Finds the offering that a table means where it spells the name another way, or uses an older one."""

    def __init__(self, tiers: Mapping[str, object], synonyms: Mapping[str, list[str]]) -> None:
        self._names = {fold(name): name for name in tiers}
        self._synonyms = {fold(name): words for name, words in synonyms.items()}

    def of(self, name: str) -> str | None:
        if found := self._names.get(fold(name)):
            return found
        stems = [fold(name), *map(fold, self._synonyms.get(fold(name), ()))]
        near = {own for key, own in self._names.items() for stem in stems if key.startswith(stem)}
        return near.pop() if len(near) == 1 else None


def _tier(row: Mapping[str, Any]) -> tuple[Tier, dict[str, list[str]]]:
    own: dict[str, tuple[str, ...]] = {}
    shared: dict[str, list[str]] = {}
    for column, cell in row.items():
        if column in ("entity", "tier") or not (texts := _split(str(cell))):
            continue
        if column.startswith(_OFFERINGS_COLUMN):
            shared[column.removeprefix(_OFFERINGS_COLUMN)] = texts
        else:
            own[column] = tuple(texts)
    return Tier(str(row.get("tier") or row["entity"]), own, months_of("".join(own.get(PART, ())))), shared


def months_of(part: str) -> float | None:
    """Return how many months an edition's name says that it lasts: 半年包 -> 6."""
    if hit := _MONTHS.search(part):
        return float(hit.group(1))
    return next((months for word, months in _PERIODS if re.search(rf"(?<!\d){word}", part)), None)


def _scheme(path: Path) -> Iterator[PropertyNote]:
    for offerings, tiers, _, description, examples in _cells(path, 5):
        if name := tiers or offerings:
            yield PropertyNote(name, description, examples, is_tiers=bool(tiers))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(path, needed=True), 1):
        try:
            row = json.loads(line)
        except ValueError:
            raise StaffError("catalogue.invalid", f"{path.name}, line {number}: not JSON") from None
        if not isinstance(row, dict) or not row.get("entity"):
            raise StaffError("catalogue.invalid", f"{path.name}, line {number}: needs entity")
        yield row


def _cells(path: Path, count: int) -> Iterator[list[str]]:
    """Yield the rows of a table below its header, each with `count` cells."""
    for line in _lines(path)[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        yield (cells + [""] * count)[:count]


def _lines(path: Path, needed: bool = False) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except OSError as error:
        if needed:
            raise StaffError("catalogue.invalid", f"{path.name} cannot be read: {error.strerror}") from None
        return []


def _split(cell: str) -> list[str]:
    return [text for part in cell.split("|") if (text := part.strip()) not in _NO_SYNONYM]


def _extend(into: list[str], texts: list[str]) -> None:
    into.extend(text for text in texts if text not in into)
