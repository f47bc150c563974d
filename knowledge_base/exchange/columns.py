"""Which column of a table is which field, by the headings that people use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from core.text import normalise
from knowledge_base.exchange.problems import FileRefused

_PATH = Path(__file__).parent / "columns.yml"
_VARIANT = re.compile(r"(?P<field>[^:：@＠（(]+?)\s*(?:[:：]\s*(?P<channel>.+)|[@＠]\s*(?P<region>.+))")
_BRACKETS = re.compile(r"[（(\[【].*?[）)\]】]|\*")
_NUMBERED = re.compile(r"(?P<field>.+)#\d+")  # a list too long for one cell goes on in the next column
_SEVERAL = frozenset({"questions", "held_out"})


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: a field, or the answer's wording for a channel or a region."""

    field: str
    heading: str  # as the file has it
    channel: str = ""
    region: str = ""


@cache
def lexicon() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the headings of the file, by kind and field."""
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    return loaded


def folded(heading: str) -> str:
    """Return a heading as it is compared: without case, spaces, brackets and a star for what is required."""
    return normalise(_BRACKETS.sub("", heading)).replace(" ", "").replace("_", "")


@cache
def _fields(kind: str) -> Mapping[str, str]:
    return {folded(name): field for field, names in lexicon()[kind].items() for name in (field, *names)}


def spoken(heading: str) -> str:
    """Return a heading as an operator says it: a field's own name is code, the first of its headings is not."""
    names = lexicon()["article"].get(heading)
    return names[0] if names else heading


@cache
def article_column(heading: str) -> Column | None:
    """Read a heading of a table of articles; None where it is none we know."""
    if hit := _VARIANT.fullmatch(heading.strip()):
        if _fields("article").get(folded(hit["field"])) != "answer":
            return None
        if hit["region"]:
            return Column("answer", heading, region=hit["region"].strip())
        channel = hit["channel"].strip()
        return Column("answer", heading, channel=_fields("channels").get(folded(channel), channel))
    if (hit := _NUMBERED.fullmatch(heading.strip())) and _fields("article").get(
        folded(hit["field"])
    ) in _SEVERAL:
        return Column(_fields("article")[folded(hit["field"])], heading)
    field = _fields("article").get(folded(heading))
    return Column(field, heading) if field else None


def article_columns(headings: Sequence[str]) -> tuple[Column | None, ...]:
    """Read a header of a table of articles; raises FileRefused where it has no id, or a field twice."""
    found = tuple(article_column(heading) for heading in headings)
    known = [column for column in found if column is not None]
    if "id" not in {column.field for column in known} or len(known) < 2:
        raise FileRefused("file_no_header")
    seen: set[tuple[str, str, str]] = set()
    for column in known:
        key = (column.field, column.channel, column.region)
        if key in seen and column.field not in _SEVERAL:
            raise FileRefused("file_header_twice", column=column.heading)
        seen.add(key)
    return found
