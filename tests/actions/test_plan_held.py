"""What customers have themselves, what they never ordered, and prices of a list shown before."""

from __future__ import annotations

import pytest

from actions.faq import FaqAnswer
from actions.plan import PlanAnswer
from actions.plan_held import PlanHeld
from actions.plan_open import PlanOpen
from tests.actions.stage import Said, Stage


def titles(said: Said) -> list[str]:
    return [button["title"] for message in said.messages for button in message["buttons"]]


async def test_plan_commitment_and_services_are_shown_each_with_a_way_out(proven: Stage) -> None:
    said = await proven.run(PlanHeld(proven.services), "我现在是什么套餐", "plan_query")
    lines = said.messages[0]["lines"]
    assert "主套餐：星享套餐59元（59元/月）" in lines
    assert "来电显示（5元/月）" in lines
    assert "入网：20" in lines
    assert titles(said)[-1] == "换套餐"
    assert "退订来电显示" in titles(said)


@pytest.mark.parametrize(
    "text",
    [
        "我现在用的是什么套餐",
        "查一下我的套餐",
        "我开通了哪些业务",
        "看看有没有给我开什么乱七八糟的业务",
        "合约啥时候到期",
    ],
)
@pytest.mark.parametrize("action", [PlanAnswer, PlanOpen, FaqAnswer])
async def test_who_asks_what_they_have_is_led_there(
    stage: Stage, action: type[PlanAnswer | PlanOpen | FaqAnswer], text: str
) -> None:
    assert (await stage.run(action(stage.services), text, "plan_query")).followup == "action_plan_held"


@pytest.mark.parametrize(
    "text", ["有什么套餐", "我想换个什么套餐好", "星享套餐59元是什么套餐", "合约没到期能换吗"]
)
async def test_who_asks_about_plans_in_general_is_not(stage: Stage, text: str) -> None:
    assert (await stage.run(PlanAnswer(stage.services), text, "plan_query")).followup != "action_plan_held"


async def test_a_stranger_proves_the_number_first(stage: Stage) -> None:
    said = await stage.run(PlanHeld(stage.services), "我现在是什么套餐", "plan_query")
    assert (said.followup, said.slots["identity_for"]) == ("identity_form", "action_plan_held")


@pytest.mark.parametrize(
    "text", ["那50块的流量包我没订过,给我退钱", "谁给我开的这个流量包", "你们偷偷给我开了流量包"]
)
async def test_who_disputes_an_order_is_not_led_into_one(stage: Stage, text: str) -> None:
    said = await stage.run(PlanOpen(stage.services), text, "plan_change", offering="data-boost-50")
    assert said.responses == ["utter_plan_disputed"]
    assert titles(said) == ["退订流量加油包50元", "查我的账单", "登记核查退费"]


async def test_a_price_is_looked_for_in_the_list_shown_before(stage: Stage) -> None:
    said = await stage.run(PlanAnswer(stage.services), "有哪些流量包", "plan_query", shelf="data")
    stage.shown = [{"event": "bot", "data": {"custom": control}} for control in said.controls]
    said = await stage.run(PlanAnswer(stage.services), "50块的有多少g", "plan_query", amount_fen=5000)
    assert "流量加油包50元" in str(said.messages)


async def test_how_to_close_a_service_offers_to_cancel_it(stage: Stage) -> None:
    text = "5块钱的来电显示咋关"
    said = await stage.run(
        PlanOpen(stage.services), text, "plan_change", offering="vas-callerid", amount_fen=500
    )
    assert titles(said)[:1] == ["退订来电显示"]
