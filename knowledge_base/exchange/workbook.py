"""Rows of an Excel workbook, read as a stream: typed cells, merged ones, formulas and errors noticed, sizes not believed."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import error as ZlibError

import openpyxl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl.utils.cell import range_boundaries

from knowledge_base.exchange.archive import check_workbook
from knowledge_base.exchange.limits import MAX_COLUMNS, MAX_ROW_NUMBER
from knowledge_base.exchange.problems import FileRefused
from knowledge_base.exchange.rows import Fault, RawRow, text_of

_MOST_MERGED = 20_000  # ranges


@dataclass(frozen=True, slots=True)
class Merged:
    """A range of cells shown as one, by columns and rows from 1."""

    left: int
    top: int
    right: int
    bottom: int


def open_workbook(data: bytes) -> tuple[Iterator[RawRow], int | None]:
    """Return the rows of the only filled sheet and about how many they are; raises FileRefused."""
    check_workbook(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts we do not read: pictures, conditional formats
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet, stated = _only_sheet(book)
    except FileRefused:
        raise
    except DefusedXmlException as error:
        raise FileRefused("file_entities", str(error)) from error
    except Exception as error:  # openpyxl raises whatever a broken part happens to cause
        raise FileRefused("file_broken", f"{type(error).__name__}: {error}") from error
    expected = stated - 1 if stated is not None and 1 < stated <= MAX_ROW_NUMBER else None
    return _rows(sheet, _merged(data, sheet)), expected


def _only_sheet(book: Any) -> tuple[Any, int | None]:
    """Return the only sheet that holds anything, and the number of rows it states."""
    filled = []
    for sheet in [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets:
        stated = sheet.max_row
        sheet.reset_dimensions()  # the stated size is not believed: every row would be filled up to it
        if any(cell.value is not None for row in _first(sheet.iter_rows(), 1_000) for cell in row):
            filled.append((sheet, stated))
    if not filled:
        raise FileRefused("file_empty")
    if len(filled) > 1:
        raise FileRefused("file_sheets", count=len(filled))
    return filled[0]


def _first(rows: Iterator[Any], most: int) -> Iterator[Any]:
    for _, row in zip(range(most), rows, strict=False):
        yield row


def _rows(sheet: Any, merged: dict[int, list[Merged]]) -> Iterator[RawRow]:
    held: dict[Merged, tuple[str, Fault | None]] = {}
    try:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if len(cells) > MAX_COLUMNS and any(cell.value is not None for cell in cells[MAX_COLUMNS:]):
                raise FileRefused("file_columns", limit=MAX_COLUMNS)
            texts: list[str] = []
            faults: dict[int, Fault] = {}
            for column, cell in enumerate(cells[:MAX_COLUMNS]):
                text, fault = _cell(cell)
                texts.append(text)
                if fault is not None:
                    faults[column] = fault
            if any(texts) or faults:  # a merged cell alone makes no row
                _fill(number, texts, faults, merged, held)
            yield RawRow(number, texts, faults)
    except FileRefused:
        raise
    except DefusedXmlException as error:
        raise FileRefused("file_entities", str(error)) from error
    except (
        zipfile.BadZipFile,
        ZlibError,
        ValueError,
        KeyError,
        IndexError,
        SyntaxError,
        EOFError,
        TypeError,
    ) as error:
        raise FileRefused("file_broken", f"{type(error).__name__}: {error}") from error


def _cell(cell: Any) -> tuple[str, Fault | None]:
    if cell.value is None:
        return "", None
    if cell.data_type == "f":
        return "", ("row_cell_formula", {})
    if cell.data_type == "e":
        return "", ("row_cell_error", {"value": str(cell.value)})
    return text_of(cell.value), None


def _fill(
    number: int,
    texts: list[str],
    faults: dict[int, Fault],
    merged: dict[int, list[Merged]],
    held: dict[Merged, tuple[str, Fault | None]],
) -> None:
    """Give every row below the first of a merged range its text; a range over columns keeps it in the first one."""
    for area in merged.get(number, ()):
        column = area.left - 1
        if number == area.top or area not in held:
            held[area] = (texts[column] if column < len(texts) else "", faults.get(column))
            continue
        texts.extend([""] * (column + 1 - len(texts)))
        if not texts[column]:
            texts[column], fault = held[area]
            if fault is not None:
                faults[column] = fault


def _merged(data: bytes, sheet: Any) -> dict[int, list[Merged]]:
    """Return the merged ranges of several rows, by each row they cover: the streaming reader leaves them out."""
    found: dict[int, list[Merged]] = {}
    count = covered = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(sheet._worksheet_path) as stream:
            for _, element in iterparse(stream, events=("end",), forbid_dtd=True):
                if element.tag.endswith("}mergeCell"):
                    left, top, right, bottom = (
                        int(edge or 0) for edge in range_boundaries(element.get("ref", "A1"))
                    )
                    count, covered = count + 1, covered + bottom - top
                    if count > _MOST_MERGED or covered > MAX_ROW_NUMBER:
                        raise FileRefused("file_rows", limit=MAX_ROW_NUMBER)
                    if bottom > top and left <= MAX_COLUMNS:
                        area = Merged(left, top, right, bottom)
                        for row in range(top, bottom + 1):
                            found.setdefault(row, []).append(area)
                if not element.tag.endswith("}mergeCells"):
                    element.clear()
    except DefusedXmlException as error:
        raise FileRefused("file_entities", str(error)) from error
    except (SyntaxError, ValueError, TypeError, zipfile.BadZipFile, ZlibError, EOFError) as error:
        raise FileRefused("file_broken", str(error)) from error
    return found
