"""What every kind of table is read into: a header and numbered rows of texts, with what is wrong with single cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice

from knowledge_base.exchange.limits import MAX_CELL_CHARS, MAX_COLUMNS, MAX_ROW_NUMBER, MAX_ROWS
from knowledge_base.exchange.problems import FileRefused

Fault = tuple[str, Mapping[str, object]]  # a code of words.yml and what fills it in
Knows = Callable[[Sequence[str]], int]  # how many of some headings are known columns
HEADER_WITHIN = 6  # filled rows: above the header people write what the table is and who keeps it

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n]")  # a text that was marked as one, by us or by hand
_SIGNED_TEXT = re.compile(r"[+\-](?:\s|[^\x00-\x7f]|\d[\d ,.\-]*(?:[^\x00-\x7f%]|%|$))")


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header; `texts` has a text for every column, empty where the cell is."""

    number: int
    texts: tuple[str, ...]
    faults: Mapping[int, Fault] = field(default_factory=dict)  # column -> what is wrong with its cell
    extra: int = 0  # filled cells right of the header


@dataclass(frozen=True, slots=True)
class Table:
    """A header and what stands below it; the rows can be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    expected: int | None = None  # rows, where the file tells


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as its format gives it."""

    number: int
    texts: Sequence[str]
    faults: Mapping[int, Fault] = field(default_factory=dict)


def table_of(
    raw: Iterator[RawRow], expected: int | None = None, is_article: bool = True, knows: Knows | None = None
) -> Table:
    """Take the first row with known headings as the header, else the first that holds anything.

    Raises FileRefused past a limit and without a header.
    """
    filled = _within_limits(raw)
    first = list(islice(filled, HEADER_WITHIN))
    if not first:
        raise FileRefused("file_empty")
    place = next((n for n, row in enumerate(first) if knows is not None and is_header(row.texts, knows)), 0)
    header = first[place]
    columns = tuple(text.strip() for text in header.texts)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not columns or header.faults:
        raise FileRefused("file_no_header" if is_article else "file_no_header_offerings")
    below = chain(first[place + 1 :], filled)
    return Table(columns, (_row(one, len(columns)) for one in below), expected)


def is_header(texts: Sequence[str], knows: Knows) -> bool:
    """Say whether a row is plainly the header: at least two of its cells, and half of them, are known headings."""
    known, filled = knows(texts), sum(bool(text.strip()) for text in texts)
    return known >= 2 and 2 * known >= filled


def _within_limits(raw: Iterator[RawRow]) -> Iterator[RawRow]:
    count = 0
    for row in raw:
        if not any(text.strip() for text in row.texts) and not row.faults:
            continue
        count += 1
        if count > MAX_ROWS + 1 or row.number > MAX_ROW_NUMBER:
            raise FileRefused("file_rows", limit=MAX_ROWS)
        if len(row.texts) > MAX_COLUMNS and any(row.texts[MAX_COLUMNS:]):
            raise FileRefused("file_columns", limit=MAX_COLUMNS)
        yield row


def _row(raw: RawRow, width: int) -> Row:
    texts: list[str] = []
    faults = {column: fault for column, fault in raw.faults.items() if column < width}
    for column, written in enumerate([*raw.texts[:width], *[""] * (width - len(raw.texts))]):
        if column in faults:
            texts.append("")
            continue
        text, fault = read_text(written)
        texts.append(text)
        if fault is not None:
            faults[column] = fault
    extra = sum(bool(text.strip()) for text in raw.texts[width:])
    return Row(raw.number, tuple(texts), faults, extra)


def read_text(written: str) -> tuple[str, Fault | None]:
    """Return a cell's text, trimmed and with plain line ends, and what is wrong with it."""
    if _MARKED.match(written):
        text, is_marked = written[1:], True
    else:
        text, is_marked = written, False
    if len(text) > MAX_CELL_CHARS:
        return "", ("row_too_long", {"count": len(text), "limit": MAX_CELL_CHARS})
    if not is_marked and is_formula(text):
        return "", ("row_formula", {"value": text.lstrip()[:1] or "Tab"})
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROL.search(text):
        return "", ("row_control", {})
    return text, None


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet would compute a text: ``=1+1``, ``@SUM(1)``, ``+1+cmd|…``; ``-5元`` and ``+86 10066`` are texts."""
    if text.startswith(("=", "@")):
        return True
    if text.startswith(("\t", "\r")):
        return bool(text.strip())
    return text.startswith(("+", "-")) and len(text) > 1 and not _SIGNED_TEXT.match(text)


def safe_text(text: str) -> str:
    """Mark a text that a spreadsheet would take for a formula; `read_text` takes the mark off again."""
    return f"'{text}" if re.match(r"'*[=+\-@\t\r\n]", text) else text


def text_of(value: object) -> str:
    """Write a typed cell as the text that stands for it: 59.0 -> 59, a day -> 2026-12-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
