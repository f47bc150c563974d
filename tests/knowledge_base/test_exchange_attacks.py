"""What is sent to do harm is refused with its reason, before it costs time or memory."""

from __future__ import annotations

import io
import resource
import zipfile
from typing import Any

import pytest

from knowledge_base.exchange.limits import MAX_BYTES, MAX_ROWS
from tests.knowledge_base.sheets import (
    HEADER,
    ROW,
    csv_of,
    ids,
    lines,
    part_of,
    read,
    reasons,
    refusal,
    repacked,
    workbook_of,
)

SHEET = "xl/worksheets/sheet1.xml"
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
     "=HYPERLINK(http://evil)", "+SUM(A1)", "-A1", "\t=1+1", "=\uff11"],
)  # fmt: skip
def test_a_formula_in_a_csv_is_refused(cell: str) -> None:
    assert reasons(read(csv_of((*ROW[:4], f'"{cell}"')))) == [(2, "answer", "row_formula")]


@pytest.mark.parametrize("cell", ["- 第一步", "-5元", "+86 10066", "-50%", "+流量", "'=1+1是公式"])
def test_a_text_that_only_begins_like_a_formula_goes_in(cell: str) -> None:
    (edit,) = read(csv_of((*ROW[:4], cell))).edits

    assert edit.values["answer"] == cell.removeprefix("'")


def test_a_formula_in_a_workbook_is_refused_and_an_error_value_too() -> None:
    rows = [
        ("a", "c", "t1", "q1", "=1+1"),
        ("b", "c", "t2", "q2", "#REF!"),
        ("c", "c", "t3", "q3", '=HYPERLINK("http://evil","点我")'),
    ]
    reading = read(workbook_of(*rows), "a.xlsx")

    assert reasons(reading) == [
        (2, "answer", "row_cell_formula"),
        (3, "answer", "row_cell_error"),
        (4, "answer", "row_cell_formula"),
    ]


@pytest.mark.parametrize(
    "cell",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "点<a href='javascript:alert(1)'>这里</a>", "<b>重要</b>", "<svg/onload=alert(1)>",
     "< SCRIPT >", "<iframe", "<!-- x -->", "javascript:alert(1)", "第一行<br>第二行"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["title", "questions", "answer"])
def test_html_is_refused_in_every_column(cell: str, column: str) -> None:
    row = {**dict(zip(HEADER, ROW, strict=True)), column: cell}

    assert reasons(read(csv_of(tuple(row.values())))) == [(2, column, "row_markup")]


@pytest.mark.parametrize("cell", ["1<2且3>2", "流量<5GB时", "请打开<云通>APP", "A&amp;B"])
def test_what_only_looks_like_html_goes_in(cell: str) -> None:
    assert ids(read(csv_of((*ROW[:4], cell)))) == ["topup-ways"]


def test_a_zip_bomb_is_refused_by_ratio_and_by_size() -> None:
    big = b'<?xml version="1.0"?><a>' + b" " * 60_000_000 + b"</a>"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bomb = repacked(workbook_of(ROW), xl__sharedStrings_xml=big)
    many = repacked(workbook_of(ROW), **{f"xl__media__x{n}_bin": b"\0" * 4_000_000 for n in range(80)})

    assert len(bomb) < 100_000
    assert refusal(bomb, "a.xlsx") == "file_bomb"
    assert refusal(many, "a.xlsx") == "file_bomb"
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000
    )  # KB, what made the bombs included


def test_stated_sizes_that_lie_do_not_help_a_bomb() -> None:
    bomb = bytearray(repacked(workbook_of(ROW), xl__sharedStrings_xml=b"<a>" + b" " * 9_000_000 + b"</a>"))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as archive:
        stated = archive.getinfo("xl/sharedStrings.xml").file_size.to_bytes(4, "little")
    lying = bytes(bomb).replace(stated, (1000).to_bytes(4, "little"))

    assert refusal(lying, "a.xlsx") == "file_broken"


def test_more_than_the_largest_file_is_refused_unread() -> None:
    assert refusal(b"x" * (MAX_BYTES + 1)) == "file_too_large"


