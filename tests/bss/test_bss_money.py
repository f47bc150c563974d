"""Contract: money moves once per key and never otherwise, on both adapters."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from bss.port import Bss, SubscriberStatus, Topup, TopupState
from bss.sandbox.refusal import Refusal
from core.errors import CustomerError, UpstreamRejected
from core.ids import Msisdn
from core.money import Fen
from tests.bss.systems import System

FIRST, SECOND = Msisdn("13800000001"), Msisdn("13800000002")
BARRED, SUSPENDED_FOR_ARREARS, KEPT, LOST, CLOSED = (
    Msisdn(f"138000000{n}") for n in ("08", "09", "20", "21", "30")
)


async def test_topup_awaits_its_payment_and_moves_nothing_before(system: System) -> None:
    before = await system.bss.balance(FIRST)
    made = await system.bss.create_topup(FIRST, Fen(5000), "key-1")
    assert (made.state, made.amount_fen, made.number) == (TopupState.CREATED, 5000, FIRST)
    assert made.payment_url.startswith("http://")
    assert made.payment_url.endswith(f"/payments/{made.id}")
    assert (await system.bss.balance(FIRST)).available_fen == before.available_fen
    assert await system.ledger(FIRST) == []


async def test_paid_topup_arrives_once_with_its_key_in_the_ledger(system: System) -> None:
    before = await system.bss.balance(FIRST)
    made = await system.bss.create_topup(FIRST, Fen(5050), "key-1")
    await system.pay(made.id, "success")
    assert (await system.bss.topup(made.id)).state is TopupState.COMPLETED
    assert (await system.bss.balance(FIRST)).available_fen == before.available_fen + 5050
    [row] = await system.ledger(FIRST)
    assert (row["kind"], row["amount_fen"], row["idempotency_key"]) == ("topup", 5050, "key-1")


@pytest.mark.parametrize(("outcome", "reason"), [("fail", "declined"), ("timeout", "timeout")])
async def test_failed_payment_moves_nothing_and_says_why(system: System, outcome: str, reason: str) -> None:
    made = await system.bss.create_topup(FIRST, Fen(5000), "key-1")
    await system.pay(made.id, outcome)
    settled = await system.bss.topup(made.id)
    assert (settled.state, settled.reason) == (TopupState.FAILED, reason)
    assert await system.ledger(FIRST) == []


async def test_settled_payment_cannot_be_settled_again(system: System) -> None:
    made = await system.bss.create_topup(FIRST, Fen(5000), "key-1")
    await system.pay(made.id, "fail")
    for outcome in ("success", "timeout", "fail"):
        await _quietly(system, made, outcome)
    assert (await system.bss.topup(made.id)).state is TopupState.FAILED
    assert await system.ledger(FIRST) == []


async def test_button_pressed_many_times_at_once_credits_once(system: System) -> None:
    before = await system.bss.balance(FIRST)
    made = await system.bss.create_topup(FIRST, Fen(3000), "key-1")
    await asyncio.gather(*(_quietly(system, made, "success") for _ in range(10)))
    assert (await system.bss.balance(FIRST)).available_fen == before.available_fen + 3000
    assert len(await system.ledger(FIRST)) == 1


async def test_same_key_many_times_at_once_makes_one_topup(system: System) -> None:
    made = await asyncio.gather(*(system.bss.create_topup(FIRST, Fen(3000), "key-1") for _ in range(10)))
    assert len({topup.id for topup in made}) == 1
    await system.pay(made[0].id, "success")
    again = await system.bss.create_topup(FIRST, Fen(3000), "key-1")
    assert (again.id, again.state) == (made[0].id, TopupState.COMPLETED)
    assert len(await system.ledger(FIRST)) == 1


@pytest.mark.parametrize(("number", "amount"), [(FIRST, 5001), (SECOND, 5000)])
async def test_key_used_for_another_topup_is_refused(bss: Bss, number: Msisdn, amount: int) -> None:
    await bss.create_topup(FIRST, Fen(5000), "key-1")
    with pytest.raises(UpstreamRejected) as caught:
        await bss.create_topup(number, Fen(amount), "key-1")
    assert caught.value.fields["reason"] == "idempotency_conflict"


async def test_different_keys_are_different_topups(system: System) -> None:
    for key in ("key-1", "key-2"):
        made = await system.bss.create_topup(FIRST, Fen(1000), key)
        await system.pay(made.id, "success")
    assert {row["idempotency_key"] for row in await system.ledger(FIRST)} == {"key-1", "key-2"}


@pytest.mark.parametrize("amount", [0, -100, 1_000_001])
async def test_amount_out_of_range_is_refused(bss: Bss, amount: int) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await bss.create_topup(FIRST, Fen(amount), "key-1")
    assert caught.value.fields["reason"] == "amount_out_of_range"


async def test_topup_without_a_key_is_refused(bss: Bss) -> None:
    with pytest.raises(UpstreamRejected):
        await bss.create_topup(FIRST, Fen(1000), "")


async def test_topup_of_a_strange_number_says_so(bss: Bss) -> None:
    with pytest.raises(CustomerError) as caught:
        await bss.create_topup(Msisdn("13912345678"), Fen(1000), "key-1")
    assert caught.value.code == "bss.unknown_number"


async def test_topup_of_a_closed_number_is_refused(bss: Bss) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await bss.create_topup(CLOSED, Fen(1000), "key-1")
    assert caught.value.fields["reason"] == "terminated"


async def test_unknown_topup_is_refused(bss: Bss) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await bss.topup("TU-nothing/../here")
    assert caught.value.fields["reason"] == "not_found"


@pytest.mark.parametrize("number", [BARRED, SUSPENDED_FOR_ARREARS])
async def test_paying_the_whole_debt_restores_service_and_settles_the_bills(
    system: System, number: Msisdn
) -> None:
    owed = (await system.bss.balance(number)).owed_fen
    await _top_up(system, number, owed)
    assert (await system.bss.subscriber(number)).status is SubscriberStatus.ACTIVE
    assert (await system.bss.balance(number)).owed_fen == 0
    assert {bill.state for bill in await system.bss.bills(number)} == {"settled"}


async def test_paying_part_of_the_debt_leaves_service_stopped(system: System) -> None:
    owed = (await system.bss.balance(BARRED)).owed_fen
    await _top_up(system, BARRED, owed - 1)
    assert (await system.bss.subscriber(BARRED)).status is SubscriberStatus.BARRED
    assert (await system.bss.balance(BARRED)).owed_fen == 1


@pytest.mark.parametrize("number", [KEPT, LOST])
async def test_topup_does_not_wake_a_number_stopped_at_its_owners_wish(
    system: System, number: Msisdn
) -> None:
    await _top_up(system, number, 10_000)
    assert (await system.bss.subscriber(number)).status is SubscriberStatus.SUSPENDED


async def _top_up(system: System, number: Msisdn, amount: int) -> None:
    made = await system.bss.create_topup(number, Fen(amount), f"key-{number}-{amount}")
    await system.pay(made.id, "success")


async def _quietly(system: System, made: Topup, outcome: str) -> None:
    """Press a button of the payment page whether or not it is still there."""
    with contextlib.suppress(Refusal):
        await system.pay(made.id, outcome)
