"""A row or an entry of a file, read as what it says about one article; whatever is wrong with it is a problem in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.text import normalise
from knowledge_base.exchange.article_reader import KEYS, TEXTS, ArticleReader
from knowledge_base.exchange.cells import short
from knowledge_base.exchange.columns import Column, spoken
from knowledge_base.exchange.problems import Problem
from knowledge_base.exchange.rows import Row


@dataclass(frozen=True, slots=True)
class ArticleEdit:
    """What a file says about an article, as JSON values in the form of the console's API.

    `is_whole` means that what is not said is empty (YAML); else it stays as it is (the columns of a table).
    """

    row: int
    id: str
    values: Mapping[str, Any] = field(hash=False)
    is_whole: bool = False


def edit_of_row(row: Row, columns: Sequence[Column | None]) -> ArticleEdit | list[Problem]:
    """Read a row of a table."""
    reader = ArticleReader(row.number)
    known = [place for place, column in enumerate(columns) if column is not None]
    if not any(row.texts[place] or place in row.faults for place in known):
        return [Problem(row.number, "", "row_nothing", {})]  # a remark below the table
    if row.extra:
        reader.wrong("", "row_extra_cells", count=row.extra)
    values: dict[str, Any] = {}
    for place, column in enumerate(columns):
        if column is None:
            continue
        if place in row.faults:
            code, fields = row.faults[place]
            reader.wrong(column.heading, code, **fields)
            continue
        reader.cell(column, row.texts[place], values)
    return _edit(reader, values, is_whole=False)


def edit_of_entry(line: int, entry: object) -> ArticleEdit | list[Problem]:
    """Read an article of a YAML file."""
    reader = ArticleReader(line)
    if not isinstance(entry, Mapping):
        return [Problem(line, "", "row_type", {"wanted": "一篇文章", "value": short(entry)})]
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in KEYS:
            reader.wrong("", "row_unknown_key", value=short(key))
            continue
        reader.value(str(key), value, values)
    for name in (*TEXTS, "questions"):
        if name not in values and not reader.problems:
            reader.wrong(name, "row_empty", column=spoken(name))
    return _edit(reader, values, is_whole=True)


def without_repeats(read: Iterable[ArticleEdit | list[Problem]]) -> tuple[list[ArticleEdit], list[Problem]]:
    """Part what can go in from what cannot; ids used twice and questions asked twice in one file cannot."""
    edits: list[ArticleEdit] = []
    problems: list[Problem] = []
    rows: dict[str, list[int]] = {}
    for one in read:
        if isinstance(one, ArticleEdit):
            edits.append(one)
            rows.setdefault(one.id.lower(), []).append(one.row)
        else:
            problems += one
    good: list[ArticleEdit] = []
    asked: dict[str, ArticleEdit] = {}
    for edit in edits:
        if len(same := rows[edit.id.lower()]) > 1:  # which of them is meant is not ours to guess
            other = next(row for row in same if row != edit.row) if edit.row in same else same[0]
            problems.append(Problem(edit.row, "id", "row_duplicate_id", {"value": edit.id, "other": other}))
            continue
        texts = [
            edit.values.get("title", ""),
            *edit.values.get("questions", ()),
            *edit.values.get("held_out", ()),
        ]
        owned = {normalise(text): text for text in texts if text}
        twice = next((key for key in owned if key in asked), None)
        if twice is not None:
            fields = {"value": owned[twice], "other": asked[twice].row}
            problems.append(Problem(edit.row, "questions", "row_question_twice", fields))
            continue
        asked |= dict.fromkeys(owned, edit)
        good.append(edit)
    return good, sorted(problems, key=lambda problem: problem.row)


def _edit(reader: ArticleReader, values: dict[str, Any], is_whole: bool) -> ArticleEdit | list[Problem]:
    article_id = reader.finish(values)
    return reader.problems or ArticleEdit(reader.row, article_id, values, is_whole)
