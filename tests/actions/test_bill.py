"""Why a bill differs from the month before."""

from __future__ import annotations

from datetime import date, timedelta

from actions.bill import BillShow, difference
from actions.usage import UsageShow
from bss.port import Bill, BillLine
from core.money import Fen
from tests.actions.stage import Stage


def bill(month: int, **lines: int) -> Bill:
    rows = tuple(BillLine(name, "other", Fen(fen), None) for name, fen in lines.items())
    total = Fen(sum(lines.values()))
    return Bill(f"B{month}", date(2026, month, 1), total, total, None, "settled", rows)


def test_new_and_gone_charges_are_named_largest_first() -> None:
    said = difference(bill(9, 套餐=5900, 套外流量=1500, 彩铃=600), bill(8, 套餐=5900, 来电显示=500))
    assert said == "比8月多16元，主要是新增了套外流量15元、彩铃6元，来电显示5元当月没有了。"


def test_an_amount_that_the_name_holds_is_not_said_twice() -> None:
    said = difference(bill(9, 流量加油包50元=5000, 短信费=10), bill(8, 短信费=30))
    assert said == "比8月多49.80元，主要是新增了流量加油包50元，短信费少了0.20元。"


def test_a_pack_bought_twice_is_said_with_its_sum() -> None:
    assert "新增了流量加油包50元（共100元）" in difference(bill(9, 流量加油包50元=10000), bill(8))


def test_a_discount_that_ended_makes_it_dearer() -> None:
    assert "优惠到期，不再减免10元" in difference(bill(9, 套餐=5900), bill(8, 套餐=5900, 优惠=-1000))


def test_a_smaller_discount_is_not_called_a_larger_charge() -> None:
    said = difference(bill(9, 套餐=5900, 优惠=-500), bill(8, 套餐=5900, 优惠=-1000))
    assert said == "比8月多5元，主要是优惠少减了5元。"


def test_another_year_is_named() -> None:
    last = Bill("B0", date(2025, 12, 1), Fen(0), Fen(0), None, "settled", ())
    assert difference(bill(1, 套餐=5900), last).startswith("比2025年12月多59元")


def test_equal_bills_are_said_to_be_so() -> None:
    assert difference(bill(9, 套餐=5900), bill(8, 套餐=5900)) == "与8月金额相同。"


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


async def test_the_charge_behind_an_amount_is_named(proven: Stage) -> None:
    said = await proven.run(BillShow(proven.services), "为啥扣我59块", "bill_query", amount_fen=5900)
    assert said.responses[:2] == ["utter_bill_amount_found", "utter_bill_summary"]
    assert "星享套餐59元" in said.messages[0]["name"]


async def test_an_amount_that_no_bill_holds_is_said_to_be_unknown(proven: Stage) -> None:
    said = await proven.run(BillShow(proven.services), "多扣了我19.9", "bill_query", amount_fen=1990)
    assert said.responses[:2] == ["utter_bill_amount_unknown", "utter_bill_summary"]


async def test_the_amount_is_kept_while_the_number_is_proven(stage: Stage) -> None:
    said = await stage.run(BillShow(stage.services), "为啥扣我30块", "bill_query", amount_fen=3000)
    assert said.slots["bill_amount"] == 3000


async def test_use_of_a_month_that_is_over_is_shown(proven: Stage) -> None:
    month = f"{proven.services.clock.now().replace(day=1) - timedelta(days=1):%Y-%m}"
    said = await proven.run(UsageShow(proven.services), "上个月用了多少流量", "usage_query", month=month)
    assert said.responses == ["utter_usage_months"]
    assert "流量" in said.messages[0]["lines"]
