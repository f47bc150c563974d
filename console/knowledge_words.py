"""The words of `knowledge_words.yml`, checked when they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

from console import FOLDER
from core.errors import StaffError
from core.release_rules import GateLimits

PATH = FOLDER / "knowledge_words.yml"
PROBLEMS = {
    "missing", "too_long", "too_many", "unwritable", "type", "id", "channel", "address", "words", "day", "order", "itself",
    "no_article",
}  # fmt: skip
BREACHES = {*(each.name for each in fields(GateLimits)), "notice"}
REASONS = {"empty", "exact", "sure", "offered", "offered_best_over", "best_over", "unsure", "nothing"}


@dataclass(frozen=True, slots=True)
class KnowledgeWords:
    """What the file says."""

    system: str
    fields: Mapping[str, str]
    problems: Mapping[str, str]
    breaches: Mapping[str, str]
    reasons: Mapping[str, str]


@cache
def knowledge_words(path: Path = PATH) -> KnowledgeWords:
    """Return every text, loaded once; raise StaffError("words.invalid") when one is missing or unknown."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part, wanted in (("problems", PROBLEMS), ("breaches", BREACHES), ("reasons", REASONS)):
        if set(loaded[part]) != wanted:
            differing = ", ".join(sorted(map(str, set(loaded[part]) ^ wanted)))
            raise StaffError("words.invalid", f"{part}: missing or unknown: {differing}")
    return KnowledgeWords(**loaded)
