"""When a person is offered, and what the agent is told before the first word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.balance import BalanceShow
from actions.base import Events, Say, TopicAction
from actions.faq import FaqAnswer
from actions.fault import FaultOpen
from actions.handoff import Handoff
from actions.topup import ValidateTopupForm
from actions.turn import Turn
from bss.embedded import EmbeddedBss
from bss.port import Subscriber
from bss.sandbox.store import Store
from core.errors import UpstreamUnavailable
from core.ids import Msisdn
from tests.actions.conftest import token
from tests.actions.stage import Said, Stage
from tests.actions.systems import Down as Unanswering
from tests.actions.unanswered import cancel, unanswered

ABSTAINED = {"event": "bot", "data": {"custom": {"type": "about", "topic": "faq", "outcome": "abstained"}}}
ANSWERED = {"event": "bot", "data": {"custom": {"type": "about", "topic": "faq"}}}
NOT_UNDERSTOOD = {"event": "bot", "text": "没明白", "metadata": {"utter_action": "utter_not_understood"}}
NOBODY_KNOWS = "火星上有信号吗"


class Down(TopicAction):
    """An action whose billing system is down."""

    action = "action_balance_show"

    async def act(self, turn: Turn, say: Say) -> Events:
        raise UpstreamUnavailable("bss.unavailable")


def buttons(said: Said) -> list[str]:
    """Return the responses that offer a person."""
    return [name for name in said.responses if name.startswith("utter_handoff_offer")]


def card(said: Said) -> dict[str, Any]:
    """Return what the service is told of a handoff."""
    return next(control for control in said.controls if control["type"] == "handoff")


async def grow_old(stage: Stage) -> None:
    """Make the customer, who has proven a number, one of 65 or over."""
    await stage.services.identity.describe(stage.conversation_id, "滨海", "65+")


async def test_two_questions_in_a_row_without_an_answer_offer_a_person(stage: Stage) -> None:
    first = await stage.run(FaqAnswer(stage.services), NOBODY_KNOWS, "faq")
    stage.shown = [ABSTAINED]
    second = await stage.run(FaqAnswer(stage.services), NOBODY_KNOWS, "faq")
    assert (buttons(first), buttons(second)) == ([], ["utter_handoff_offer_abstained"])


async def test_customer_twice_taken_for_a_strangers_business_is_offered_a_person(proven: Stage) -> None:
    await grow_old(proven)
    first = await proven.run(FaqAnswer(proven.services), NOBODY_KNOWS, "out_of_scope")
    proven.shown = [{"event": "bot", "data": {"custom": first.controls[-1]}}]
    second = await proven.run(FaqAnswer(proven.services), NOBODY_KNOWS, "out_of_scope")
    assert (buttons(first), buttons(second)) == ([], ["utter_handoff_offer_abstained"])


async def test_an_answer_in_between_starts_the_count_anew(stage: Stage) -> None:
    stage.shown = [ABSTAINED, {"event": "user", "text": "怎么开发票"}, ANSWERED]
    said = await stage.run(FaqAnswer(stage.services), NOBODY_KNOWS, "faq")
    assert buttons(said) == []


async def test_two_answers_in_a_row_that_a_form_cannot_read_offer_a_person(stage: Stage) -> None:
    stage.active_form, stage.slots["requested_slot"] = "topup_form", "topup_amount"
    first = await stage.run(ValidateTopupForm(stage.services), "嗯那个", "inform")
    stage.shown = [NOT_UNDERSTOOD]
    second = await stage.run(ValidateTopupForm(stage.services), "就是那个", "inform")
    assert (buttons(first), buttons(second)) == ([], ["utter_handoff_offer_not_understood"])


async def test_an_angry_customer_is_offered_a_person_and_an_apology(stage: Stage) -> None:
    said = await stage.run(FaqAnswer(stage.services), NOBODY_KNOWS, "faq", mood="angry")
    assert (said.responses[0], buttons(said)) == ("utter_handoff_sorry", ["utter_handoff_offer_angry"])


async def test_the_elderly_are_offered_a_person_at_the_first_question_without_an_answer(
    proven: Stage,
) -> None:
    await grow_old(proven)
    said = await proven.run(FaqAnswer(proven.services), NOBODY_KNOWS, "faq")
    assert buttons(said) == ["utter_handoff_offer_elderly"]


async def test_the_elderly_are_offered_a_person_when_billing_is_down(proven: Stage) -> None:
    younger = await proven.run(Down(proven.services), "查余额")
    await grow_old(proven)
    elderly = await proven.run(Down(proven.services), "查余额")
    assert (buttons(younger), buttons(elderly)) == ([], ["utter_handoff_offer_elderly"])


async def test_whoever_is_answered_is_offered_nobody(proven: Stage) -> None:
    await grow_old(proven)
    said = await proven.run(BalanceShow(proven.services), "查余额", "balance_query")
    assert (said.responses[0].startswith("utter_balance_"), buttons(said)) == (True, [])


async def test_the_agent_is_told_who_what_and_what_was_tried(proven: Stage) -> None:
    named = await token(proven.services, proven.conversation_id, "13800000002")
    proven.slots |= {"topup_amount": 5000}
    proven.shown = [
        said("user", f"给{named}充50", "topup"),
        {"event": "bot", "text": "请确认：给 138****0002 充值 50元"},
        {"event": "bot", "data": {"custom": {"type": "about", "topic": "topup"}}},
        ABSTAINED,
    ]
    found = card(await proven.run(Handoff(proven.services), "转人工", "human"))
    assert (found["reason"], found["skill"], found["is_elderly"]) == ("asked", "billing", False)
    summary = found["summary"]
    assert summary["who"].startswith("138****0001，")
    assert (summary["wish"], summary["tried"]) == ("给***充50", ["办理充值", "提问未能回答"])
    assert summary["known"] == [["充值金额", "50元"]]
    assert summary["last_turns"][-2:] == [["bot", "请确认：给 138****0002 充值 50元"], ["customer", "转人工"]]
    assert "13800000" not in str(found)


def said(who: str, text: str, intent: str) -> dict[str, Any]:
    """Return something that was said before."""
    return {"event": who, "text": text, "parse_data": {"intent": {"name": intent}}}


@pytest.mark.parametrize(
    ("words", "skill", "reason"),
    [
        ("叫个活人来", "billing", "asked"),
        ("我要投诉，转人工", "complaints", "complaint"),
        ("宽带断了，找人工", "faults", "asked"),
        ("人工，我要换套餐", "plans", "asked"),
        ("转人工问话费", "billing", "asked"),
    ],
)
async def test_the_words_of_the_request_choose_the_skill(
    stage: Stage, words: str, skill: str, reason: str
) -> None:
    found = card(await stage.run(Handoff(stage.services), words, "human"))
    assert (found["skill"], found["reason"]) == (skill, reason)


async def test_who_names_a_trouble_and_asks_for_a_person_in_one_message_gets_the_person(stage: Stage) -> None:
    text = "宽带断了两天了,转人工"
    wishes = tuple(
        {"text": part, "intent": intent, "confidence": 0.9, "entities": []}
        for part, intent in (("宽带断了两天了", "fault"), ("转人工", "human"))
    )
    opened = await stage.run(FaultOpen(stage.services), text, "fault", wishes=wishes)
    assert (opened.followup, opened.messages) == ("action_handoff", [])
    said = await stage.run(Handoff(stage.services), text, "fault", wishes=wishes, since=tuple(opened.events))
    found = card(said)
    assert (found["skill"], found["summary"]["wish"]) == ("faults", "宽带断了两天了，转人工")


async def test_the_topic_talked_about_last_chooses_the_skill(stage: Stage) -> None:
    stage.shown = [{"event": "bot", "data": {"custom": {"type": "about", "topic": "fault"}}}]
    found = card(await stage.run(Handoff(stage.services), "人工", "human"))
    assert (found["skill"], found["summary"]["who"]) == ("faults", "未验证身份")


class Silent(EmbeddedBss):
    """A billing system that does not say who has a number."""

    async def subscriber(self, number: Msisdn) -> Subscriber:
        raise UpstreamUnavailable("bss.unavailable")


async def test_the_elderly_go_to_the_front_even_while_billing_is_down(proven: Stage, store: Store) -> None:
    await grow_old(proven)
    stage = Stage(replace(proven.services, bss=Silent(store)), proven.conversation_id)
    found = card(await stage.run(Handoff(stage.services), "人工", "human"))
    assert (found["is_elderly"], found["reason"]) == (True, "elderly")


async def test_the_agent_sees_what_will_be_placed_without_them(proven: Stage, down: Unanswering) -> None:
    await unanswered(proven, down)
    waiting = await proven.run(Handoff(proven.services), "转人工", "human")
    await cancel(proven)
    taken_back = await proven.run(Handoff(proven.services), "转人工", "human")
    told = [card(said)["summary"]["known"][-1] for said in (waiting, taken_back)]
    assert [label for label, _ in told] == ["在途办理"] * 2
    assert "请勿另办" in told[0][1]
    assert "客户已取消" in told[1][1]
