"""Messages that are taken for something else than they are: another amount, talk, a shelf, a question asked on."""

from __future__ import annotations

from typing import Any

import pytest

from actions.faq import FaqAnswer
from actions.identity import ValidateIdentityForm
from actions.plan import PlanAnswer
from actions.plan_open import PlanOpen
from actions.smalltalk import SmalltalkChat, SmalltalkIdle
from actions.topup import AskTopupConfirmed, ValidateTopupForm
from actions.topup_open import TopupOpen
from core.ids import ArticleId
from knowledge_base.articles import Article
from tests.actions.conftest import OTHER, token
from tests.actions.stage import ShelfOfArticles, Stage


def about(**fields: str) -> list[dict[str, Any]]:
    """Return what the answer before this message was about."""
    return [{"event": "bot", "data": {"custom": {"type": "about", **fields}}}]


async def test_another_amount_is_no_order_of_something_else(stage: Stage) -> None:
    stage.active_form = "topup_form"
    stage.slots |= {"topup_number": "[msisdn_1]", "topup_amount": 5000.0, "requested_slot": "topup_confirmed"}
    said = await stage.run(ValidateTopupForm(stage.services), "等等,换成100", "plan_change", number=100)
    assert said.slots["topup_amount"] == 10000


async def test_each_of_two_numbers_is_topped_up_one_by_one(stage: Stage) -> None:
    form = ValidateTopupForm(stage.services)
    said = await stage.run(
        form, "给[msisdn_1]和[msisdn_2]各充50", "topup", msisdn=["[msisdn_1]", "[msisdn_2]"]
    )
    assert said.responses == ["utter_topup_one_by_one"]


async def test_a_question_about_top_ups_is_answered_in_the_middle_of_one(stage: Stage) -> None:
    stage.active_form, stage.slots["requested_slot"] = "topup_form", "topup_amount"
    assert (await stage.run(ValidateTopupForm(stage.services), "充值多久到账", "topup")).is_rejected


@pytest.mark.parametrize("text", ["充给[msisdn_1]了", "昨天在支付宝充的"])
async def test_what_is_told_of_a_top_up_begins_no_other(stage: Stage, text: str) -> None:
    assert (await stage.run(TopupOpen(stage.services), text, "topup")).responses == ["utter_topup_trouble"]


async def test_the_number_of_another_wish_proves_nothing(stage: Stage) -> None:
    stage.active_form, stage.slots["requested_slot"] = "identity_form", "identity_number"
    number = await token(stage.services, stage.conversation_id, OTHER)
    said = await stage.run(ValidateIdentityForm(stage.services), f"给{number}充50", "topup", msisdn=number)
    assert said.is_rejected


@pytest.mark.parametrize("text", ["为什么要给你号码", "不想给号码", "就不能直接查吗"])
async def test_who_wonders_why_the_number_is_asked_for_is_told(stage: Stage, text: str) -> None:
    stage.active_form, stage.slots["requested_slot"] = "identity_form", "identity_number"
    said = await stage.run(ValidateIdentityForm(stage.services), text, "faq")
    assert said.responses == ["utter_identity_why"]


@pytest.mark.parametrize(
    ("text", "before", "entities", "action"),
    [
        ("短信呢", "balance", {}, "action_usage_show"),
        ("那9月呢", "usage", {"month": "2026-09"}, "action_usage_show"),
        ("9月的呢", "bill", {"month": "2026-09"}, "action_bill_show"),
        ("那129呢", "plan", {"number": 129}, "action_plan_answer"),
        ("充100", "plan", {"amount_fen": 10000}, "action_topup_open"),
        ("好的谢谢,再见", "bill", {}, "action_smalltalk_goodbye"),
    ],
)
async def test_what_sounds_like_talk_is_part_of_the_business(
    stage: Stage, text: str, before: str, entities: dict[str, Any], action: str
) -> None:
    stage.shown = about(topic=before)
    assert (await stage.run(SmalltalkChat(stage.services), text, "chitchat", **entities)).followup == action


async def test_a_number_and_an_amount_alone_are_a_top_up(stage: Stage) -> None:
    said = await stage.run(
        SmalltalkIdle(stage.services), "[msisdn_1] 100", "inform", msisdn="[msisdn_1]", number=100
    )
    assert said.followup == "action_topup_open"


async def test_a_shelf_that_is_asked_for_is_shown(stage: Stage) -> None:
    said = await stage.run(PlanAnswer(stage.services), "有哪些流量包", "plan_query")
    assert said.responses == ["utter_plan_shelf"]
    assert said.messages[0]["buttons"][0]["title"].startswith("流量日包")


async def test_a_plan_that_is_too_dear_is_advised_on(stage: Stage) -> None:
    said = await stage.run(PlanAnswer(stage.services), "59太贵了能便宜点吗", "plan_query", number=59)
    assert said.followup == "action_plan_advise"


async def test_who_wants_no_advice_gets_none(stage: Stage) -> None:
    said = await stage.run(PlanAnswer(stage.services), "别给我推荐套餐", "plan_query", ask="advice")
    assert said.responses == ["utter_smalltalk_nothing_else"]


