"""What was confirmed while the billing system did not answer, and is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.plan_order import PlanSubmit
from actions.smalltalk import SmalltalkIdle
from bss.embedded import EmbeddedBss
from bss.port import ProductOrder
from bss.sandbox import topups
from bss.sandbox.store import Store
from conversations.directory import Directory
from conversations.model import Event, Inbound
from conversations.pending import PendingState
from core.clock import FixedClock
from core.database import Database
from tests.actions.stage import Stage
from tests.actions.systems import Down
from tests.actions.unanswered import (
    cancel,
    orders_of,
    plan_confirmed,
    row_of,
    settled,
    unanswered,
)


async def test_who_waits_for_an_order_hears_that_it_is_open_and_how_to_take_it_back(
    proven: Stage, down: Down
) -> None:
    proven.services = replace(proven.services, bss=down)
    said = await plan_confirmed(proven)
    assert said.responses == ["utter_plan_unanswered", "utter_handoff_offer_unanswered"]


async def test_an_order_taken_back_is_never_placed(proven: Stage, down: Down, clock: FixedClock) -> None:
    await unanswered(proven, down)
    assert await cancel(proven) == ["utter_plan_withdrawing"]
    told = await settled(proven, clock)
    assert await orders_of(proven) == []
    assert (await row_of(proven, "plan_pending")).state is PendingState.CANCELLED
    assert len(told) == 1
    assert "没有办理，也没有产生费用" in told[0]


async def test_an_order_that_arrived_before_it_was_taken_back_is_said_to_have(
    proven: Stage, down: Down
) -> None:
    down.lost = True
    await unanswered(proven, down)
    assert await cancel(proven) == ["utter_plan_withdrawn_late", "utter_plan_done"]
    assert (await row_of(proven, "plan_pending")).state is PendingState.COMPLETED


async def test_an_order_taken_back_while_billing_is_silent_is_told_of_once_it_speaks(
    proven: Stage, down: Down, clock: FixedClock
) -> None:
    down.lost = True
    await unanswered(proven, down)
    up, proven.services = proven.services, replace(proven.services, bss=down)
    assert await cancel(proven) == ["utter_plan_withdrawing"]
    assert await settled(proven, clock, 7200) == []
    proven.services = up
    late, receipt = await settled(proven, clock)
    assert "取消之前就受理了" in late
    assert "办理成功" in receipt


@pytest.mark.parametrize("text", ["/affirm", "再试一次"])
async def test_a_yes_to_an_order_taken_back_places_nothing(proven: Stage, down: Down, text: str) -> None:
    row = await unanswered(proven, down)
    await cancel(proven)
    named = {"pending": row.id} if text == "/affirm" else {"command": "retry"}
    again = await proven.run(SmalltalkIdle(proven.services), text, "affirm", **named)
    if again.followup == "action_plan_submit":
        assert (await proven.run(PlanSubmit(proven.services), text)).responses == ["utter_plan_withdrawing"]
    assert await orders_of(proven) == []


async def test_an_order_taken_back_while_settlement_looks_for_it_is_not_placed(
    proven: Stage, down: Down, clock: FixedClock, store: Store
) -> None:
    row = await unanswered(proven, down)
    pending = proven.services.pending

    class TakenBackMeanwhile(EmbeddedBss):
        async def order(self, key: str) -> ProductOrder | None:
            await pending.take_back(row, "")
            return await super().order(key)

    proven.services = replace(proven.services, bss=TakenBackMeanwhile(store))
    assert await settled(proven, clock) == []
    assert await orders_of(proven) == []


async def test_what_settlement_has_carried_out_is_not_said_to_be_cancelled(
    proven: Stage, down: Down, clock: FixedClock
) -> None:
    await unanswered(proven, down)
    await settled(proven, clock)
    assert len(await orders_of(proven)) == 1
    assert await cancel(proven) == ["utter_smalltalk_nothing_to_cancel"]


async def test_cancelling_finds_what_was_confirmed_in_the_conversation_before(
    proven: Stage, down: Down
) -> None:
    row = await unanswered(proven, down)
    db = Database(proven.services.settings.database)
    await Directory(db, proven.services.clock, proven.services.settings).move(
        proven.conversation_id, Event.FINISH_UNRATED
    )
    await db.close()
    received = await proven.services.transcript.receive(Inbound("web", "somebody", "取消"))
    later = Stage(proven.services, received.conversation.id)
    assert later.conversation_id != row.conversation_id
    assert await cancel(later) == ["utter_plan_withdrawing"]


async def test_an_order_of_somebody_else_is_left_alone(proven: Stage, down: Down) -> None:
    row = await unanswered(proven, down)
    received = await proven.services.transcript.receive(Inbound("web", "else", "你好"))
    other = Stage(proven.services, received.conversation.id)
    assert await cancel(other) == ["utter_smalltalk_nothing_to_cancel"]
    assert (await row_of(proven, "plan_pending")).state is PendingState.CONFIRMED
    assert row.conversation_id != other.conversation_id


async def test_a_top_up_taken_back_gets_no_link(stage: Stage, down: Down, clock: FixedClock) -> None:
    await unanswered(stage, down, topup=True)
    assert await cancel(stage) == ["utter_topup_cancelled"]
    assert await settled(stage, clock) == []
    assert (await row_of(stage, "topup_pending")).state is PendingState.CANCELLED


async def test_a_top_up_whose_link_is_out_stays_watched(
    stage: Stage, down: Down, clock: FixedClock, store: Store
) -> None:
    await unanswered(stage, down, topup=True)
    await settled(stage, clock)  # the link
    assert await cancel(stage) == ["utter_topup_link_open"]
    row = await row_of(stage, "topup_pending")
    assert row.external is not None
    await store.do(topups.settle, str(row.external["id"]), "success")
    assert "充值成功" in (await settled(stage, clock))[-1]
