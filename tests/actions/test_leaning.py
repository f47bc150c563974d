"""Short messages that lean on the offering answered about before: read as if they named it, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from actions.faq import FaqAnswer
from actions.plan import PlanAnswer
from actions.plan_open import PlanOpen
from actions.plan_order import ValidatePlanForm
from actions.smalltalk import SmalltalkChat
from actions.usage import UsageShow
from tests.actions.stage import Said, Stage


async def talked(stage: Stage, text: str, **entities: Any) -> Said:
    """Let the customer ask about plans, and keep what was said for the next message."""
    said = await stage.run(PlanAnswer(stage.services), text, "plan_query", **entities)
    stage.shown = [{"event": "bot", "data": {"custom": control}} for control in said.controls]
    return said


def titles(said: Said) -> list[str]:
    return [button["title"] for message in said.messages for button in message["buttons"]]


@pytest.mark.parametrize(
    ("action", "text", "intent"),
    [
        (FaqAnswer, "怎么关", "out_of_scope"),
        (FaqAnswer, "能结转吗", "faq"),
        (PlanOpen, "怎么退", "plan_change"),
        (UsageShow, "有多少流量", "usage_query"),
    ],
)
async def test_a_question_without_a_name_goes_to_the_offering_talked_about(
    stage: Stage, action: type[FaqAnswer | PlanOpen | UsageShow], text: str, intent: str
) -> None:
    await talked(stage, "夜间流量包多少钱", offering="data-night-9")
    assert (await stage.run(action(stage.services), text, intent)).followup == "action_plan_answer"


async def test_how_to_close_it_is_answered_with_the_button_that_cancels(stage: Stage) -> None:
    await talked(stage, "亲情网怎么开", offering="family-net")
    said = await stage.run(PlanAnswer(stage.services), "怎么关", "out_of_scope")
    assert said.responses == ["utter_plan_facts"]
    assert "QXQQW" in said.messages[0]["facts"]
    assert titles(said) == ["退订亲情网"]


async def test_ordering_it_asks_for_the_number_and_shows_the_tariff_first(stage: Stage) -> None:
    await talked(stage, "星享套餐59元有多少流量", offering="plan-star-59")
    said = await stage.run(PlanOpen(stage.services), "办这个", "plan_change")
    assert said.followup == "identity_form"
    assert (said.slots["plan_offering"], said.slots["identity_for"]) == ("plan-star-59", "plan_form")


async def test_a_superlative_goes_on_with_the_last_search(stage: Stage) -> None:
    await talked(stage, "流量最多的套餐是哪个")
    cheapest = await talked(stage, "那最便宜的呢")
    assert "保号套餐8元" in cheapest.messages[0]["briefs"]
    dearest = await talked(stage, "最贵的呢")
    assert "299元" in dearest.messages[0]["briefs"]


async def test_of_a_list_it_is_asked_which_one(stage: Stage) -> None:
    await talked(stage, "50元以下的套餐有哪些")
    said = await stage.run(PlanAnswer(stage.services), "能结转吗", "faq")
    assert said.responses == ["utter_plan_which"]
    assert len(titles(said)) == 3


async def test_another_topic_in_between_ends_it(stage: Stage) -> None:
    await talked(stage, "彩铃多少钱", offering="vas-ring")
    bill = {"event": "bot", "data": {"custom": {"type": "about", "topic": "bill"}}}
    stage.shown += [{"event": "user", "text": "查账单"}, bill]
    said = await stage.run(PlanOpen(stage.services), "怎么退", "plan_change")
    assert said.followup != "action_plan_answer"


async def test_what_was_talked_about_long_ago_is_left_alone(stage: Stage) -> None:
    await talked(stage, "彩铃多少钱", offering="vas-ring")
    stage.shown += [{"event": "user", "text": "嗯"}] * 3
    said = await stage.run(PlanOpen(stage.services), "怎么退", "plan_change")
    assert said.followup != "action_plan_answer"


async def test_a_form_keeps_its_own_short_answers(stage: Stage) -> None:
    await talked(stage, "彩铃多少钱", offering="vas-ring")
    stage.active_form = "topup_form"
    said = await stage.run(UsageShow(stage.services), "有多少流量", "usage_query")
    assert said.followup != "action_plan_answer"


@pytest.mark.parametrize(
    ("action", "text", "intent"),
    [
        (FaqAnswer, "视屏彩玲怎么取消", "out_of_scope"),
        (PlanOpen, "视屏彩玲怎么取消", "plan_change"),
        (UsageShow, "5g畅想99有多少流量,能打多少分钟电话", "usage_query"),
    ],
)
async def test_a_misspelt_name_that_the_catalogue_is_sure_of_is_answered(
    stage: Stage, action: type[FaqAnswer | PlanOpen | UsageShow], text: str, intent: str
) -> None:
    assert (await stage.run(action(stage.services), text, intent)).followup == "action_plan_answer"


async def test_where_no_plan_fits_the_nearest_are_offered_and_advice(stage: Stage) -> None:
    said = await talked(stage, "有没有比现在便宜的套餐,最好50以内,流量20g以上", number=50, data_mb=20480)
    assert said.responses == ["utter_plan_nearest"]
    assert "星享套餐59元" in said.messages[0]["briefs"]
    assert titles(said)[-1] == "按我的用量推荐"


async def test_a_yes_to_an_order_leans_on_nothing(stage: Stage) -> None:
    await talked(stage, "来电显示多少钱", offering="vas-callerid")
    stage.active_form = "plan_form"
    stage.slots |= {
        "plan_offering": "vas-callerid",
        "plan_pending": "row",
        "requested_slot": "plan_confirmed",
    }
    said = await stage.run(ValidatePlanForm(stage.services), "办吧", "affirm")
    assert said.slots["plan_confirmed"] is True


async def test_a_word_of_one_name_points_at_it(stage: Stage) -> None:
    await talked(stage, "有哪些流量包", shelf="data")
    said = await talked(stage, "夜间的多少钱")
    assert "夜间流量包9元" in str(said.messages)


async def test_what_sounded_like_talk_goes_on_with_the_search(stage: Stage) -> None:
    await talked(stage, "有什么套餐")
    assert (
        await stage.run(SmalltalkChat(stage.services), "100以内的呢", "chitchat")
    ).followup == "action_plan_answer"


async def test_an_amount_alone_goes_on_with_the_search(stage: Stage) -> None:
    await talked(stage, "有哪些流量包")
    said = await talked(stage, "30g的呢", data_mb=30720)
    assert "30GB" in said.messages[0]["briefs"]
