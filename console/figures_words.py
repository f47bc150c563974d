"""The words of `figures_words.yml`: what each figure is called and how it is counted, checked when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from console import FOLDER
from conversations.figures.rates import RATES
from core.errors import StaffError

VALUES = (
    "conversations",
    "asked",
    "score",
    "wait_p50",
    "wait_p95",
    "first_response_p50",
    "first_response_p95",
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure."""

    name: str
    unit: str  # share, count, score or seconds
    good: str  # up, down or none: which way is better
    words: str


@dataclass(frozen=True, slots=True)
class FigureWords:
    """What the file says."""

    definitions: Mapping[str, Definition]
    tables: Mapping[str, str]
    columns: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]  # channels, topics, reasons

    def named(self, kind: str, code: str) -> str:
        """Return what a channel, topic or reason is called; its code where it has no name."""
        return self.names[kind].get(code, code)


@cache
def figure_words() -> FigureWords:
    """Return every word, loaded once; raise StaffError("words.invalid") where a figure has none."""
    loaded = yaml.safe_load((FOLDER / "figures_words.yml").read_text(encoding="utf-8"))
    if set(loaded["rates"]) != set(RATES) or set(loaded["values"]) != set(VALUES):
        raise StaffError("words.invalid", "figures_words.yml names other figures than are counted")
    entries = {**loaded["values"], **loaded["rates"]}
    return FigureWords(
        definitions={name: Definition(**entry) for name, entry in entries.items()},
        tables=loaded["tables"],
        columns=loaded["columns"],
        names={kind: loaded[kind] for kind in ("channels", "topics", "reasons")},
    )
