"""Files as operators send them, made by hand where no well-meaning program would write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import openpyxl
import pytest

from knowledge_base.exchange.problems import FileRefused
from knowledge_base.exchange.reading import ArticleReading, read_articles

HEADER = ("id", "category", "title", "questions", "answer")
ROW = ("topup-ways", "充值", "怎么充值", "怎么交话费|在哪充话费", "在APP里充值。")


def csv_of(*rows: Sequence[str], header: Sequence[str] = HEADER, mark: str = ",") -> str:
    """Write rows as a simple CSV, without quoting anything."""
    return "\r\n".join(mark.join(row) for row in (header, *rows)) + "\r\n"


def workbook_of(
    *rows: Sequence[Any], header: Sequence[Any] = HEADER, change: Callable[[Any], None] | None = None
) -> bytes:
    """Write rows as a workbook; `change` gets its sheet."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (header, *rows):
        sheet.append(row)
    if change is not None:
        change(sheet)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def repacked(data: bytes, **parts: bytes | None) -> bytes:
    """Return a workbook with parts replaced, added, or (None) taken out; `__` in a name stands for a slash, `_` for a dot."""
    wanted = {name.replace("__", "/").replace("_", "."): body for name, body in parts.items()}
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in wanted:
                new.writestr(name, old.read(name))
        for name, body in wanted.items():
            if body is not None:
                new.writestr(name, body)
    return written.getvalue()


def part_of(data: bytes, name: str) -> bytes:
    """Return a part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def read(data: bytes | str, name: str = "articles.csv") -> ArticleReading:
    """Read a file of articles."""
    return read_articles(name, data.encode() if isinstance(data, str) else data)


def refusal(data: bytes | str, name: str = "articles.csv") -> str:
    """Return the code for which a file is refused as a whole, having seen that it has words."""
    with pytest.raises(FileRefused) as refused:
        read(data, name)
    assert any("一" <= char <= "鿿" for char in refused.value.message)
    return refused.value.reason


def reasons(reading: ArticleReading) -> list[tuple[int, str, str]]:
    """Return row, column and code of every problem, having seen that each has words."""
    assert all(any("一" <= char <= "鿿" for char in problem.message) for problem in reading.problems)
    return [(problem.row, problem.column, problem.code) for problem in reading.problems]


def ids(reading: ArticleReading) -> list[str]:
    """Return the ids of what can go in."""
    return [edit.id for edit in reading.edits]


def lines(texts: Iterable[str]) -> str:
    """Join lines."""
    return "\n".join(texts) + "\n"
