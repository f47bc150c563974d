"""Payments that come in are told once, and so is what a crash or an outage left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from actions.plan_order import PlanSubmit
from actions.services import Services
from actions.settlement import settle_once
from actions.topup import TopupSubmit
from bss.embedded import EmbeddedBss
from bss.port import OrderAction, ProductOrder, Topup
from bss.sandbox import topups
from bss.sandbox.store import Store
from conversations.directory import Directory
from conversations.model import Event, Message, Sender
from conversations.pending import PendingId, PendingState
from conversations.transcript import Transcript
from core.clock import FixedClock
from core.database import Database
from core.errors import UpstreamRejected, UpstreamTimeout
from core.ids import ConversationId, Msisdn, OfferingId
from tests.actions.conftest import NUMBER
from tests.actions.stage import Stage


class Down(EmbeddedBss):
    """A billing system that takes no write, and may not answer at all."""

    is_silent = True

    async def create_topup(self, *args: object) -> Topup:
        raise UpstreamTimeout("bss.timeout")

    async def place_order(self, *args: object) -> ProductOrder:
        raise UpstreamTimeout("bss.timeout")

    async def order(self, key: str) -> ProductOrder | None:
        if self.is_silent:
            raise UpstreamTimeout("bss.timeout")
        return await super().order(key)


class Refusing(EmbeddedBss):
    """A billing system that says no to every write."""

    async def create_topup(self, *args: object, **named: object) -> Topup:
        raise UpstreamRejected("bss.rejected", reason="terminated")

    async def place_order(self, *args: object) -> ProductOrder:
        raise UpstreamRejected("bss.rejected", reason="contract")


class Stumbling(Transcript):
    """A transcript that cannot be written."""

    async def report(self, *args: object, **named: object) -> list[Message]:
        raise ConnectionError


async def confirmed(stage: Stage, number: str = NUMBER) -> PendingId:
    """Return a top-up the customer has said yes to."""
    payload = {"number": number, "amount_fen": 5000}
    pending = await stage.services.pending.create(stage.conversation_id, "topup", payload, "shown")
    assert await stage.services.pending.confirm(pending)
    return pending


async def placed(stage: Stage) -> tuple[PendingId, str]:
    """Return a top-up that awaits its payment, and its id at the billing system."""
    pending = await confirmed(stage)
    topup = await stage.services.bss.create_topup(NUMBER, 5000, pending)  # type: ignore[arg-type]
    await stage.services.pending.place(pending, {"id": topup.id})
    return pending, topup.id


async def told(services: Services, conversation_id: ConversationId) -> list[str]:
    return [m.content.text for m in await services.transcript.history(conversation_id)][1:]


async def test_a_payment_is_told_once_however_many_look(stage: Stage, store: Store) -> None:
    pending, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "success")
    settled = await asyncio.gather(*(settle_once(stage.services) for _ in range(3)))
    row = await stage.services.pending.get(pending)
    assert row is not None
    assert (sum(settled), row.state) == (1, PendingState.COMPLETED)
    assert len(await told(stage.services, stage.conversation_id)) == 1


async def test_nothing_is_said_while_the_payment_is_awaited(stage: Stage) -> None:
    await placed(stage)
    assert await settle_once(stage.services) == 0
    assert await told(stage.services, stage.conversation_id) == []


async def test_a_declined_payment_says_why(stage: Stage, store: Store) -> None:
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "fail")
    await settle_once(stage.services)
    assert "支付被拒绝" in (await told(stage.services, stage.conversation_id))[0]


async def test_a_declined_payment_offers_a_person(stage: Stage, store: Store) -> None:
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "fail")
    await settle_once(stage.services)
    told = (await stage.services.transcript.history(stage.conversation_id))[-1]
    assert [button.title for button in told.content.buttons] == ["重新充值", "转人工"]


async def test_a_payment_is_told_by_the_service_while_a_person_serves(stage: Stage, store: Store) -> None:
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "fail")
    db = Database(stage.services.settings.database)
    directory = Directory(db, stage.services.clock, stage.services.settings)
    for event in (Event.REQUEST_HANDOFF, Event.ACCEPT):
        await directory.move(stage.conversation_id, event)
    await db.close()
    await settle_once(stage.services)
    told = (await stage.services.transcript.history(stage.conversation_id))[-1]
    assert (told.sender, told.content.buttons) == (Sender.SYSTEM, ())


async def test_what_a_crash_left_between_yes_and_billing_is_carried_on_once(
    stage: Stage, clock: FixedClock
) -> None:
    await confirmed(stage)
    assert await told(stage.services, stage.conversation_id) == []
    clock.advance(timedelta(seconds=30))
    await settle_once(stage.services)
    await settle_once(stage.services)
    links = [text for text in await told(stage.services, stage.conversation_id) if "/payments/" in text]
    assert len(links) == 1


async def ordered(stage: Stage) -> PendingId:
    """Return an order the customer has said yes to."""
    payload = {"number": NUMBER, "offering_id": "vas-missed", "action": "add"}
    pending = await stage.services.pending.create(stage.conversation_id, "order", payload, "shown")
    assert await stage.services.pending.confirm(pending)
    return pending


async def state_of(stage: Stage, pending: PendingId) -> PendingState:
    row = await stage.services.pending.get(pending)
    assert row is not None
    return row.state


async def test_an_order_left_behind_is_placed_and_its_receipt_told(stage: Stage, clock: FixedClock) -> None:
    pending = await ordered(stage)
    clock.advance(timedelta(seconds=30))
    await settle_once(stage.services)
    assert "来电提醒办理成功" in (await told(stage.services, stage.conversation_id))[0]
    assert await stage.services.bss.order(pending) is not None


@pytest.mark.parametrize("left", [confirmed, ordered])
async def test_what_was_left_is_told_once_however_many_processes_carry_it_on(
    stage: Stage, clock: FixedClock, left: Callable[[Stage], Awaitable[PendingId]]
) -> None:
    await left(stage)
    clock.advance(timedelta(seconds=30))
    await asyncio.gather(*(settle_once(stage.services) for _ in range(3)))
    assert len(await told(stage.services, stage.conversation_id)) == 1


async def test_a_payment_whose_telling_fails_is_told_in_the_next_round(
    stage: Stage, store: Store, clock: FixedClock
) -> None:
    pending, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "success")
    db = Database(stage.services.settings.database)
    stumbling = Stumbling(db, clock, stage.services.settings)
    assert await settle_once(replace(stage.services, transcript=stumbling)) == 0
    await db.close()
    assert await state_of(stage, pending) is PendingState.PLACED
    assert await settle_once(stage.services) == 1
    assert len(await told(stage.services, stage.conversation_id)) == 1


async def test_one_that_cannot_be_placed_keeps_no_payment_from_being_told(
    stage: Stage, store: Store, clock: FixedClock
) -> None:
    stranger = await confirmed(stage, Msisdn("19900000000"))  # not a number of this operator
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "success")
    clock.advance(timedelta(seconds=30))
    assert await settle_once(stage.services) == 1
    assert await state_of(stage, stranger) is PendingState.FAILED
    refused, offer, paid = await told(stage.services, stage.conversation_id)
    assert "没有查到这个号码" in refused
    assert "人工客服" in offer
    assert "充值成功" in paid


@pytest.mark.parametrize(
    ("left", "words"), [(confirmed, "业务系统长时间没有响应"), (ordered, "来电提醒”没有提交成功")]
)
async def test_who_waited_an_hour_for_a_billing_system_that_is_down_is_told_that_nothing_came_of_it(
    stage: Stage,
    store: Store,
    clock: FixedClock,
    left: Callable[[Stage], Awaitable[PendingId]],
    words: str,
) -> None:
    pending, down = await left(stage), Down(store)
    stage.services = replace(stage.services, bss=down)
    clock.advance(timedelta(minutes=59))
    await settle_once(stage.services)
    assert await told(stage.services, stage.conversation_id) == []
    clock.advance(timedelta(minutes=2))
    down.is_silent = False
    await settle_once(stage.services)
    await settle_once(stage.services)
    first, *_ = await told(stage.services, stage.conversation_id)
    assert words in first
    assert await state_of(stage, pending) is PendingState.FAILED


async def test_an_order_billing_may_have_is_not_given_up_before_billing_says_so(
    stage: Stage, store: Store, clock: FixedClock
) -> None:
    pending = await ordered(stage)
    await stage.services.bss.place_order(NUMBER, OfferingId("vas-missed"), OrderAction.ADD, pending)
    up, down = stage.services, replace(stage.services, bss=Down(store))  # a crash before the row knew of it
    clock.advance(timedelta(hours=2))
    await settle_once(down)
    assert await state_of(stage, pending) is PendingState.CONFIRMED
    await settle_once(up)
    assert "来电提醒办理成功" in (await told(stage.services, stage.conversation_id))[0]


async def test_what_a_turn_said_was_refused_is_not_said_again_later(
    stage: Stage, store: Store, clock: FixedClock
) -> None:
    stage.services = replace(stage.services, bss=Refusing(store))
    topup, order = await confirmed(stage), await ordered(stage)
    stage.slots = {"topup_pending": topup, "plan_pending": order}
    refused = await stage.run(TopupSubmit(stage.services), "/affirm", "affirm")
    assert refused.responses[0] == "utter_error_terminated"
    refused = await stage.run(PlanSubmit(stage.services), "/affirm", "affirm")
    assert refused.responses[0] == "utter_plan_refused_contract"
    clock.advance(timedelta(seconds=30))
    await settle_once(stage.services)
    assert await told(stage.services, stage.conversation_id) == []


async def test_a_yes_to_what_was_given_up_orders_nothing(
    stage: Stage, store: Store, clock: FixedClock
) -> None:
    pending, up = await ordered(stage), stage.services
    down = Down(store)
    down.is_silent = False
    clock.advance(timedelta(hours=2))
    await settle_once(replace(up, bss=down))
    stage.slots = {"plan_pending": pending}
    said = await stage.run(PlanSubmit(up), "/affirm", "affirm")
    assert said.responses == ["utter_plan_over"]
    assert await up.bss.order(pending) is None
