"""A row or an entry of a file, read as what it says about one article; whatever is wrong with it is a problem in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.text import normalise
from knowledge_base.exchange.article_reader import KEYS, TEXTS, ArticleReader
from knowledge_base.exchange.cells import short
from knowledge_base.exchange.columns import Column, spoken
from knowledge_base.exchange.problems import Problem
from knowledge_base.exchange.rows import Row
from knowledge_base.exchange.structured import UNREADABLE

_MARKUP = "row_markup"  # the editor takes it, as text; of a file it is more likely a mistake


@dataclass(frozen=True, slots=True)
class ArticleEdit:
    """What a file says about an article, as JSON values in the form of the console's API.

    `is_whole` means that what is not said is empty (YAML); else it stays as it is (the columns of a table).
    """

    row: int
    id: str
    values: Mapping[str, Any] = field(hash=False)
    is_whole: bool = False
    doubts: tuple[
        Problem, ...
    ] = ()  # against putting it in, unless it is word for word what is there already


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
    if entry is UNREADABLE:
        return [Problem(line, "", "row_yaml")]
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


def without_repeats(
    read: Iterable[ArticleEdit | list[Problem]],
) -> tuple[list[ArticleEdit], list[ArticleEdit], list[Problem]]:
    """Part what can go in, what can only where it changes nothing, and what is wrong, doubts included.

    Ids used twice in one file are wrong; a question asked twice is a doubt: an operator may have left it so on purpose.
    """
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
    doubtful: list[ArticleEdit] = []
    asked: dict[str, ArticleEdit] = {}
    for edit in edits:
        if len(same := rows[edit.id.lower()]) > 1:  # which of them is meant is not ours to guess
            other = next(row for row in same if row != edit.row) if edit.row in same else same[0]
            problems += [
                Problem(edit.row, "id", "row_duplicate_id", {"value": edit.id, "other": other}),
                *edit.doubts,
            ]
            continue
        texts = [
            edit.values.get("title", ""),
            *edit.values.get("questions", ()),
            *edit.values.get("held_out", ()),
        ]
        owned = {normalise(text): text for text in texts if text}
        doubts = list(edit.doubts)
        twice = next((key for key in owned if key in asked), None)
        if twice is not None:
            fields = {"value": owned[twice], "other": asked[twice].row}
            doubts.append(Problem(edit.row, "questions", "row_question_twice", fields))
        if doubts:
            problems += doubts
            doubtful.append(replace(edit, doubts=tuple(doubts)))
            continue
        asked |= dict.fromkeys(owned, edit)
        good.append(edit)
    return good, doubtful, sorted(problems, key=lambda problem: problem.row)


def _edit(reader: ArticleReader, values: dict[str, Any], is_whole: bool) -> ArticleEdit | list[Problem]:
    article_id = reader.finish(values)
    if any(problem.code != _MARKUP for problem in reader.problems):
        return reader.problems
    return ArticleEdit(reader.row, article_id, values, is_whole, tuple(reader.problems))
