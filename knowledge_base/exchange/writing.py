"""Write articles as files: YAML in the shipped form, CSV and Excel for spreadsheets; read back they are the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import openpyxl
import yaml
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from knowledge_base.articles import one_line
from knowledge_base.exchange.article_reader import LISTS
from knowledge_base.exchange.cells import join, join_card
from knowledge_base.exchange.limits import MAX_CELL_CHARS
from knowledge_base.exchange.problems import words
from knowledge_base.exchange.rows import safe_text

_NEEDED = ("id", "category", "title", "questions", "answer")
_OPTIONAL = (
    "held_out", "valid_from", "valid_to", "offerings", "followups", "link_title", "link_url", "image_url", "image_alt",
    "card_title", "card_rows",
)  # fmt: skip
_ROOM = MAX_CELL_CHARS - 1  # beside the mark of a text that looks like a formula
_WIDTHS = {"id": 24, "category": 14, "title": 32, "questions": 60, "answer": 80}
Content = Mapping[str, Any]  # an article in the form of the console's API
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def to_yaml(articles: Iterable[Content]) -> bytes:
    """Write articles in the shipped form, a document for each category."""
    documents: list[dict[str, Any]] = []
    for category, group in groupby(articles, key=lambda content: content["category"]):
        entries = [{key: value for key, value in one.items() if key != "category" and value} for one in group]
        documents.append({"category": category, "articles": entries})
    text = yaml.dump_all(documents, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return bytes(text, "utf-8")


def to_csv(articles: Sequence[Content]) -> bytes:
    """Write articles as CSV in UTF-8 with its mark, as Excel wants it."""
    return csv_bytes(_lines(articles))


def to_workbook(articles: Sequence[Content]) -> bytes:
    """Write articles as an Excel workbook; every cell is a text."""
    return workbook_bytes(words()["sheet_articles"], _lines(articles))


def csv_bytes(lines: Iterable[Sequence[str]]) -> bytes:
    """Write lines of texts as CSV in UTF-8 with its mark."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows(lines)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def workbook_bytes(title: str, lines: Iterator[Sequence[str]]) -> bytes:
    """Write a header and lines of texts as a workbook of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    header = next(lines)
    for place, heading in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(heading, 18)
    sheet.freeze_panes = "B2"
    sheet.append([_cell(sheet, heading, Font(bold=True)) for heading in header])
    for line in lines:
        sheet.append([_cell(sheet, text) for text in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, text: str, font: Font | None = None) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # never a formula, whatever it begins with
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if font is not None:
        cell.font = font
    return cell


def _lines(articles: Sequence[Content]) -> Iterator[list[str]]:
    """Yield the header and a row for each article; optional columns only where some article needs them."""
    channels = sorted({name for one in articles for name in one["channels"]})
    regions = sorted({name for one in articles for name in one["regions"]})
    rows = [_cells(one) for one in articles]
    columns = list(_NEEDED)
    columns += [f"answer:{name}" for name in channels] + [f"answer@{name}" for name in regions]
    columns += [name for name in _OPTIONAL if any(row.get(name) for row in rows)]
    spill = {name: max((len(row[name]) for row in rows), default=1) for name in ("questions", "held_out")}
    header: list[tuple[str, int]] = []
    for name in columns:
        header.append((name, 0))
        header += [(name, part) for part in range(1, spill.get(name, 1))]
    yield [name if part == 0 else f"{name}#{part + 1}" for name, part in header]
    for row in rows:
        yield [
            safe_text(parts[part]) if part < len(parts := row.get(name, [""])) else ""
            for name, part in header
        ]


def _cells(content: Content) -> dict[str, list[str]]:
    """Return the texts of each column, a list going on in further cells where one is too small."""
    cells = {
        name: [content[name] or ""]
        for name in ("id", "category", "title", "answer", "valid_from", "valid_to")
    }
    cells |= {name: _parted(content[name]) for name in LISTS}
    cells |= {f"answer:{name}": [text] for name, text in content["channels"].items()}
    cells |= {f"answer@{name}": [text] for name, text in content["regions"].items()}
    for group, parts in (("link", ("title", "url")), ("image", ("url", "alt"))):
        if content[group]:
            cells |= {f"{group}_{part}": [content[group][part]] for part in parts}
    if content["card"]:
        cells |= {"card_title": [content["card"]["title"]], "card_rows": [join_card(content["card"]["rows"])]}
    return cells


def _parted(texts: Sequence[str]) -> list[str]:
    cells = [""]
    for text in texts:
        joined = join([one_line(text)])
        if cells[-1] and len(cells[-1]) + len(joined) >= _ROOM:
            cells.append("")
        cells[-1] += ("|" if cells[-1] else "") + joined
    return cells
