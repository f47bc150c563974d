"""Files of articles as people's programs write them are read as they are meant."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.knowledge_base.sheets import HEADER, ROW, csv_of, ids, lines, read, reasons, refusal, workbook_of

CHINESE = ("编号", "分类", "标题", "相似问", "答案")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding(encoding: str) -> None:
    (edit,) = read(csv_of(ROW, header=CHINESE).encode(encoding)).edits

    assert (edit.id, edit.values["title"], edit.values["questions"]) == (
        "topup-ways",
        "怎么充值",
        ["怎么交话费", "在哪充话费"],
    )


def test_short_gbk_file_is_not_taken_for_utf8() -> None:
    (edit,) = read(csv_of(("a", "充", "充", "充", "鑫")).encode("gbk")).edits

    assert edit.values["answer"] == "鑫"


def test_rare_characters_need_gb18030() -> None:
    (edit,) = read(csv_of((*ROW[:4], "请到㐂茶镇营业厅，找𠮷先生")).encode("gb18030")).edits

    assert edit.values["answer"] == "请到㐂茶镇营业厅，找𠮷先生"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separator_is_noticed(mark: str) -> None:
    assert ids(read(csv_of(ROW, mark=mark))) == ["topup-ways"]


def test_separator_is_noticed_where_answers_are_full_of_commas() -> None:
    (edit,) = read(csv_of((*ROW[:4], "a,b,c,d,e,f"), mark=";")).edits

    assert edit.values["answer"] == "a,b,c,d,e,f"


def test_quoted_cells_hold_lines_and_row_numbers_are_those_of_the_file() -> None:
    reading = read('id,category,title,questions,answer\na,c,t,q,"第一行\r\n第二行"\n\nb,,t2,q2,x\n')

    assert reading.edits[0].values["answer"] == "第一行\n第二行"
    assert reasons(reading) == [(5, "category", "row_empty")]
    assert reading.problems[0].message == "没有填分类。"  # the heading is code, the reason is not


def test_headings_may_be_spelled_freely_and_unknown_columns_are_named() -> None:
    reading = read(
        csv_of(
            (*ROW, "微信版", "广东版", "x"),
            header=("ID ", "分类*", "标题（必填）", "相似问法", "答案", "答案：微信", "answer@广东", "备注"),
        )
    )

    assert reading.edits[0].values["channels"] == {"wechat": "微信版"}
    assert reading.edits[0].values["regions"] == {"广东": "广东版"}
    assert reading.ignored == ("备注",)


def test_a_bar_inside_a_question_is_written_with_a_backslash() -> None:
    (edit,) = read(csv_of(("a", "c", "t", r"甲\|乙|丙｜丁", "x"))).edits

    assert edit.values["questions"] == ["甲|乙", "丙", "丁"]


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-12-31", "2026-12-31"), ("2026/1/5", "2026-01-05"), ("2026年12月31日", "2026-12-31"), ("20261231", "2026-12-31"),
     ("46387", "2026-12-31"), ("2026-12-31 00:00:00", "2026-12-31"), ("长期有效", None), ("", None)],
)  # fmt: skip
def test_days_are_read_however_they_are_written(written: str, day: str | None) -> None:
    (edit,) = read(csv_of((*ROW, written), header=(*HEADER, "valid_to"))).edits

    assert edit.values["valid_to"] == day


def test_typed_cells_of_a_workbook_are_texts_and_days() -> None:
    row = (10086, "热线", "客服热线", "客服电话", 10086.0, date(2026, 12, 31), datetime(2026, 1, 5))  # noqa: DTZ001 - as openpyxl takes it
    (edit,) = read(workbook_of(row, header=(*HEADER, "失效日期", "生效日期")), "a.xlsx").edits

    assert (edit.id, edit.values["answer"]) == ("10086", "10086")
    assert (edit.values["valid_from"], edit.values["valid_to"]) == ("2026-01-05", "2026-12-31")


def test_a_category_merged_over_rows_holds_for_each_of_them() -> None:
    rows = [
        ("a", "充值", "标题一", "问一", "答"),
        ("b", None, "标题二", "问二", "答"),
        ("c", "账单", "标题三", "问三", "答"),
    ]
    reading = read(workbook_of(*rows, change=lambda sheet: sheet.merge_cells("B2:B3")), "a.xlsx")

    assert [edit.values["category"] for edit in reading.edits] == ["充值", "充值", "账单"]


def test_empty_rows_and_empty_columns_are_passed_over() -> None:
    def scatter(sheet: Any) -> None:
        for column, text in zip("ABCDE", ("z", "c", "t9", "q9", "a9"), strict=True):
            sheet[f"{column}900"] = text

    reading = read(workbook_of((), ROW, (), change=scatter), "a.xlsx")

    assert [(edit.row, edit.id) for edit in reading.edits] == [(3, "topup-ways"), (900, "z")]


def test_a_table_with_few_columns_changes_only_those() -> None:
    (edit,) = read("编号,失效日期\ntopup-ways,2026-12-31\n").edits

    assert (edit.values, edit.is_whole) == ({"valid_to": "2026-12-31"}, False)


def test_yaml_in_the_shipped_form_is_whole_and_may_have_several_categories() -> None:
    text = lines(
        ["category: 充值", "articles:", "  - id: a", "    title: 标题", "    questions: [问]", "    answer: 答", "    valid_to: 2026-12-31",
         "---", "category: 账单", "articles:", "  - {id: b, title: 账单, questions: [账单], answer: 答, channels: {wechat: 短}}"]
    )  # fmt: skip
    first, second = read(text, "all.yml").edits

    assert (first.row, first.values["category"], first.values["valid_to"], first.is_whole) == (
        3,
        "充值",
        "2026-12-31",
        True,
    )
    assert (second.values["category"], second.values["channels"]) == ("账单", {"wechat": "短"})


def test_an_id_used_twice_is_refused_in_every_row_that_uses_it() -> None:
    reading = read(
        csv_of(ROW, ("b", *ROW[1:2], "另一个", "另问", "答"), (ROW[0], "充值", "第三个", "三问", "答"))
    )

    assert ids(reading) == ["b"]
    assert reasons(reading) == [(2, "id", "row_duplicate_id"), (4, "id", "row_duplicate_id")]
    assert "第4行" in reading.problems[0].message


def test_a_question_asked_by_two_rows_is_refused_in_the_second() -> None:
    reading = read(csv_of(ROW, ("b", "充值", "另一个", "怎麼交話費", "答")))

    assert ids(reading) == ["topup-ways"]
    assert reasons(reading) == [(3, "questions", "row_question_twice")]


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    row = ("bad id", "", "t", "q", "x", "31.12", "ftp://x", "y")
    reading = read(csv_of(row, header=(*HEADER, "valid_to", "link_url", "answer:qq")))

    assert reasons(reading) == [
        (2, "id", "row_id"),
        (2, "category", "row_empty"),
        (2, "valid_to", "row_date"),
        (2, "link_url", "row_url"),
        (2, "answer:qq", "row_channel"),
        (2, "link", "row_empty"),
    ]


def test_what_is_written_above_the_header_is_passed_over() -> None:
    banner = (("客服知识整理表（七月）",), ("整理人：", "王", "充值组"), ())
    table = ("编号", "分类", "标题", "相似问", "答案")
    reading = read(workbook_of(*banner[1:], table, ROW, header=banner[0]), "a.xlsx")
    written = read("客服知识整理表；七月\n\n" + csv_of(ROW, header=table, mark="\t"))

    assert [(edit.row, edit.id) for edit in reading.edits] == [(5, "topup-ways")]
    assert [(edit.row, edit.id) for edit in written.edits] == [(4, "topup-ways")]


@pytest.mark.parametrize(
    "cell",
    [
        "怎么交话费\n在哪充话费\n话费怎么充",
        "1、怎么交话费\n2、在哪充话费\n3、话费怎么充",
        "怎么交话费|在哪充话费\r\n话费怎么充",
    ],
)
def test_questions_written_below_each_other_in_one_cell_are_several(cell: str) -> None:
    (edit,) = read(workbook_of((*ROW[:3], cell, ROW[4])), "a.xlsx").edits

    assert edit.values["questions"] == ["怎么交话费", "在哪充话费", "话费怎么充"]


def test_a_number_that_is_part_of_a_question_stays() -> None:
    (edit,) = read(workbook_of((*ROW[:3], "1.5G流量够用吗\n2.5G是什么", ROW[4])), "a.xlsx").edits

    assert edit.values["questions"] == ["1.5G流量够用吗", "2.5G是什么"]


def test_a_remark_below_the_table_is_one_problem_of_its_row() -> None:
    reading = read(csv_of(("", *ROW), ("注：仅供内部使用", *[""] * 5), header=("序号", *HEADER)))

    assert (ids(reading), reasons(reading)) == (["topup-ways"], [(3, "", "row_nothing")])


def test_cells_beyond_the_header_are_told() -> None:
    assert reasons(read(csv_of((*ROW, "多", "了")))) == [(2, "", "row_extra_cells")]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "file_empty"), (" \r\n,,,\r\n", "file_empty"), ("1,2,3\n4,5,6\n", "file_no_header"), ("标题,答案\nx,y\n", "file_no_header"),
     ("id,标题,title\n", "file_header_twice")],
)  # fmt: skip
def test_a_file_without_a_header_of_ours_is_refused(text: str, code: str) -> None:
    assert refusal(text) == code


def test_two_filled_sheets_are_refused_an_empty_one_is_not() -> None:
    two = workbook_of(ROW, change=lambda sheet: sheet.parent.create_sheet("说明").append(["请看"]))
    one = workbook_of(ROW, change=lambda sheet: sheet.parent.create_sheet("Sheet2"))

    assert refusal(two, "a.xlsx") == "file_sheets"
    assert ids(read(one, "a.xlsx")) == ["topup-ways"]