def test_an_external_entity_is_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    book = workbook_of(ROW)
    sheet = part_of(book, SHEET)
    for start in (evil, b"<!--" + b"x" * 300_000 + b"-->" + evil[21:]):
        attacked = repacked(book, xl__worksheets__sheet1_xml=start + sheet.split(b"?>", 1)[-1])
        assert refusal(attacked, "a.xlsx") == "file_entities"


def test_an_entity_in_another_encoding_is_refused() -> None:
    evil = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16")

    assert refusal(repacked(workbook_of(ROW), xl__styles_xml=evil), "a.xlsx") == "file_entities"


def test_macros_are_refused_whatever_the_name() -> None:
    book = repacked(workbook_of(ROW), xl__vbaProject_bin=b"macro")

    assert [refusal(book, name) for name in ("a.xlsm", "a.xlsx", "a.csv")] == ["file_macros"] * 3


def test_password_old_excel_and_renamed_files_are_told_apart() -> None:
    locked = OLD_EXCEL + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le")

    assert refusal(locked, "a.xlsx") == "file_encrypted"
    assert refusal(OLD_EXCEL + b"\0" * 500, "a.xls") == "file_old_excel"
    assert refusal(OLD_EXCEL + b"\0" * 500, "a.xlsx") == "file_old_excel"
    assert refusal(workbook_of(ROW), "a.csv") == "file_renamed_workbook"
    assert refusal(workbook_of(ROW), "a.xls") == "file_renamed_workbook"
    assert refusal(csv_of(ROW), "a.xlsx") == "file_not_workbook"
    assert refusal(b"%PDF-1.7 ...", "a.pdf") == "file_type"
    assert refusal(b"MZ\x90\x00", "setup.exe") == "file_type"
    assert refusal(csv_of(ROW), "noname") == "file_type"


def test_another_kind_of_zip_is_no_workbook() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")

    assert refusal(written.getvalue(), "a.xlsx") == "file_not_workbook"


@pytest.mark.parametrize("cut", [100, 2_000])
def test_half_a_workbook_is_broken(cut: int) -> None:
    assert refusal(workbook_of(ROW)[:cut], "a.xlsx") == "file_broken"


