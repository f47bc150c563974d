"""Contract: ordering, changing and cancelling products, on both adapters."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bss.port import Bss, HeldProduct, OrderAction, OrderState, ProductOrder, UsageKind
from bss.reasons import OrderReason
from core.clock import CHINA, SystemClock
from core.errors import CustomerError, UpstreamRejected
from core.ids import Msisdn, OfferingId
from tests.bss.systems import System

FIRST, SECOND = Msisdn("13800000001"), Msisdn("13800000002")
POSTPAID = Msisdn("13800000003")
ADD, MODIFY, DELETE = OrderAction.ADD, OrderAction.MODIFY, OrderAction.DELETE


def person(index: int) -> Msisdn:
    return Msisdn(str(13800000000 + index))


def next_month() -> datetime:
    today = SystemClock().now().astimezone(CHINA)
    return (today.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
        day=1
    )


async def place(
    bss: Bss, number: Msisdn, offering: str, action: OrderAction, key: str = "o-1"
) -> ProductOrder:
    return await bss.place_order(number, OfferingId(offering), action, key)


async def held(bss: Bss, number: Msisdn, offering: str) -> list[HeldProduct]:
    return [product for product in await bss.products(number) if product.offering_id == offering]


async def test_plan_change_takes_effect_with_the_next_month(bss: Bss) -> None:
    order = await place(bss, FIRST, "plan-star-79", MODIFY)
    assert (order.state, order.effective) == (OrderState.IN_PROGRESS, next_month())
    assert (await bss.subscriber(FIRST)).plan_id == "plan-star-59"
    [coming] = await held(bss, FIRST, "plan-star-79")
    [going] = await held(bss, FIRST, "plan-star-59")
    assert (coming.status, coming.started) == ("pendingActive", next_month())
    assert (going.status, going.ends) == ("pendingTerminate", next_month())


async def test_later_plan_change_replaces_the_earlier_one(bss: Bss) -> None:
    await place(bss, FIRST, "plan-star-79", MODIFY, "o-1")
    await place(bss, FIRST, "plan-5g-99", MODIFY, "o-2")
    assert await held(bss, FIRST, "plan-star-79") == []
    assert len(await held(bss, FIRST, "plan-5g-99")) == 1
    first = await bss.order("o-1")
    assert first is not None
    assert first.state is OrderState.CANCELLED


async def test_plan_change_is_withdrawn_in_one_step(bss: Bss) -> None:
    await place(bss, FIRST, "plan-star-79", MODIFY, "o-1")
    order = await place(bss, FIRST, "plan-star-79", DELETE, "o-2")
    assert order.state is OrderState.COMPLETED
    [plan] = [product for product in await bss.products(FIRST) if product.is_plan]
    assert (plan.offering_id, plan.status, plan.ends) == ("plan-star-59", "active", None)


async def test_pack_works_at_once_and_is_charged_to_a_prepaid_balance(system: System) -> None:
    before = (await system.bss.balance(FIRST)).available_fen
    order = await place(system.bss, FIRST, "data-boost-20", ADD)
    assert order.state is OrderState.COMPLETED
    assert (await system.bss.balance(FIRST)).available_fen == before - 2000
    [row] = await system.ledger(FIRST)
    assert (row["kind"], row["amount_fen"], row["idempotency_key"], row["account"]) == (
        "charge",
        -2000,
        "o-1",
        "balance",
    )
    [bucket] = [one for one in await system.bss.usage(FIRST) if one.offering_id == "data-boost-20"]
    assert (bucket.kind, bucket.total, bucket.used, bucket.ends) == (
        UsageKind.DATA,
        5 * 1024,
        0,
        next_month(),
    )


async def test_pack_of_a_postpaid_number_goes_on_the_bill(system: System) -> None:
    before = (await system.bss.balance(POSTPAID)).available_fen
    await place(system.bss, POSTPAID, "data-boost-20", ADD)
    assert (await system.bss.balance(POSTPAID)).available_fen == before
    [row] = await system.ledger(POSTPAID)
    assert (row["account"], row["amount_fen"]) == ("bill", -2000)


async def test_same_order_sent_many_times_at_once_charges_once(system: System) -> None:
    orders = await asyncio.gather(*(place(system.bss, FIRST, "data-boost-10", ADD) for _ in range(10)))
    assert len({order.id for order in orders}) == 1
    assert len(await system.ledger(FIRST)) == 1
    assert len(await held(system.bss, FIRST, "data-boost-10")) == 1


async def test_key_of_an_order_used_for_another_one_is_refused(bss: Bss) -> None:
    await place(bss, FIRST, "data-boost-10", ADD)
    with pytest.raises(UpstreamRejected) as caught:
        await place(bss, FIRST, "data-boost-20", ADD)
    assert caught.value.fields["reason"] == "idempotency_conflict"


async def test_pack_may_be_ordered_again(bss: Bss) -> None:
    for key in ("o-1", "o-2"):
        assert (await place(bss, FIRST, "data-boost-10", ADD, key)).state is OrderState.COMPLETED
    assert len(await held(bss, FIRST, "data-boost-10")) == 2


async def test_cancelled_service_runs_until_the_month_ends(bss: Bss) -> None:
    order = await place(bss, FIRST, "vas-ring", DELETE)
    assert order.effective == next_month()
    [ring] = await held(bss, FIRST, "vas-ring")
    assert (ring.status, ring.ends) == ("pendingTerminate", next_month())


async def test_cancellation_taken_back_costs_nothing(system: System) -> None:
    await place(system.bss, FIRST, "vas-ring", DELETE, "o-1")
    order = await place(system.bss, FIRST, "vas-ring", ADD, "o-2")
    assert order.state is OrderState.COMPLETED
    [ring] = await held(system.bss, FIRST, "vas-ring")
    assert (ring.status, ring.ends) == ("active", None)
    assert await system.ledger(FIRST) == []


async def test_broadband_waits_for_its_installation(bss: Bss) -> None:
    order = await place(bss, SECOND, "bb-500", ADD)
    assert order.state is OrderState.IN_PROGRESS
    assert order.effective is not None
    assert timedelta(days=2) < order.effective - order.placed < timedelta(days=4)


async def test_broadband_is_removed_within_a_working_day(bss: Bss) -> None:
    order = await place(bss, person(17), "bb-500", DELETE)
    assert order.effective is not None
    assert order.effective - order.placed == timedelta(days=1)


async def test_who_leaves_a_campaign_keeps_the_deposit_and_forfeits_the_rest_of_the_gift(bss: Bss) -> None:
    number = person(25)
    await place(bss, number, "promo-deposit-100", ADD, "o-1")
    before = (await bss.balance(number)).available_fen
    order = await place(bss, number, "promo-deposit-100", DELETE, "o-2")
    balance = await bss.balance(number)
    assert order.state is OrderState.COMPLETED
    assert (balance.available_fen, balance.promotional_fen) == (before, 0)
    assert await held(bss, number, "promo-deposit-100") == []


async def test_deposit_campaign_binds_and_promises_the_gift(bss: Bss) -> None:
    refused = await place(bss, person(15), "promo-deposit-100", ADD, "o-1")  # 99 yuan on the account
    assert refused.reason == OrderReason.INSUFFICIENT_BALANCE
    number = person(25)  # 158 yuan
    assert (await place(bss, number, "promo-deposit-100", ADD, "o-2")).state is OrderState.COMPLETED
    assert (await bss.balance(number)).promotional_fen == 2000
    assert (await bss.subscriber(number)).contract_until is not None


@pytest.mark.parametrize(
    ("index", "offering", "action", "reason"),
    [
        (11, "plan-star-39", MODIFY, OrderReason.CONTRACT),
        (22, "plan-star-39", MODIFY, OrderReason.CONTRACT),
        (1, "plan-campus-29", MODIFY, OrderReason.CAMPUS_ONLY),
        (1, "plan-senior-15", MODIFY, OrderReason.AGE),
        (1, "plan-chat-58", MODIFY, OrderReason.NOT_SELLABLE),
        (1, "plan-summer-66", MODIFY, OrderReason.NOT_SELLABLE),
        (1, "plan-star-59", MODIFY, OrderReason.ALREADY_HELD),
        (1, "vas-callerid", ADD, OrderReason.ALREADY_HELD),
        (22, "promo-deposit-100", ADD, OrderReason.ALREADY_HELD),
        (1, "vas-music", DELETE, OrderReason.NOT_HELD),
        (8, "data-boost-10", ADD, OrderReason.ARREARS),
        (26, "plan-star-79", MODIFY, OrderReason.ARREARS),
        (20, "data-boost-10", ADD, OrderReason.SUSPENDED),
        (21, "vas-ring", ADD, OrderReason.SUSPENDED),
        (30, "data-boost-10", ADD, OrderReason.TERMINATED),
        (29, "data-boost-10", ADD, OrderReason.NOT_REAL_NAMED),
        (40, "data-boost-10", ADD, OrderReason.INSUFFICIENT_BALANCE),
        (1, "bb-iptv", ADD, OrderReason.NEEDS_BROADBAND),
        (17, "bb-1000", ADD, OrderReason.BROADBAND_HELD),
        (17, "bb-fttr", DELETE, OrderReason.NOT_HELD),
        (37, "bb-speed-5", ADD, OrderReason.ALREADY_FASTEST),
        (3, "pack-5g-10", ADD, OrderReason.PLAN_NOT_ELIGIBLE),
        (1, "pack-5g-20", ADD, OrderReason.PLAN_NOT_ELIGIBLE),
        (15, "promo-deposit-300", ADD, OrderReason.MINIMUM_PLAN),
        (12, "sub-card-watch", ADD, OrderReason.LIMIT_REACHED),
        (1, "plan-star-59", DELETE, OrderReason.PLAN_REQUIRED),
    ],
)
async def test_order_against_the_rules_is_rejected_with_its_reason(
    system: System, index: int, offering: str, action: OrderAction, reason: OrderReason
) -> None:
    order = await place(system.bss, person(index), offering, action)
    assert (order.state, order.reason, order.effective) == (OrderState.REJECTED, reason, None)
    assert await system.ledger(person(index)) == []


async def test_dearer_plan_is_allowed_under_contract(bss: Bss) -> None:
    assert (await place(bss, person(11), "plan-5g-159", MODIFY)).state is OrderState.IN_PROGRESS


async def test_campaign_allows_plans_down_to_its_minimum(bss: Bss) -> None:
    assert (await place(bss, person(22), "plan-star-59", MODIFY)).state is OrderState.IN_PROGRESS


async def test_student_and_senior_get_their_plans(bss: Bss) -> None:
    assert (await place(bss, person(10), "plan-campus-49", MODIFY, "o-1")).state is OrderState.IN_PROGRESS
    assert (await place(bss, person(13), "plan-senior-15", MODIFY, "o-2")).state is OrderState.IN_PROGRESS


async def test_pack_paid_once_is_not_cancelled(bss: Bss) -> None:
    await place(bss, FIRST, "data-boost-10", ADD, "o-1")
    assert (await place(bss, FIRST, "data-boost-10", DELETE, "o-2")).reason == OrderReason.NOT_CANCELLABLE


async def test_service_can_be_cancelled_in_arrears(bss: Bss) -> None:
    bills = await bss.products(person(8))
    assert [product.offering_id for product in bills] == ["plan-star-39"]
    assert (await place(bss, person(8), "vas-ring", DELETE)).reason == OrderReason.NOT_HELD  # and not ARREARS


async def test_what_the_catalogue_lacks_is_refused(bss: Bss) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await place(bss, FIRST, "plan-dream-1", MODIFY)
    assert caught.value.fields["reason"] == "unknown_offering"


async def test_order_for_a_strange_number_says_so(bss: Bss) -> None:
    with pytest.raises(CustomerError):
        await place(bss, Msisdn("13900000000"), "data-boost-10", ADD)


async def test_order_is_found_by_our_id_and_in_the_numbers_list(bss: Bss) -> None:
    order = await place(bss, FIRST, "data-boost-10", ADD, "o-1")
    later = await place(bss, FIRST, "vas-ring", DELETE, "o-2")
    assert await bss.order("o-1") == order
    assert await bss.order("o-none") is None
    assert list(await bss.orders(FIRST, 2)) == [later, order]
