"""Read a whole file of offerings: a table with columns of any name, JSON rows, or TMF620."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from core.text import normalise
from knowledge_base.exchange import delimited
from knowledge_base.exchange.columns import folded, lexicon
from knowledge_base.exchange.kinds import FileKind, kind_of
from knowledge_base.exchange.limits import MAX_COLUMNS, MAX_DEPTH, MAX_ROWS
from knowledge_base.exchange.offering_rows import OfferingEdit, edit_of_offering_row, edit_of_tmf
from knowledge_base.exchange.problems import FileRefused, Problem
from knowledge_base.exchange.reading import Progress, open_table, told
from knowledge_base.exchange.rows import RawRow, Table, table_of, text_of

_OF_THE_WHOLE = "产品_"  # before a column that holds for all tiers of an offering
_TMF = frozenset({"productOfferingPrice", "lifecycleStatus"})


@dataclass(frozen=True, slots=True)
class OfferingReading:
    """What a file says, and as what its columns were read (heading -> field, empty where not at all)."""

    edits: tuple[OfferingEdit, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]


def read_offerings(
    filename: str, data: bytes, columns: Mapping[str, str] | None = None, progress: Progress | None = None
) -> OfferingReading:
    """Read a file of offerings; `columns` overrules how columns are understood. Raises FileRefused."""
    kind = kind_of(filename, data, is_article=False)
    if kind in (FileKind.JSON, FileKind.JSON_LINES):
        entries = _entries(delimited.decode(data), kind)
        if any(isinstance(entry, Mapping) and _TMF & set(entry) for _, entry in entries):
            read = [edit_of_tmf(row, entry) for row, entry in told(entries, len(entries), progress)]
            edits, problems = _without_repeats(read)
            return OfferingReading(tuple(edits), tuple(problems), {})
        table = _table_of_json(entries)
    else:
        table = open_table(kind, data, known_headings)
    mapped = _mapped(table.columns, columns or {})
    if not {"name", "family"} & {name for _, name in mapped}:
        raise FileRefused("file_no_header_offerings")
    rows = told(table.rows, table.expected, progress)
    edits, problems = _without_repeats(edit_of_offering_row(row, mapped) for row in rows)
    return OfferingReading(tuple(edits), tuple(problems), dict(mapped))


def _mapped(headings: Sequence[str], overruled: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (heading, field) for every column; where several are one field's, the one that names it best has it."""
    best: dict[str, tuple[int, int]] = {}  # field -> how far down its names the heading stands, and its place
    for place, heading in enumerate(headings):
        if heading not in overruled and (found := _fields().get(_folded(heading))):
            name, rank = found
            best[name] = min(best.get(name, (rank, place)), (rank, place))
    for name in overruled.values():
        best.pop(name, None)
    chosen = {place: name for name, (_, place) in best.items()}
    return [
        (heading, overruled.get(heading, chosen.get(place, ""))) for place, heading in enumerate(headings)
    ]


@cache
def _fields() -> Mapping[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for field, names in lexicon()["offering"].items():
        for rank, name in enumerate((field, *names)):
            found.setdefault(folded(name), (field, rank))
    return found


def _folded(heading: str) -> str:
    return folded(heading.removeprefix(_OF_THE_WHOLE))


def known_headings(headings: Iterable[str]) -> int:
    """Count the headings that are a field's."""
    return sum(_folded(heading) in _fields() for heading in headings)


def _without_repeats(
    read: Iterable[OfferingEdit | list[Problem]],
) -> tuple[list[OfferingEdit], list[Problem]]:
    good: list[OfferingEdit] = []
    problems: list[Problem] = []
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    for one in read:
        if not isinstance(one, OfferingEdit):
            problems += one
            continue
        name = normalise(str(one.values.get("name", "")))
        if name in names:
            fields = {"value": one.values["name"], "other": names[name]}
            problems.append(Problem(one.row, "", "row_name_twice", fields))
        elif one.id in ids:
            problems.append(Problem(one.row, "", "row_duplicate_id", {"value": one.id, "other": ids[one.id]}))
        else:
            good.append(one)
            names[name] = ids[one.id] = one.row
    return [_with_family(one, good, names) for one in good], problems


def _with_family(
    one: OfferingEdit, all_of_them: Sequence[OfferingEdit], names: Mapping[str, int]
) -> OfferingEdit:
    """Let the only edition of something go by its name, too."""
    values = dict(one.values)
    family = str(values.pop("family", ""))
    alone = sum(other.values.get("family") == family for other in all_of_them) == 1
    if family and alone and normalise(family) not in names:
        values["nicknames"] = list(dict.fromkeys((*values.get("nicknames", ()), family)))
    return replace(one, values=values)


def _entries(text: str, kind: FileKind) -> list[tuple[int, Any]]:
    """Return (row, entry) of a JSON list, of an object that holds one, or of a file of lines."""
    if kind is FileKind.JSON_LINES:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        entries = [(number, _json(line, number)) for number, line in lines]
    else:
        found = _json(text, 1)
        if isinstance(found, Mapping) and not _TMF & set(found):
            lists = [value for value in found.values() if isinstance(value, list)]
            found = lists[0] if len(lists) == 1 else found
        entries = list(enumerate(found if isinstance(found, list) else [found], 1))
    if len(entries) > MAX_ROWS:
        raise FileRefused("file_rows", limit=MAX_ROWS)
    if not entries or not all(isinstance(entry, dict) for _, entry in entries):
        raise FileRefused("file_json_form")
    return entries


def _json(text: str, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FileRefused("file_json", line=line + error.lineno - 1, why=error.msg) from error
    except (RecursionError, ValueError) as error:
        raise FileRefused("file_too_deep", limit=MAX_DEPTH) from error


def _table_of_json(entries: Sequence[tuple[int, Mapping[str, Any]]]) -> Table:
    headings = list(dict.fromkeys(str(key) for _, entry in entries for key in entry))
    if len(headings) > MAX_COLUMNS:
        raise FileRefused("file_columns", limit=MAX_COLUMNS)

    def rows() -> Iterator[RawRow]:
        yield RawRow(0, headings)
        for row, entry in entries:
            yield RawRow(row, [_cell(entry.get(heading)) for heading in headings])

    return table_of(rows(), len(entries), is_article=False)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return "|".join(text_of(one) for one in value)
    return text_of(value)