def test_rubbish_inside_a_workbook_is_broken() -> None:
    sheet = part_of(workbook_of(ROW), SHEET)
    for body in (
        b"",
        b"\x00\x01",
        sheet[: len(sheet) // 2],
        sheet.replace(b'r="A1"', b'r="?"'),
        sheet.replace(b'r="1"', b'r="-7"'),
    ):
        assert refusal(repacked(workbook_of(ROW), xl__worksheets__sheet1_xml=body), "a.xlsx") in (
            "file_broken",
            "file_empty",
            "file_no_header",
        )


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is() -> None:
    book = workbook_of(ROW)
    sheet = part_of(book, SHEET)
    lie = sheet.replace(b"A1:E2", b"A1:XFD1048576")
    assert lie != sheet

    assert ids(read(repacked(book, xl__worksheets__sheet1_xml=lie), "a.xlsx")) == ["topup-ways"]


@pytest.mark.parametrize(("place", "code"), [("XFD3", "file_columns"), ("A1048576", "file_rows")])
def test_a_cell_at_the_end_of_the_world_is_refused(place: str, code: str) -> None:
    def far(sheet: Any) -> None:
        sheet[place] = "x"

    assert refusal(workbook_of(ROW, change=far), "a.xlsx") == code


def test_too_many_rows_are_refused() -> None:
    assert refusal(lines(["id,answer", *["x,y"] * (MAX_ROWS + 1)])) == "file_rows"


def test_a_merged_range_over_a_million_rows_is_refused() -> None:
    book = workbook_of(ROW, change=lambda sheet: sheet.merge_cells("B2:B3"))
    wide = part_of(book, SHEET).replace(b'ref="B2:B3"', b'ref="B2:B1048576"')

    assert b"B1048576" in wide
    assert refusal(repacked(book, xl__worksheets__sheet1_xml=wide), "a.xlsx") == "file_rows"


def test_billion_laughs_in_yaml_are_refused() -> None:
    laughs = ["a: &a [x, x, x, x, x, x, x, x, x]"] + [
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]

    assert refusal(lines(laughs), "a.yml") == "file_yaml_alias"


def test_a_python_object_in_yaml_is_refused() -> None:
    text = lines(["category: c", "articles:", "  - !!python/object/apply:os.system ['true']"])

    assert refusal(text, "a.yml") == "file_yaml"


def test_a_deep_hole_in_yaml_is_refused() -> None:
    assert refusal("category: c\narticles: " + "[" * 500 + "]" * 500, "a.yml") == "file_too_deep"


@pytest.mark.parametrize(
    "text", ["articles: [", "category: c\narticles: x", "- 1\n- 2", "x", "category: [a]\narticles: []"]
)
def test_other_yaml_is_refused(text: str) -> None:
    assert refusal(text, "a.yml") in ("file_yaml", "file_yaml_form")


def test_wrong_types_in_yaml_are_told_with_their_line() -> None:
    text = lines(
        [
            "category: c",
            "articles:",
            "  - {id: a, title: [x], questions: y, answer: {z: 1}, valid_to: soon}",
            "  - just text",
            "  - {id: b, colour: red}",
        ]
    )

    assert reasons(read(text, "a.yml")) == [
        (3, "title", "row_type"),
        (3, "questions", "row_type"),
        (3, "answer", "row_type"),
        (3, "valid_to", "row_date"),
        (4, "", "row_type"),
        (5, "", "row_unknown_key"),
    ]


def test_yaml_that_cannot_be_read_is_named_by_its_entry() -> None:
    text = lines(
        [
            "? [a, b]",
            ": c",
            "category: c",
            "articles:",
            "  - {id: a, title: x, questions: [y], answer: z, valid_to: 2026-02-30}",
            "  - {id: b, title: x2, questions: [y2], answer: z, ? [k] : v}",
            "  - {id: c, title: x3, questions: [y3], answer: !!int z}",
            "  - {id: d, title: x4, questions: [y4], answer: z}",
        ]
    )
    reading = read(text, "a.yml")

    assert ids(reading) == ["d"]
    assert reasons(reading) == [(5, "valid_to", "row_date"), (6, "", "row_yaml"), (7, "", "row_yaml")]
    assert "2026-02-30" in reading.problems[0].message


def test_zero_bytes_and_strange_encodings_are_refused() -> None:
    assert refusal(b"id,answer\nx\x00,y\n") == "file_nul"
    assert refusal(b"id,answer\nx,\xff\xff\n") == "file_encoding"


def test_a_control_character_is_refused_in_its_row() -> None:
    assert reasons(read(csv_of((*ROW[:4], "响铃\x07")))) == [(2, "answer", "row_control")]


def test_more_than_200_questions_are_refused() -> None:
    row = ("a", "c", "t", "|".join(f"第{n}种问法" for n in range(201)), "x")

    assert reasons(read(csv_of(row))) == [(2, "questions", "row_questions")]


def test_a_cell_longer_than_excel_allows_is_refused() -> None:
    assert reasons(read(csv_of((*ROW[:4], "长" * 40_000)))) == [(2, "answer", "row_too_long")]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "2026-13-01", "昨天", "12/31", "0", "99999999", "1e400", "00000"]
)
def test_an_impossible_day_is_refused(day: str) -> None:
    assert reasons(read(csv_of((*ROW, day), header=(*HEADER, "valid_to")))) in (
        [(2, "valid_to", "row_date")],
    )


def test_validity_that_ends_before_it_begins_is_refused() -> None:
    row = (*ROW, "2026-05-01", "2026-04-30")

    assert reasons(read(csv_of(row, header=(*HEADER, "valid_from", "valid_to")))) == [
        (2, "valid_to", "row_dates_order")
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil",
        "http://",
        "https://a b",
        "ftp://x",
        'https://x/"onclick="1',
    ],
)
def test_only_web_addresses_are_links(url: str) -> None:
    header = (*HEADER, "link_title", "link_url")
    cell = '"' + url.replace('"', '""') + '"'
    found = reasons(read(csv_of((*ROW, "看这里", cell), header=header)))

    assert (2, "link_url", "row_url") in found or (2, "link_url", "row_markup") in found
