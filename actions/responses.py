"""The topics' responses for what is said outside a turn: settlements, text messages, evidence of what was shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from conversations.model import Button, Content
from core.errors import StaffError

TOPICS = Path(__file__).resolve().parent.parent / "bot" / "topics"
_FIELD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


class Responses:
    """Every response of the topic files, by name."""

    def __init__(self, folder: Path = TOPICS) -> None:
        self._by_name: dict[str, Mapping[str, Any]] = {}
        for path in sorted(folder.rglob("*.yml")):
            found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            for name, variants in (found.get("responses") or {}).items():
                self._by_name[name] = variants[0]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def names(self) -> frozenset[str]:
        """Return the names of all responses."""
        return frozenset(self._by_name)

    def text(self, name: str, /, **fields: object) -> str:
        """Return a response's text with its fields filled in; raise StaffError when it has none."""
        if name not in self._by_name:
            raise StaffError("responses.missing", name)
        return _fill(str(self._by_name[name].get("text", "")), fields)

    def content(self, name: str, /, **fields: object) -> Content:
        """Return a response as a message: text, buttons and card, their fields filled in."""
        text, found = self.text(name, **fields), self._by_name[name]
        buttons = tuple(
            Button(_fill(str(b["title"]), fields), _fill(str(b["payload"]), fields))
            for b in found.get("buttons") or ()
        )
        return Content(text, buttons, _fill_all(found["custom"], fields) if "custom" in found else None)


def _fill_all(value: Any, fields: Mapping[str, object]) -> Any:
    if isinstance(value, dict):
        return {key: _fill_all(inner, fields) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill_all(inner, fields) for inner in value]
    return _fill(value, fields) if isinstance(value, str) else value


def _fill(text: str, fields: Mapping[str, object]) -> str:
    filled = _FIELD.sub(lambda hit: str(fields.get(hit.group(1), hit.group())), text)
    return filled.replace("{{", "{").replace("}}", "}")


@cache
def responses() -> Responses:
    """Return the product's responses, loaded once."""
    return Responses()
