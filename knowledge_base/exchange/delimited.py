"""CSV as people's programs write it: UTF-8 with and without a mark, GBK and GB18030, UTF-16; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from knowledge_base.exchange.limits import MAX_CELL_CHARS
from knowledge_base.exchange.problems import FileRefused
from knowledge_base.exchange.rows import HEADER_WITHIN, Knows, RawRow, is_header

_SEPARATORS = (",", "\t", ";", "，")
_HEADER_CHARS = 20_000  # more of a line is no header, and would be read many times over


def decode(data: bytes) -> str:
    """Return a file's text; raises FileRefused.

    UTF-8 is tried first and strictly: a text in GBK is hardly ever valid UTF-8, while nearly any bytes are valid GB18030.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\x00" in data:
        raise FileRefused("file_nul")
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise FileRefused("file_nul")
        return text
    raise FileRefused("file_encoding")


def rows_of(text: str, knows: Knows) -> Iterator[RawRow]:
    """Yield the rows of a CSV text; a row's number is that of its first line. Raises FileRefused."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, knows))
    csv.field_size_limit(MAX_CELL_CHARS * 64)  # longer cells are told as too long, not as broken
    line = 0
    try:
        for texts in reader:
            yield RawRow(line + 1, texts)
            line = reader.line_num
    except csv.Error as error:
        raise FileRefused("file_broken", str(error)) from error


def _separator(text: str, knows: Knows) -> str:
    """Return the separator by which the header, else the first filled line, shows most known columns, then most columns."""
    filled = (line for line in text.splitlines() if line.strip(" ,;\t，"))
    first = [line[:_HEADER_CHARS] for line in islice(filled, HEADER_WITHIN)] or [""]

    def cells(line: str, separator: str) -> list[str]:
        return next(csv.reader([line], delimiter=separator), [])

    def is_known(line: str) -> bool:
        return any(is_header(cells(line, mark), knows) for mark in _SEPARATORS)

    header = next(filter(is_known, first), first[0])
    return max(_SEPARATORS, key=lambda mark: (knows(cells(header, mark)), len(cells(header, mark))))
