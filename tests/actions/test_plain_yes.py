"""Money moves on a plain yes only, and what is no answer is not taken for small talk."""

from __future__ import annotations

import pytest

from actions.plan_order import AskPlanConfirmed, ValidatePlanForm
from actions.smalltalk import SmalltalkChat, SmalltalkGoodbye
from actions.topup import AskTopupConfirmed, TopupSubmit, ValidateTopupForm
from actions.topup_open import TopupOpen
from conversations.pending import PendingId, PendingState
from tests.actions.conftest import NUMBER, token
from tests.actions.stage import Stage


async def topup_shown(stage: Stage) -> ValidateTopupForm:
    """Bring the conversation to the confirmation of a top-up."""
    number = await token(stage.services, stage.conversation_id, NUMBER)
    stage.slots |= {"topup_number": number, "topup_amount": 5000.0, "requested_slot": "topup_confirmed"}
    await stage.run(AskTopupConfirmed(stage.services), "-")
    stage.active_form = "topup_form"
    return ValidateTopupForm(stage.services)


async def plan_shown(stage: Stage, order_action: str) -> ValidatePlanForm:
    """Bring the conversation to the second confirmation of a service."""
    stage.active_form = "plan_form"
    offering = "vas-callerid" if order_action == "delete" else "vas-missed"
    stage.slots |= {
        "plan_offering": offering,
        "plan_action": order_action,
        "requested_slot": "plan_confirmed",
    }
    await stage.run(AskPlanConfirmed(stage.services), "-")
    return ValidatePlanForm(stage.services)


@pytest.mark.parametrize("text", ["好的先别充", "等等,好", "嗯还是不要充了"])
async def test_a_yes_that_is_taken_back_tops_nothing_up(stage: Stage, text: str) -> None:
    form = await topup_shown(stage)
    assert (await stage.run(form, text, "affirm")).slots.get("topup_confirmed") is None


async def test_a_word_of_cancelling_is_no_yes_to_an_order(proven: Stage) -> None:
    form = await plan_shown(proven, "add")
    assert (await proven.run(form, "退了", "affirm")).slots.get("plan_confirmed") is None


async def test_a_word_of_cancelling_is_the_yes_to_a_cancellation(proven: Stage) -> None:
    form = await plan_shown(proven, "delete")
    assert (await proven.run(form, "退了吧", "affirm")).slots["plan_confirmed"] is True


@pytest.mark.parametrize(("text", "intent"), [("我后悔了", "plan_change"), ("算了不办了", "chitchat")])
async def test_who_regrets_is_let_go_whatever_it_is_taken_for(proven: Stage, text: str, intent: str) -> None:
    form = await plan_shown(proven, "add")
    assert (await proven.run(form, text, intent)).responses == ["utter_plan_cancelled"]


async def test_a_wrong_amount_is_asked_for_again(stage: Stage) -> None:
    form = await topup_shown(stage)
    said = await stage.run(form, "金额错了", "chitchat")
    assert (said.slots["topup_amount"], said.slots["requested_slot"]) == (None, "topup_amount")


async def test_talk_in_the_middle_of_a_form_is_an_answer_not_understood(stage: Stage) -> None:
    stage.active_form = "topup_form"
    said = await stage.run(SmalltalkChat(stage.services), "几十块吧", "chitchat")
    assert said.responses == ["utter_not_understood"]


async def test_a_bare_number_ends_no_conversation(stage: Stage) -> None:
    goodbye = SmalltalkGoodbye(stage.services)
    assert (await stage.run(goodbye, "60", "goodbye", number=60)).followup == "action_smalltalk_idle"
    assert (await stage.run(goodbye, "886", "goodbye", number=886)).responses == ["utter_smalltalk_goodbye"]


async def test_who_wants_no_top_up_is_asked_for_no_number(stage: Stage) -> None:
    said = await stage.run(TopupOpen(stage.services), "不要给我充值", "topup")
    assert said.responses == ["utter_topup_not_wanted"]


async def test_who_asks_after_a_top_up_hears_where_it_stands(stage: Stage) -> None:
    await topup_shown(stage)
    stage.active_form = None
    await stage.run(TopupSubmit(stage.services), "确认", "affirm")
    unpaid = await stage.run(TopupOpen(stage.services), "怎么还没到账", "topup")
    assert unpaid.responses == ["utter_topup_state_unpaid"]
    row = PendingId(str(stage.slots["topup_pending"]))
    await stage.services.pending.settle(row, PendingState.COMPLETED, "")
    assert (
        await stage.run(SmalltalkChat(stage.services), "到账了吗", "chitchat")
    ).followup == "action_topup_open"
    assert (await stage.run(TopupOpen(stage.services), "到账了吗", "chitchat")).responses == [
        "utter_topup_state_paid"
    ]
