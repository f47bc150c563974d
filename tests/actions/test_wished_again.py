"""What was confirmed while the billing system did not answer, and is wished again, or the opposite."""

from __future__ import annotations

from dataclasses import replace

from actions.plan_order import AskPlanConfirmed, PlanSubmit
from actions.topup import AskTopupConfirmed, TopupSubmit
from core.clock import FixedClock
from tests.actions.conftest import NUMBER, token
from tests.actions.stage import Stage
from tests.actions.systems import Down
from tests.actions.unanswered import (
    PACK,
    cancel,
    orders_of,
    plan_confirmed,
    settled,
    unanswered,
)


async def test_the_same_order_wished_again_is_one_order(proven: Stage, down: Down, clock: FixedClock) -> None:
    row = await unanswered(proven, down)
    proven.slots |= {"plan_pending": None, "retry": None, "plan_offering": PACK, "plan_action": "add"}
    proven.active_form = "plan_form"
    asked = await proven.run(AskPlanConfirmed(proven.services), "办10元流量加油包", "plan_change")
    assert (asked.followup, asked.slots["plan_pending"]) == ("action_plan_submit", row.id)
    proven.active_form = None
    receipt = await proven.run(PlanSubmit(proven.services), "办10元流量加油包", "plan_change")
    assert receipt.responses == ["utter_plan_done"]
    assert await settled(proven, clock) == []
    assert len(await orders_of(proven)) == 1


async def test_another_order_after_the_first_is_done_is_another(proven: Stage) -> None:
    await plan_confirmed(proven)
    proven.slots["plan_pending"] = None
    await plan_confirmed(proven)
    assert len(await orders_of(proven)) == 2


async def test_what_was_just_taken_back_is_not_ordered_anew_before_it_is_known_what_became_of_it(
    proven: Stage, down: Down
) -> None:
    await unanswered(proven, down)
    await cancel(proven)
    proven.active_form = "plan_form"
    proven.slots |= {"plan_pending": None, "plan_offering": PACK, "plan_action": "add"}
    asked = await proven.run(AskPlanConfirmed(proven.services), "办10元流量加油包", "plan_change")
    assert asked.responses == ["utter_plan_withdrawn_before"]
    assert asked.slots["plan_pending"] is None


async def test_the_opposite_wish_takes_an_order_back(proven: Stage, down: Down, clock: FixedClock) -> None:
    before, proven.services = proven.services, replace(proven.services, bss=down)
    await plan_confirmed(proven, "vas-missed")
    proven.services = before
    proven.active_form = "plan_form"
    proven.slots |= {"plan_pending": None, "plan_offering": "vas-missed", "plan_action": "delete"}
    asked = await proven.run(AskPlanConfirmed(proven.services), "退订来电提醒", "plan_change")
    assert asked.responses == ["utter_plan_withdrawing"]
    await settled(proven, clock)
    assert await orders_of(proven, "vas-missed") == []


async def test_an_earlier_change_of_plan_does_not_undo_the_later(
    proven: Stage, down: Down, clock: FixedClock
) -> None:
    before, proven.services = proven.services, replace(proven.services, bss=down)
    await plan_confirmed(proven, "plan-star-79")
    proven.services = before
    proven.slots["plan_pending"] = None
    assert (await plan_confirmed(proven, "plan-5g-99")).responses == ["utter_plan_done"]
    told = await settled(proven, clock)
    assert await orders_of(proven, "plan-star-79") == []
    assert "办理星享套餐79元”没有办理" in told[-1]


async def test_the_same_top_up_wished_again_is_one_link(stage: Stage, down: Down, clock: FixedClock) -> None:
    row = await unanswered(stage, down, topup=True)
    number = await token(stage.services, stage.conversation_id, NUMBER)
    stage.slots |= {"topup_number": number, "topup_amount": 5000.0, "topup_pending": None}
    asked = await stage.run(AskTopupConfirmed(stage.services), "充50", "topup")
    assert (asked.followup, asked.slots["topup_pending"]) == ("action_topup_submit", row.id)
    assert (await stage.run(TopupSubmit(stage.services), "充50", "topup")).responses == ["utter_topup_link"]
    assert await settled(stage, clock) == []
