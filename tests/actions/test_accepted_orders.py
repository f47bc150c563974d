"""Orders that a billing system accepts at once and carries out later, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.plan_order import AskPlanConfirmed, PlanSubmit
from actions.settlement import settle_once, settle_orders
from bss.port import OrderState
from bss.sandbox.store import Store
from conversations.model import Sender
from conversations.pending import PendingState
from core.clock import FixedClock
from tests.actions.stage import Stage
from tests.actions.systems import Down, Slow
from tests.actions.unanswered import PACK, cancel, orders_of, plan_confirmed, row_of, settled, unanswered


@pytest.fixture
def slow(proven: Stage, store: Store) -> Slow:
    bss = Slow(store)
    proven.services = replace(proven.services, bss=bss)
    return bss


async def told(stage: Stage) -> list[str]:
    """Let settlement work; return what it has told so far."""
    await settle_once(stage.services)
    await settle_orders(stage.services)
    history = await stage.services.transcript.history(stage.conversation_id)
    return [message.content.text for message in history if message.sender is not Sender.CUSTOMER]


async def test_an_order_that_was_only_accepted_is_not_said_to_be_done(proven: Stage, slow: Slow) -> None:
    assert (await plan_confirmed(proven)).responses == ["utter_plan_accepted"]
    assert (await row_of(proven, "plan_pending")).state is PendingState.PLACED
    assert await told(proven) == []


@pytest.mark.parametrize(
    ("becomes", "words", "state"),
    [
        (OrderState.COMPLETED, "办理成功", PendingState.COMPLETED),
        (OrderState.FAILED, "没有受理", PendingState.FAILED),
    ],
)
async def test_what_became_of_an_accepted_order_is_told_once(
    proven: Stage, slow: Slow, becomes: OrderState, words: str, state: PendingState
) -> None:
    await plan_confirmed(proven)
    slow.becomes = becomes
    assert words in (await told(proven))[0]
    assert (await row_of(proven, "plan_pending")).state is state
    before = await told(proven)
    assert await told(proven) == before


async def test_a_yes_again_to_an_accepted_order_shows_where_it_stands(proven: Stage, slow: Slow) -> None:
    await plan_confirmed(proven)
    again = await proven.run(PlanSubmit(proven.services), "确认", "affirm")
    assert again.responses == ["utter_plan_accepted"]
    assert len(await orders_of(proven)) == 1


async def test_an_accepted_order_is_not_said_to_be_cancelled(proven: Stage, slow: Slow) -> None:
    await plan_confirmed(proven)
    assert await cancel(proven) == ["utter_plan_withdrawn_late", "utter_plan_accepted"]


async def test_another_order_beside_an_accepted_one_is_asked_about(proven: Stage, slow: Slow) -> None:
    await plan_confirmed(proven)
    proven.active_form = "plan_form"
    proven.slots |= {"plan_pending": None, "plan_offering": PACK, "plan_action": "add"}
    asked = await proven.run(AskPlanConfirmed(proven.services), "再办一个10元流量加油包", "plan_change")
    assert asked.responses == ["utter_plan_confirm_add"]


async def test_an_order_taken_back_too_late_and_only_accepted_is_told_and_followed(
    proven: Stage, slow: Slow, down: Down, clock: FixedClock
) -> None:
    down.lost = True
    await unanswered(proven, down)
    proven.services = replace(proven.services, bss=down)
    await cancel(proven)
    proven.services = replace(proven.services, bss=slow)
    late, accepted = await settled(proven, clock)
    assert "取消之前就受理了" in late
    assert "已经受理" in accepted
    slow.becomes = OrderState.COMPLETED
    assert "办理成功" in (await told(proven))[-1]
