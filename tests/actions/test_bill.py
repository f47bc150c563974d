"""Why a bill differs from the month before."""

from __future__ import annotations

from datetime import date

from actions.bill import BillShow, difference
from bss.port import Bill, BillLine
from core.money import Fen
from tests.actions.stage import Stage


def bill(month: int, **lines: int) -> Bill:
    rows = tuple(BillLine(name, "other", Fen(fen), None) for name, fen in lines.items())
    total = Fen(sum(lines.values()))
    return Bill(f"B{month}", date(2026, month, 1), total, total, None, "settled", rows)


def test_new_and_gone_charges_are_named_largest_first() -> None:
    said = difference(bill(9, 套餐=5900, 套外流量=1500, 彩铃=600), bill(8, 套餐=5900, 来电显示=500))
    assert said == "比2026年8月多16元，主要原因：新增套外流量 15元；新增彩铃 6元；没有了来电显示，少 5元。"


def test_a_discount_that_ended_makes_it_dearer() -> None:
    assert "没有了减免“优惠”，多 10元" in difference(bill(9, 套餐=5900), bill(8, 套餐=5900, 优惠=-1000))


def test_equal_bills_are_said_to_be_so() -> None:
    assert difference(bill(9, 套餐=5900), bill(8, 套餐=5900)) == "与2026年8月金额相同。"


def test_the_first_bill_has_nothing_to_differ_from() -> None:
    assert difference(bill(9, 套餐=5900), None) == ""


async def test_the_card_adds_up_and_shows_the_trend(proven: Stage) -> None:
    said = await proven.run(BillShow(proven.services), "上个月账单", "bill_query", month="2026-09")
    card = said.messages[0]["custom"]
    assert sum(line["amount_fen"] for line in card["lines"]) == card["total_fen"]
    assert [point["month"] for point in card["trend"]][-1] == "2026-09"


async def test_the_month_named_before_the_number_was_proven_is_kept(stage: Stage) -> None:
    said = await stage.run(BillShow(stage.services), "8月账单", "bill_query", month="2026-08")
    assert said.followup == "identity_form"
    assert said.slots["bill_months"] == ["2026-08"]


async def test_a_month_not_billed_yet_is_said_to_be_so(proven: Stage) -> None:
    said = await proven.run(BillShow(proven.services), "这个月账单", "bill_query", month="2026-10")
    assert said.responses == ["utter_bill_not_yet"]
