"""The words of `words.yml`, checked when they are loaded."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from core.errors import StaffError

PATH = Path(__file__).with_name("words.yml")
WORDS: Mapping[str, frozenset[str]] = {
    "welcome": frozenset(),
    "welcome_back": frozenset(),
    "scanned": frozenset(),
    "unknown_menu": frozenset(),
    "show": frozenset(),
    "later": frozenset({"show"}),
    "more_waits": frozenset({"show"}),
    "nothing_waits": frozenset(),
    "notice": frozenset({"show"}),
    "agent_says": frozenset({"name", "text"}),
    "choose_one": frozenset(),
    "rate_by_number": frozenset(),
    "picture": frozenset(),
    "voice": frozenset(),
    "video": frozenset(),
    "link": frozenset({"title", "url"}),
    "location": frozenset({"label"}),
    "unnamed_location": frozenset({"latitude", "longitude"}),
}


@cache
def _loaded() -> Mapping[str, str]:
    return checked(yaml.safe_load(PATH.read_text(encoding="utf-8")))


def checked(loaded: object) -> Mapping[str, str]:
    """Return the words; raise StaffError("wechat.words_invalid") when one is missing, unknown or has unknown fields."""
    if not isinstance(loaded, dict) or set(loaded) != set(WORDS):
        differing = sorted(set(WORDS) ^ set(loaded if isinstance(loaded, dict) else ()))
        raise StaffError("wechat.words_invalid", f"missing or unknown: {', '.join(map(str, differing))}")
    for key, text in loaded.items():
        fields = {name for _, name, _, _ in string.Formatter().parse(str(text)) if name is not None}
        if not str(text).strip() or not fields <= WORDS[key]:
            raise StaffError("wechat.words_invalid", f"{key} is empty or has unknown fields")
    return {str(key): str(text) for key, text in loaded.items()}


def word(key: str, **fields: object) -> str:
    """Return one text with its fields filled in; {show} is the word that asks for what waits."""
    words = _loaded()
    return words[key].format(show=words["show"], **fields)