@pytest.mark.parametrize(("action", "intent"), [(FaqAnswer, "out_of_scope"), (PlanAnswer, "plan_query")])
async def test_a_bare_property_is_asked_of_what(
    stage: Stage, action: type[FaqAnswer | PlanAnswer], intent: str
) -> None:
    assert (await stage.run(action(stage.services), "多少钱", intent)).responses == ["utter_faq_about_what"]


async def test_a_short_question_goes_on_with_the_article_before(
    stage: Stage, knowledge: ShelfOfArticles
) -> None:
    kept = Article(ArticleId("kept"), "停复机", "停机保号", ("停机保号",), "每月5元")
    back = Article(ArticleId("back"), "停复机", "恢复", ("停机保号 怎么恢复",), "APP里恢复")
    knowledge.articles |= {kept.id: kept, back.id: back}
    stage.shown = about(topic="faq", article="kept", outcome="answered")
    said = await stage.run(FaqAnswer(stage.services), "怎么恢复", "out_of_scope")
    assert said.messages[0]["answer"] == "APP里恢复"


async def test_what_was_shown_said_again_with_a_yes_is_a_yes(stage: Stage) -> None:
    number = await token(stage.services, stage.conversation_id, OTHER)
    stage.slots |= {"topup_number": number, "topup_amount": 10000.0, "requested_slot": "topup_confirmed"}
    await stage.run(AskTopupConfirmed(stage.services), "-")
    said = await stage.run(ValidateTopupForm(stage.services), "对,就100", "chitchat", number=100)
    assert said.slots["topup_confirmed"] is True


async def test_the_own_number_that_nobody_knows_is_asked_for(stage: Stage) -> None:
    stage.active_form, stage.slots["requested_slot"] = "topup_form", "topup_number"
    said = await stage.run(ValidateTopupForm(stage.services), "给我自己充", "inform", whose="own")
    assert (said.responses, said.slots["requested_slot"]) == ([], "topup_number")


@pytest.mark.parametrize("text", ["我没买过", "谁给我开的"])
async def test_who_never_ordered_it_is_helped_though_it_sounds_like_talk(stage: Stage, text: str) -> None:
    said = await stage.run(SmalltalkChat(stage.services), text, "chitchat")
    assert said.followup == "action_plan_open"


async def test_a_lost_phone_is_no_talk(stage: Stage, knowledge: ShelfOfArticles) -> None:
    lost = Article(ArticleId("lost"), "补换卡", "挂失", ("我手机丢了",), "请马上挂失")
    knowledge.articles[lost.id] = lost
    said = await stage.run(SmalltalkChat(stage.services), "我手机丢了", "chitchat")
    assert said.messages[0]["answer"] == "请马上挂失"


async def test_a_limit_goes_on_with_a_shelf_opened_by_a_button(stage: Stage) -> None:
    said = await stage.run(
        PlanAnswer(stage.services), '/plan_query{"shelf": "data"}', "plan_query", shelf="data"
    )
    stage.shown = [{"event": "bot", "data": {"custom": control}} for control in said.controls]
    said = await stage.run(PlanAnswer(stage.services), "便宜点的", "plan_query")
    assert "流量日包3元" in said.messages[0]["briefs"]


async def test_a_yes_to_the_offer_of_a_person_leads_to_one(stage: Stage) -> None:
    stage.shown = [
        {"event": "bot", "text": "-", "metadata": {"utter_action": "utter_handoff_offer_abstained"}}
    ]
    assert (await stage.run(SmalltalkIdle(stage.services), "好的", "affirm")).followup == "action_handoff"


async def test_a_rambling_wish_to_look_something_up_is_no_greeting(stage: Stage) -> None:
    text = "嗯那个就是喂你好啊那个查一查那个我的那个话费那个"
    assert (
        await stage.run(SmalltalkChat(stage.services), text, "chitchat")
    ).followup == "action_balance_show"


async def test_the_own_plan_against_another_is_advised_on(stage: Stage) -> None:
    text = "我现在的套餐和79的比哪个好"
    said = await stage.run(PlanAnswer(stage.services), text, "plan_query", number=79)
    assert said.followup == "action_plan_advise"


@pytest.mark.parametrize(
    ("text", "first"),
    [("出国漫游有什么包", "港澳流量日包"), ("有什么宽带", "家庭宽带300M"), ("有哪些增值业务", "来电显示")],
)
async def test_each_shelf_is_found_by_its_words(stage: Stage, text: str, first: str) -> None:
    said = await stage.run(PlanAnswer(stage.services), text, "plan_query")
    assert said.messages[0]["buttons"][0]["title"].startswith(first)


async def test_an_order_while_the_number_is_proven_is_what_follows_the_proof(stage: Stage) -> None:
    stage.active_form = "identity_form"
    said = await stage.run(PlanOpen(stage.services), "办夜间流量包", "plan_change", offering="data-night-9")
    assert said.slots["identity_for"] == "plan_form"
    assert "suspended" not in said.slots
