"""The words of `words.yml`: what a refusal says to staff."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import yaml

from console import FOLDER
from core.errors import AppError, UpstreamError

_FIELD = re.compile(r"\{(\w+)\}")


@cache
def words() -> dict[str, str]:
    """Return every text by its code, loaded once."""
    loaded = yaml.safe_load((FOLDER / "words.yml").read_text(encoding="utf-8"))
    return {str(code): str(text) for code, text in loaded.items()}


def error_words(error: AppError) -> str:
    """Return what an error says; a code without words is as much a failure of ours as any other."""
    code = "upstream" if isinstance(error, UpstreamError) else error.code
    text = words().get(code, words()["internal"])
    return text.format_map(defaultdict(str, {name: str(value) for name, value in error.fields.items()}))


def fields_of(code: str) -> frozenset[str]:
    """Return the names a text fills in."""
    return frozenset(_FIELD.findall(words()[code].replace("{{", "").replace("}}", "")))
