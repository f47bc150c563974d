"""Contract: what the billing system says about a number, on both adapters."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

from bss.port import Bss, SubscriberStatus, UsageKind
from core.clock import CHINA, SystemClock
from core.errors import CustomerError
from core.ids import Msisdn
from tests.bss.systems import InProcess, OverHttp

FIRST, SECOND = Msisdn("13800000001"), Msisdn("13800000002")
NOBODY = Msisdn("13900000000")
FAMILY, BARRED, SUSPENDED, CONTRACT = (Msisdn(f"138000000{n}") for n in ("05", "08", "09", "11"))
THREE_BILLS, NO_BILLS = Msisdn("13800000041"), Msisdn("13800000042")


def this_month() -> date:
    return SystemClock().now().astimezone(CHINA).date().replace(day=1)


async def test_catalogue_holds_retired_and_expired_offerings_too(bss: Bss) -> None:
    now = SystemClock().now()
    offered = {str(offering.id): offering.is_offered(now) for offering in await bss.offerings()}
    assert len(offered) >= 60
    assert offered["plan-star-59"]
    assert not offered["plan-chat-58"]
    assert not offered["plan-summer-66"]


@pytest.mark.parametrize("number", [FIRST, SECOND])
async def test_first_subscribers_are_prepaid_active_and_without_contract(bss: Bss, number: Msisdn) -> None:
    who = await bss.subscriber(number)
    assert (who.kind, who.status, who.plan_id) == ("prepaid", SubscriberStatus.ACTIVE, "plan-star-59")
    assert who.contract_until is None
    assert who.is_real_named


@pytest.mark.parametrize("number", [FIRST, SECOND])
async def test_first_subscribers_have_twelve_bills_up_to_last_month(bss: Bss, number: Msisdn) -> None:
    bills = await bss.bills(number)
    assert [bill.month for bill in bills] == sorted((bill.month for bill in bills), reverse=True)
    assert len(bills) == 12
    assert bills[0].month == (this_month() - timedelta(days=1)).replace(day=1)


async def test_lines_of_every_bill_add_up_to_its_total(bss: Bss) -> None:
    for number in (FIRST, FAMILY, BARRED, SUSPENDED):
        for bill in await bss.bills(number):
            assert sum(line.amount_fen for line in bill.lines) == bill.total_fen


async def test_number_with_a_plan_change_shows_the_old_plan_on_older_bills(bss: Bss) -> None:
    bills = await bss.bills(Msisdn("13800000033"))
    plans = [line.offering_id for bill in bills for line in bill.lines if line.kind == "plan"]
    assert plans == ["plan-star-59"] * 5 + ["plan-star-39"] * 7


async def test_only_as_many_bills_as_asked_for_come_back(bss: Bss) -> None:
    assert len(await bss.bills(FIRST, 3)) == 3
    assert len(await bss.bills(THREE_BILLS)) == 3
    assert list(await bss.bills(NO_BILLS)) == []


async def test_bill_of_a_month_is_found_by_any_day_of_it(bss: Bss) -> None:
    newest = (await bss.bills(FIRST, 1))[0]
    assert await bss.bill(FIRST, newest.month.replace(day=17)) == newest


async def test_running_month_and_distant_past_have_no_bill(bss: Bss) -> None:
    assert await bss.bill(FIRST, this_month()) is None
    assert await bss.bill(FIRST, date(2015, 3, 1)) is None


async def test_open_bills_and_debt_agree(bss: Bss) -> None:
    for number in (BARRED, SUSPENDED, Msisdn("13800000026"), Msisdn("13800000036")):
        money = await bss.balance(number)
        unpaid = sum(bill.total_fen - bill.paid_fen for bill in await bss.bills(number))
        assert money.owed_fen == unpaid == -money.available_fen > 0


async def test_plan_comes_first_in_the_inventory_and_is_the_subscribers_plan(bss: Bss) -> None:
    held = await bss.products(FIRST)
    assert (held[0].is_plan, held[0].offering_id, held[0].status) == (True, "plan-star-59", "active")
    assert {product.offering_id for product in held[1:]} == {"vas-callerid", "vas-ring"}


async def test_family_plan_carries_its_sub_cards_free_of_charge(bss: Bss) -> None:
    cards = [product for product in await bss.products(FAMILY) if product.offering_id == "sub-card"]
    assert [card.price_fen for card in cards] == [0, 0]


async def test_allowances_are_never_used_beyond_their_total(bss: Bss) -> None:
    for number in (FIRST, FAMILY, Msisdn("13800000024"), Msisdn("13800000018")):
        buckets = await bss.usage(number)
        assert {UsageKind.DATA, UsageKind.VOICE} <= {bucket.kind for bucket in buckets}
        assert all(
            0 <= bucket.used <= bucket.total and bucket.ends > SystemClock().now() for bucket in buckets
        )


async def test_monthly_use_is_newest_first_and_as_long_as_asked(bss: Bss) -> None:
    use = await bss.monthly_use(FIRST, 3)
    first = this_month()
    assert [one.month for one in use] == [
        (first - timedelta(days=1)).replace(day=1),
        (first - timedelta(days=40)).replace(day=1),
        (first - timedelta(days=70)).replace(day=1),
    ]


async def test_use_beyond_the_plan_stands_on_the_bill_of_its_month(bss: Bss) -> None:
    number = Msisdn("13800000024")  # far more data than the plan holds, and no packs
    plan_id = (await bss.subscriber(number)).plan_id
    plan = next(one for one in await bss.offerings() if one.id == plan_id)
    bills = {bill.month: bill for bill in await bss.bills(number)}
    for use in await bss.monthly_use(number, 12):
        if use.data_mb > 2 * (plan.data_mb or 0):  # whatever was carried over
            assert any(line.kind == "overage_data" for line in bills[use.month].lines)
    assert any(line.kind == "overage_data" for bill in bills.values() for line in bill.lines)


async def test_contract_segments_and_states_are_told(bss: Bss) -> None:
    assert (await bss.subscriber(CONTRACT)).contract_until is not None
    assert (await bss.subscriber(FAMILY)).segments == ("family", "broadband")
    assert (await bss.subscriber(BARRED)).status is SubscriberStatus.BARRED
    assert (await bss.subscriber(SUSPENDED)).status is SubscriberStatus.SUSPENDED
    assert (await bss.subscriber(Msisdn("13800000030"))).status is SubscriberStatus.TERMINATED
    assert not (await bss.subscriber(Msisdn("13800000029"))).is_real_named


@pytest.mark.parametrize(
    "verb",
    ["subscriber", "products", "balance", "usage", "bills", "orders", "tickets", "monthly_use", "bill"],
)
async def test_number_nobody_has_is_told_apart_from_a_failure(bss: Bss, verb: str) -> None:
    more = {"monthly_use": (3,), "bill": (date(2026, 1, 1),)}.get(verb, ())
    with pytest.raises(CustomerError) as caught:
        await getattr(bss, verb)(NOBODY, *more)
    assert caught.value.code == "bss.unknown_number"


async def test_both_adapters_say_the_same_about_every_subscriber(
    over_http: OverHttp, in_process: InProcess
) -> None:
    for number in (Msisdn(str(13800000000 + index)) for index in range(1, 43)):
        for verb in ("subscriber", "products", "usage", "bills", "orders", "tickets"):
            over, inside = [await getattr(system.bss, verb)(number) for system in (over_http, in_process)]
            assert over == inside, verb
        assert await over_http.bss.monthly_use(number, 12) == await in_process.bss.monthly_use(number, 12)
        balances = [await system.bss.balance(number) for system in (over_http, in_process)]
        assert balances[0] == dataclasses.replace(balances[1], as_of=balances[0].as_of)
    assert list(await over_http.bss.offerings()) == list(await in_process.bss.offerings())
