"""What is wrong with a file or a row, and the words for it in `words.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from core.errors import StaffError

_PATH = Path(__file__).parent / "words.yml"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot go in."""

    row: int  # as the file counts them, from 1; of YAML and JSON the line or the place in the list
    column: str  # as the file heads it; empty for the whole row
    code: str  # of words.yml
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> str:
        """The reason in words for the operator."""
        return words()[self.code].format(**self.fields)


class FileRefused(StaffError):
    """The file as a whole cannot be read; `message` is the reason in words for the operator."""

    def __init__(self, code: str, detail: str = "", **fields: object) -> None:
        self.reason, self.message = code, words()[code].format(**fields)
        super().__init__("import.refused", detail or code, message=self.message)


@cache
def words() -> Mapping[str, str]:
    """Return every reason by its code."""
    loaded: dict[str, str] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    return loaded
