"""Any operator's catalogue is read: its columns understood, its amounts and days, and what is wrong with it told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bss.sandbox.catalogue import load_offerings
from core.tmf_offering import to_tmf
from knowledge_base.content.offerings import read_offerings as from_values
from knowledge_base.content.offerings import written_offerings
from knowledge_base.exchange.offering_cells import (
    EMPTY,
    cells_of,
    offering_of,
    offerings_csv,
    offerings_json,
    offerings_workbook,
)
from knowledge_base.exchange.offering_reading import OfferingReading, read_offerings
from knowledge_base.exchange.problems import FileRefused
from tests.knowledge_base.sheets import csv_of, lines, workbook_of

HEADER = ("套餐名称", "月费", "国内流量", "国内语音", "办理方式")
ROW = ("畅越冰淇淋129元", "129元/月", "30GB", "500分钟", "发送BQL到10010")


def one(*cells: str, header: tuple[str, ...]) -> dict[str, Any]:
    """Return what a table of one row says."""
    (edit,) = read(csv_of(cells, header=header)).edits
    return dict(edit.values)


def read(text: str, name: str = "a.csv", columns: dict[str, str] | None = None) -> OfferingReading:
    return read_offerings(name, text.encode(), columns)


def test_an_operators_table_is_understood_by_its_headings() -> None:
    values = one(*ROW, header=HEADER)

    assert (values["name"], values["price_fen"], values["period"], values["category"]) == (
        "畅越冰淇淋129元",
        12900,
        "month",
        "plan",
    )
    assert (values["data_mb"], values["voice_min"], values["subscribe"]) == (30720, 500, "发送BQL到10010")


@pytest.mark.parametrize(
    ("price", "fen", "period"),
    [("59", 5900, "month"), ("59.9元", 5990, "month"), ("¥8/天", 800, "day"), ("360元/年", 36000, "year"), ("免费", 0, "month"), ("20元/次", 2000, "once")],
)  # fmt: skip
def test_prices_are_read_however_they_are_written(price: str, fen: int, period: str) -> None:
    values = one("星星套餐", price, header=("名称", "价格"))

    assert (values["price_fen"], values["period"]) == (fen, period)


@pytest.mark.parametrize(
    ("heading", "volume", "data_mb"), [("流量", "20GB", 20480), ("流量", "500M", 500), ("流量", "1.5G", 1536), ("流量(GB)", "20", 20480), ("流量", "5120", 5120)]
)  # fmt: skip
def test_volumes_are_read_in_their_units(heading: str, volume: str, data_mb: int) -> None:
    assert one("星星套餐", "1", volume, header=("名称", "价格", heading))["data_mb"] == data_mb


@pytest.mark.parametrize(
    ("name", "category"),
    [("流量加油包20元", "data"), ("千兆宽带", "broadband"), ("香港漫游日包", "roaming"), ("亲情副卡", "subcard"), ("大王卡", "plan"), ("来电提醒", "vas"), ("国内语音包", "voice")],
)  # fmt: skip
def test_the_shelf_is_guessed_from_the_name(name: str, category: str) -> None:
    assert one(name, "1", header=("名称", "价格"))["category"] == category


def test_tiers_of_json_lines_become_offerings_and_the_only_edition_goes_by_its_family() -> None:
    rows = [
        {"entity": "甲卡", "tier": "甲卡_0", "产品名称": "甲卡尊享版", "价格": "39", "流量": "5120", "开通方式": "发1", "产品_结转规则": "可结转", "下线时间": "20991231"},
        {"entity": "乙包", "tier": "乙包_0", "子业务": "月包", "价格": "5", "下线时间": "20191031"},
        {"entity": "乙包", "tier": "乙包_1", "子业务": "年包", "价格": "50"},
    ]  # fmt: skip
    first, second, third = read(
        lines(json.dumps(row, ensure_ascii=False) for row in rows), "plan.jsonl"
    ).edits

    assert (
        first.values["name"],
        first.values["nicknames"],
        first.values["carry_over"],
        first.values["valid_to"],
    ) == ("甲卡尊享版", ["甲卡"], "可结转", None)
    assert (second.values["name"], third.values["name"]) == ("乙包月包", "乙包年包")
    assert "nicknames" not in second.values
    assert second.values["valid_to"] == "2019-10-31T16:00:00+00:00"


def test_columns_can_be_read_another_way() -> None:
    reading = read(
        csv_of(("甲", "39", "好"), header=("名称", "标价", "评语")),
        columns={"标价": "price", "评语": "description"},
    )

    assert (reading.edits[0].values["price_fen"], reading.edits[0].values["description"]) == (3900, "好")
    assert reading.columns == {"名称": "name", "标价": "price", "评语": "description"}


def test_the_heading_that_names_a_field_best_has_it() -> None:
    assert (
        read(csv_of(("甲", "1", "8640", "30天"), header=("名称", "价格", "有效期", "有效期规则"))).columns[
            "有效期"
        ]
        == ""
    )


def test_what_cannot_be_read_is_told_with_row_column_and_reason() -> None:
    header = ("名称", "价格", "流量", "语音", "分类", "在售", "下线时间", "编号")
    reading = read(csv_of(("甲", "很贵", "无限", "多", "家电", "也许", "改天", "a b"), header=header))

    assert [(p.row, p.column, p.code) for p in reading.problems] == [
        (2, "编号", "row_id"),
        (2, "分类", "row_category"),
        (2, "价格", "row_price"),
        (2, "流量", "row_volume"),
        (2, "语音", "row_minutes"),
        (2, "在售", "row_flag"),
        (2, "下线时间", "row_date"),
    ]
    assert all(any("一" <= char <= "鿿" for char in p.message) for p in reading.problems)


@pytest.mark.parametrize("price", ["-5", "1e9999", "59.999", "99999999999", "5元5", "NaN", "½"])
def test_an_impossible_price_is_refused(price: str) -> None:
    (problem,) = read(csv_of(("甲", price), header=("名称", "价格"))).problems

    assert problem.code in ("row_price", "row_formula")


def test_one_name_twice_is_refused_and_markup_too() -> None:
    reading = read(
        csv_of(("甲", "1", ""), ("甲", "2", ""), ("乙", "3", "<img src=x>"), header=("名称", "价格", "简介"))
    )

    assert [(p.row, p.code) for p in reading.problems] == [(3, "row_name_twice"), (4, "row_markup")] or [
        (p.row, p.code) for p in reading.problems
    ] == [(4, "row_markup"), (3, "row_name_twice")]


def test_tmf620_is_read_as_it_is_and_what_is_none_is_told() -> None:
    shipped = load_offerings()
    nodes: list[Any] = [to_tmf(offering) for offering in shipped]
    reading = read(
        json.dumps([*nodes, {"id": "x", "lifecycleStatus": "Active"}, 7][: len(nodes) + 1]), "tmf.json"
    )

    assert [from_values([edit.values])[0] for edit in reading.edits] == list(shipped)
    assert [(p.row, p.code) for p in reading.problems] == [(len(nodes) + 1, "row_tmf")]


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [("{", "a.json", "file_json"), ("[" * 100_000, "a.json", "file_too_deep"), ("[1]", "a.json", "file_json_form"), ("[]", "a.json", "file_json_form"),
     ('{"a": 1}\n{', "a.jsonl", "file_json"), ("价格,流量\n1,2\n", "a.csv", "file_no_header_offerings"), ("category: x", "a.yml", "file_type_offerings"),
     ('[{"价格": "1"}]', "a.json", "file_no_header_offerings")],
)  # fmt: skip
def test_a_file_that_is_no_catalogue_is_refused(text: str, name: str, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(text, name)
    assert refused.value.reason == code


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.json"])
def test_the_shipped_catalogue_written_and_read_is_the_same(name: str) -> None:
    shipped = load_offerings()
    write = {"a.csv": offerings_csv, "a.xlsx": offerings_workbook, "a.json": offerings_json}[name]
    reading = read_offerings(name, write(shipped))

    assert not reading.problems
    assert [from_values([{**EMPTY, **edit.values, "id": edit.id}])[0] for edit in reading.edits] == list(
        shipped
    )


def test_cells_that_were_not_touched_keep_their_value_exactly() -> None:
    for offering in load_offerings():
        assert offering_of(cells_of(offering), offering) == offering
    offering = load_offerings()[0]
    changed = offering_of({**cells_of(offering), "price": "9.50", "cancel": ""}, offering)
    assert {
        key
        for key, value in written_offerings([changed])[0].items()
        if value != written_offerings([offering])[0][key]
    } == {"price_fen", "cancel"}


def test_a_workbook_of_offerings_is_read_too() -> None:
    reading = read_offerings("a.xlsx", workbook_of(ROW, header=HEADER))

    assert [edit.values["name"] for edit in reading.edits] == [ROW[0]]
