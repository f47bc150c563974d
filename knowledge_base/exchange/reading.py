"""Read a whole file of articles: what can go in, and every row that cannot with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from knowledge_base.exchange import delimited, structured, workbook
from knowledge_base.exchange.article_rows import ArticleEdit, edit_of_entry, edit_of_row, without_repeats
from knowledge_base.exchange.columns import article_column, article_columns
from knowledge_base.exchange.kinds import FileKind, kind_of
from knowledge_base.exchange.problems import Problem
from knowledge_base.exchange.rows import Knows, Table, table_of

Progress = Callable[[int, int | None], None]  # rows read, and how many there seem to be
_T = TypeVar("_T")
_EVERY = 200  # rows between two reports


@dataclass(frozen=True, slots=True)
class ArticleReading:
    """What a file says."""

    edits: tuple[ArticleEdit, ...]
    problems: tuple[Problem, ...]  # the doubts about the doubtful included
    doubtful: tuple[ArticleEdit, ...] = ()  # may go in only where they change nothing
    ignored: tuple[str, ...] = ()  # headings of columns that are none of ours


def read_articles(filename: str, data: bytes, progress: Progress | None = None) -> ArticleReading:
    """Read a file of articles; raises FileRefused where it cannot be read as a whole."""
    kind = kind_of(filename, data)
    if kind is FileKind.YAML:
        entries = structured.yaml_entries(delimited.decode(data))
        edits, doubtful, problems = without_repeats(
            edit_of_entry(line, entry) for line, entry in told(entries, None, progress)
        )
        return ArticleReading(tuple(edits), tuple(problems), tuple(doubtful))
    table = open_table(kind, data)
    columns = article_columns(table.columns)
    rows = told(table.rows, table.expected, progress)
    edits, doubtful, problems = without_repeats(edit_of_row(row, columns) for row in rows)
    ignored = [
        heading for heading, column in zip(table.columns, columns, strict=True) if heading and column is None
    ]
    return ArticleReading(tuple(edits), tuple(problems), tuple(doubtful), tuple(ignored))


def open_table(kind: FileKind, data: bytes, knows: Knows | None = None) -> Table:
    """Open a workbook or a delimited text; `knows` counts known headings, those of articles by default. Raises FileRefused."""
    if kind is FileKind.WORKBOOK:
        raw, expected = workbook.open_workbook(data)
        return table_of(raw, expected, knows is None, knows or _known)
    text = delimited.decode(data)
    raw = delimited.rows_of(text, knows or _known)
    return table_of(raw, text.count("\n"), knows is None, knows or _known)


def _known(headings: Iterable[str]) -> int:
    return sum(article_column(heading) is not None for heading in headings)


def told(rows: Iterable[_T], expected: int | None, progress: Progress | None) -> Iterator[_T]:
    """Pass rows on and report every now and then how many they were."""
    count = 0
    for count, row in enumerate(rows, 1):
        if progress is not None and count % _EVERY == 0:
            progress(count, expected)
        yield row
    if progress is not None:
        progress(count, count)
