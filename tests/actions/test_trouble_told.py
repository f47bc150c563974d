"""Trouble as customers tell it: at once, in pieces, again, or to somebody who is being cheated."""

from __future__ import annotations

from typing import Any

import pytest

from actions.complaint import ComplaintOpen, ValidateComplaintForm
from actions.fault import AskFaultSolved, FaultOpen, ValidateFaultForm
from actions.ticket_progress import ComplaintProgress
from core.ids import ArticleId
from knowledge_base.articles import Article
from tests.actions.conftest import NUMBER, OTHER, token
from tests.actions.stage import ShelfOfArticles, Stage

TOLD = "昨天上门的师傅态度差，还多收了我五十块"
OPENING = ({"event": "active_loop", "name": "complaint_form"},)


async def test_a_complaint_with_nothing_left_to_ask_is_lodged_at_once(proven: Stage) -> None:
    await proven.run(ComplaintOpen(proven.services), TOLD, "complaint")
    proven.active_form = "complaint_form"
    said = await proven.run(ValidateComplaintForm(proven.services), TOLD, "complaint", since=OPENING)
    assert said.followup == "action_complaint_submit"


async def test_a_doubtful_complaint_is_offered_to_be_looked_up_first(stage: Stage) -> None:
    said = await stage.run(
        ComplaintOpen(stage.services), "我这电话费怎么这么快没了", "complaint", confidence=0.4
    )
    assert said.responses == ["utter_complaint_sorry"]  # nothing else is likely
    said = await _ranked(stage, "我这电话费怎么这么快没了", [("complaint", 0.45), ("bill_query", 0.3)])
    assert said.responses == ["utter_complaint_or"]


async def _ranked(stage: Stage, text: str, ranking: list[tuple[str, float]]) -> Any:
    action = ComplaintOpen(stage.services)
    return await stage.run(action, text, ranking[0][0], confidence=ranking[0][1], ranking=ranking)


async def test_pressing_a_complaint_just_lodged_lodges_no_second(stage: Stage) -> None:
    stage.shown = [{"event": "bot", "text": "-", "metadata": {"utter_action": "utter_complaint_ticket"}}]
    said = await stage.run(ComplaintOpen(stage.services), "再不解决我就去工信部", "complaint")
    assert said.responses == ["utter_complaint_already"]


async def test_who_is_being_cheated_is_warned_first(stage: Stage, knowledge: ShelfOfArticles) -> None:
    text = "有人冒充你们公司让我转钱"
    knowledge.articles[ArticleId("fraud")] = Article(
        ArticleId("fraud"), "防骚扰防诈骗", "辨别真假", (text,), "不要转账"
    )
    said = await stage.run(ComplaintOpen(stage.services), text, "complaint")
    assert said.messages[0]["answer"] == "不要转账"
    assert said.followup == "action_listen"


async def test_more_of_a_fault_is_looked_up_and_kept(stage: Stage) -> None:
    stage.slots |= {"fault_description": "宽带断了", "requested_slot": "fault_solved"}
    said = await stage.run(ValidateFaultForm(stage.services), "光猫亮红灯", "fault")
    assert said.slots["fault_description"] == "宽带断了\n光猫亮红灯"


async def test_a_place_sent_before_it_is_asked_for_is_kept(stage: Stage) -> None:
    stage.slots |= {"fault_description": "宽带断了", "requested_slot": "fault_solved"}
    said = await stage.run(ValidateFaultForm(stage.services), "望京西园四区,三天了", "chitchat")
    assert (said.slots["fault_solved"], said.slots["fault_place"]) == (False, "望京西园四区,三天了")


async def test_a_number_sent_too_early_is_kept(stage: Stage) -> None:
    stage.slots |= {"fault_description": "宽带断了", "requested_slot": "fault_solved"}
    number = await token(stage.services, stage.conversation_id, OTHER)
    said = await stage.run(ValidateFaultForm(stage.services), number, "inform", msisdn=number)
    assert said.slots["fault_number"] == number


async def test_the_button_that_skips_the_place_skips_it(stage: Stage) -> None:
    stage.slots |= {"fault_description": "宽带断了", "fault_solved": False, "requested_slot": "fault_place"}
    said = await stage.run(
        ValidateFaultForm(stage.services), '/inform{"command": "skip"}', "inform", command="skip"
    )
    assert said.slots["fault_place"] == "none"


async def test_a_stopped_number_is_told_so_before_anything_is_switched_off(stage: Stage) -> None:
    barred = "13800000008"
    code = await stage.services.identity.issue_code(stage.conversation_id, type(NUMBER)(barred))
    await stage.services.identity.check_code(stage.conversation_id, code)
    await stage.run(FaultOpen(stage.services), "打不出去电话", "fault")
    opening = ({"event": "active_loop", "name": "fault_form"},)
    said = await stage.run(AskFaultSolved(stage.services), "打不出去电话", "fault", since=opening)
    assert said.responses == ["utter_fault_stopped"]


@pytest.mark.parametrize("text", ["我上次报修的怎么样了", "工单号忘了", "投诉处理得怎么样了"])
async def test_who_asks_after_a_ticket_is_led_to_it(stage: Stage, text: str) -> None:
    said = await stage.run(ComplaintOpen(stage.services), text, "complaint")
    assert said.followup == "action_complaint_progress"


async def test_tickets_are_shown_with_how_far_they_have_come(proven: Stage) -> None:
    none = await proven.run(ComplaintProgress(proven.services), "我的投诉处理得怎么样了", "complaint")
    assert none.responses == ["utter_complaint_progress_none"]
    ticket = await proven.services.bss.open_ticket(NUMBER, "complain", TOLD, "major", "key")
    said = await proven.run(ComplaintProgress(proven.services), "我的投诉处理得怎么样了", "complaint")
    assert ticket.id in said.messages[0]["lines"]
    assert "正在处理" in said.messages[0]["lines"]
