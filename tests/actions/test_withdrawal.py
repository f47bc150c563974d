"""What was confirmed while the billing system did not answer: taken back, wished again, or said yes to again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.plan_order import AskPlanConfirmed, PlanSubmit
from actions.services import Services
from actions.settlement import settle_once
from actions.smalltalk import SmalltalkIdle
from actions.topup import AskTopupConfirmed, TopupSubmit
from bss.embedded import EmbeddedBss
from bss.port import ProductOrder, Topup
from bss.sandbox import topups
from bss.sandbox.store import Store
from conversations.directory import Directory
from conversations.model import Event, Inbound, Sender
from conversations.pending import PendingAction, PendingId, PendingState
from core.clock import FixedClock
from core.database import Database
from core.errors import UpstreamRejected, UpstreamTimeout
from tests.actions.conftest import NUMBER, token
from tests.actions.stage import Said, Stage

PACK = "data-boost-10"  # may be ordered again and again, and is charged each time


class Down(EmbeddedBss):
    """A billing system that answers nothing; what is `lost` it has carried out all the same."""

    lost = False

    async def create_topup(self, *args: Any, **named: Any) -> Topup:
        raise UpstreamTimeout("bss.timeout")

    async def place_order(self, *args: Any) -> ProductOrder:
        if self.lost:
            await super().place_order(*args)
        raise UpstreamTimeout("bss.timeout")

    async def order(self, key: str) -> ProductOrder | None:
        raise UpstreamTimeout("bss.timeout")


class Locked(EmbeddedBss):
    """A billing system whose answers get lost, and that then refuses us every look-up."""

    async def place_order(self, *args: Any) -> ProductOrder:
        await super().place_order(*args)
        raise UpstreamTimeout("bss.timeout")

    async def order(self, key: str) -> ProductOrder | None:
        raise UpstreamRejected("bss.rejected", reason="400")


class Conflicting(EmbeddedBss):
    """A billing system that says no to the repeat of what it is working on."""

    async def place_order(self, *args: Any) -> ProductOrder:
        await super().place_order(*args)
        raise UpstreamRejected("bss.rejected", status=409, reason="409")


@pytest.fixture
def up(stage: Stage) -> Services:
    return stage.services


@pytest.fixture
def down(store: Store, up: Services) -> Down:
    return Down(store)


async def plan_confirmed(stage: Stage, offering: str = PACK, action: str = "add") -> Said:
    """Order something and say yes."""
    stage.active_form, stage.shown = "plan_form", []
    stage.slots |= {"plan_offering": offering, "plan_action": action, "requested_slot": "plan_confirmed"}
    await stage.run(AskPlanConfirmed(stage.services), "-")
    stage.active_form = None
    return await stage.run(PlanSubmit(stage.services), "确认", "affirm")


async def topup_confirmed(stage: Stage) -> Said:
    """Top 50 yuan up and say yes."""
    number = await token(stage.services, stage.conversation_id, NUMBER)
    stage.slots |= {"topup_number": number, "topup_amount": 5000.0, "topup_pending": None}
    await stage.run(AskTopupConfirmed(stage.services), "-")
    return await stage.run(TopupSubmit(stage.services), "确认", "affirm")


async def unanswered(stage: Stage, down: Down, *, topup: bool = False) -> PendingAction:
    """Confirm an order, or a top-up, that billing does not answer."""
    before, stage.services = stage.services, replace(stage.services, bss=down)
    said = await (topup_confirmed if topup else plan_confirmed)(stage)
    stage.services = before
    assert said.slots["retry"] == ("action_topup_submit" if topup else "action_plan_submit")
    return await row_of(stage, "topup_pending" if topup else "plan_pending")


async def row_of(stage: Stage, slot: str) -> PendingAction:
    row = await stage.services.pending.get(PendingId(str(stage.slots[slot])))
    assert row is not None
    return row


async def cancel(stage: Stage) -> list[str]:
    return (await stage.run(SmalltalkIdle(stage.services), "取消", "cancel")).responses


async def settled(stage: Stage, clock: FixedClock, after_s: float = 30) -> list[str]:
    """Let settlement work; return what it has told so far."""
    clock.advance(timedelta(seconds=after_s))
    await settle_once(stage.services)
    history = await stage.services.transcript.history(stage.conversation_id)
    return [message.content.text for message in history if message.sender is not Sender.CUSTOMER]


async def orders_of(stage: Stage, offering: str = PACK) -> Sequence[ProductOrder]:
    return [o for o in await stage.services.bss.orders(NUMBER, 50) if o.offering_id == offering]


# --- taken back --------------------------------------------------------------------------------------------------


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


# --- wished again ------------------------------------------------------------------------------------------------


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


# --- yes again ---------------------------------------------------------------------------------------------------


def said_before(*names: str) -> list[dict[str, Any]]:
    return [{"event": "bot", "text": "-", "metadata": {"utter_action": name}} for name in names]


async def test_a_yes_to_a_person_is_not_taken_for_the_yes_to_an_old_order(proven: Stage) -> None:
    await plan_confirmed(proven)
    await topup_confirmed(proven)
    proven.shown = said_before("utter_handoff_offer_not_understood")
    yes = await proven.run(SmalltalkIdle(proven.services), "好的", "affirm")
    assert yes.followup == "action_handoff"


async def test_a_bare_yes_later_repeats_no_receipt(proven: Stage) -> None:
    await plan_confirmed(proven)
    proven.shown = said_before("utter_balance_show")
    yes = await proven.run(SmalltalkIdle(proven.services), "好的", "affirm")
    assert yes.responses == ["utter_smalltalk_what_next"]


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_yes_pressed_twice_shows_the_same_receipt(proven: Stage, is_named: bool) -> None:
    await plan_confirmed(proven)
    proven.shown = said_before("utter_handoff_offer_failed" if is_named else "utter_plan_done")
    named = {"pending": proven.slots["plan_pending"]} if is_named else {}
    yes = await proven.run(SmalltalkIdle(proven.services), "/affirm", "affirm", **named)
    assert yes.followup == "action_plan_submit"


async def test_a_yes_to_a_top_up_that_was_paid_says_so(stage: Stage, store: Store) -> None:
    await topup_confirmed(stage)
    row = await row_of(stage, "topup_pending")
    assert row.external is not None
    await store.do(topups.settle, str(row.external["id"]), "success")
    seen = await stage.run(TopupSubmit(stage.services), "确认", "affirm")  # before settlement has looked
    assert seen.responses == ["utter_topup_state_under_way"]
    await settle_once(stage.services)
    assert (await stage.run(TopupSubmit(stage.services), "确认", "affirm")).responses == [
        "utter_topup_state_paid"
    ]


# --- refused, or not? --------------------------------------------------------------------------------------------


async def test_a_refused_look_up_does_not_make_an_order_fail(
    proven: Stage, store: Store, clock: FixedClock
) -> None:
    up, proven.services = proven.services, replace(proven.services, bss=Locked(store))
    assert (await plan_confirmed(proven)).responses[0] == "utter_plan_unanswered"
    assert await settled(proven, clock) == []
    proven.services = up
    assert "办理成功" in (await settled(proven, clock))[0]


async def test_a_no_to_the_repeat_of_an_order_hides_no_order(proven: Stage, store: Store) -> None:
    proven.services = replace(proven.services, bss=Conflicting(store))
    assert (await plan_confirmed(proven)).responses == ["utter_plan_done"]


async def test_a_look_up_of_a_top_up_that_is_refused_leaves_its_link_watched(
    stage: Stage, store: Store
) -> None:
    class Forgetful(EmbeddedBss):
        async def topup(self, topup_id: str) -> Topup:
            raise UpstreamRejected("bss.rejected", reason="404")

    await topup_confirmed(stage)
    stage.services = replace(stage.services, bss=Forgetful(store))
    await stage.run(TopupSubmit(stage.services), "确认", "affirm")
    assert (await row_of(stage, "topup_pending")).state is PendingState.PLACED


async def test_the_order_that_is_taken_back_is_the_one_shown(proven: Stage, down: Down) -> None:
    await unanswered(proven, down)
    said = await proven.run(SmalltalkIdle(proven.services), "取消", "cancel")
    assert "加油包" in said.messages[0]["wish"]
    assert said.messages[0]["wish"].startswith("办理")
