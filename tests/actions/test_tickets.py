"""Faults and complaints, action by action."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from actions.complaint import ComplaintOpen, ComplaintSubmit, ValidateComplaintForm
from actions.fault import AskFaultSolved, FaultOpen, FaultSubmit, ValidateFaultForm
from conversations.opening import TIME_TO_CALL
from conversations.operating import Operating
from core.clock import CHINA
from core.ids import ArticleId
from knowledge_base.articles import Article
from tests.actions.conftest import NUMBER, token
from tests.actions.stage import ShelfOfArticles, Stage

SLOW = "宽带网速很慢怎么办"


async def test_what_the_customer_tells_first_is_not_asked_again(stage: Stage) -> None:
    said = await stage.run(FaultOpen(stage.services), SLOW, "fault")
    assert said.slots["fault_description"] == SLOW


async def test_a_bare_wish_for_a_repair_tells_nothing_yet(stage: Stage) -> None:
    said = await stage.run(FaultOpen(stage.services), "我要报修", "fault")
    assert said.slots["fault_description"] is None


async def test_the_self_check_comes_from_the_knowledge_base(stage: Stage, knowledge: ShelfOfArticles) -> None:
    article = Article(ArticleId("fault-slow"), "故障自查", "网速慢", (SLOW,), "1. 先测速\n\n2. 再重启")
    knowledge.articles[article.id] = article
    stage.slots["fault_description"] = SLOW
    said = await stage.run(AskFaultSolved(stage.services), SLOW, "fault")
    assert said.messages[0]["steps"] == "1. 先测速\n2. 再重启"


async def test_a_fault_that_is_gone_opens_no_ticket(stage: Stage) -> None:
    stage.slots |= {"fault_description": SLOW, "requested_slot": "fault_solved"}
    said = await stage.run(ValidateFaultForm(stage.services), "已经好了", "affirm")
    assert said.responses == ["utter_fault_solved"]
    assert said.followup == "action_listen"


async def test_a_fault_that_stays_gets_one_ticket_however_often_it_is_sent(proven: Stage) -> None:
    await proven.run(FaultOpen(proven.services), SLOW, "fault")
    proven.slots |= {"requested_slot": "fault_solved"}
    await proven.run(ValidateFaultForm(proven.services), "还是不行", "deny")
    proven.slots["fault_place"] = "幸福小区3号楼"
    kept = dict(proven.slots)
    first = await proven.run(FaultSubmit(proven.services), "-")
    proven.slots = kept
    second = await proven.run(FaultSubmit(proven.services), "-")
    tickets = await proven.services.bss.tickets(NUMBER)
    assert first.messages[0]["ticket"] == second.messages[0]["ticket"] == tickets[0].id
    assert (tickets[0].kind, tickets[0].description) == ("incident", f"{SLOW}\n幸福小区3号楼")


async def test_a_complaint_told_at_once_asks_only_for_a_number(stage: Stage) -> None:
    text = "营业员态度恶劣，办个业务让我跑三趟"
    said = await stage.run(ComplaintOpen(stage.services), text, "complaint")
    assert (said.responses, said.slots["complaint_text"]) == (["utter_complaint_sorry"], text)


async def test_a_complaint_may_mention_anything(stage: Stage) -> None:
    stage.slots["requested_slot"] = "complaint_text"
    text = "上个月账单莫名其妙多扣了我三十块钱"
    said = await stage.run(ValidateComplaintForm(stage.services), text, "bill_query")
    assert said.slots["complaint_text"] == text


@pytest.mark.parametrize("words", ["{}", "请打{}给我回电"])
async def test_a_number_told_before_the_story_is_kept_and_the_story_still_asked_for(
    stage: Stage, words: str
) -> None:
    stage.slots |= {"requested_slot": "complaint_text", "complaint_kind": "request"}
    number = await token(stage.services, stage.conversation_id)
    said = await stage.run(ValidateComplaintForm(stage.services), words.format(number), msisdn=number)
    assert said.slots["complaint_number"] == number
    assert (said.slots["requested_slot"], said.slots.get("complaint_text")) == ("complaint_text", None)


async def test_a_complaint_without_a_number_gets_its_ticket(stage: Stage) -> None:
    await stage.run(ComplaintOpen(stage.services), "你们乱扣我的话费，我要投诉", "complaint")
    stage.slots["requested_slot"] = "complaint_number"
    said = await stage.run(ValidateComplaintForm(stage.services), "跳过", command="skip")
    assert said.followup == "action_complaint_submit"
    ticket = await stage.run(ComplaintSubmit(stage.services), "-")
    assert ticket.responses == ["utter_complaint_ticket", "utter_handoff_offer_complaint"]


async def test_numbers_in_a_complaint_reach_the_ticket_masked(proven: Stage) -> None:
    named = await token(proven.services, proven.conversation_id, "13800000002")
    await proven.run(ComplaintOpen(proven.services), f"{named}一直打骚扰电话给我", "complaint")
    await proven.run(ComplaintSubmit(proven.services), "-")
    assert (await proven.services.bss.tickets(NUMBER))[0].description == "138****0002一直打骚扰电话给我"


async def test_a_call_is_promised_for_working_time_and_a_complaint_answered_by_the_clock(
    proven: Stage,
) -> None:
    now, hours = proven.services.clock.now(), proven.services.hours
    assert isinstance(hours, Operating)
    await hours.change("hours", [[["09:00", "18:00"]]] * 7, "root")
    day = now.astimezone(CHINA).date()
    await hours.change("special_days", [f"{day}至{day + timedelta(days=4)} 休息 春节"], "root")
    for text, kind in (("请给我回个电话说明", ["request"]), ("营业员态度恶劣没人管", [])):
        await proven.run(ComplaintOpen(proven.services), text, "complaint", ticket_kind=kind)
        await proven.run(ComplaintSubmit(proven.services), "-")
    promised = {ticket.kind: ticket.promised for ticket in await proven.services.bss.tickets(NUMBER)}
    opens = datetime.combine(day + timedelta(days=5), time(9), CHINA)
    assert promised["request"] == opens + TIME_TO_CALL
    assert promised["complain"] == now + timedelta(hours=48)


async def test_a_contact_elsewhere_is_written_into_the_ticket(stage: Stage) -> None:
    await stage.run(ComplaintOpen(stage.services), "请给我回个电话说明", "complaint", ticket_kind="request")
    stage.slots["complaint_number"] = await token(stage.services, stage.conversation_id, "13912345678")
    said = await stage.run(ComplaintSubmit(stage.services), "-")
    assert said.responses == ["utter_complaint_callback_ticket"]
