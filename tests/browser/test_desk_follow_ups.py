"""What an agent promises to come back to, in two real browsers: promised, listed, called, ticked off, told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.desk_model import Skill
from tests.browser.conftest import PHONE, shoot
from tests.browser.desk import DeskPage, hire
from tests.browser.widget import ANSWER_MS, Widget
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa]
_NUMBERS = itertools.count()
LAPTOP = {"width": 1280, "height": 720}
NUMBER = "13800000004"


@pytest.fixture
def desk(stack: Stack, chromium: Any) -> Iterator[DeskPage]:
    """An agent for bills, online."""
    login = f"follow{next(_NUMBERS)}"
    hire(stack, login, "方圆", (Skill.BILLING,))
    context = chromium.new_context(viewport=LAPTOP, locale="zh-CN", timezone_id="Asia/Shanghai")
    opened = DeskPage(context.new_page()).sign_in(stack.base, login)
    yield opened
    context.close()


def test_promise_is_kept_from_the_agents_list(stack: Stack, desk: DeskPage, phone: Any) -> None:
    widget, page = Widget(phone).open(stack.base), desk.page
    for said, heard in (("查余额", "手机号"), (NUMBER, "验证码")):
        widget.say(said)
        widget.sees(heard)
    widget.say(stack.last_code(NUMBER))
    widget.sees("余额")
    widget.say("转人工")
    widget.sees("我是客服方圆")
    desk.open_first()
    page.keyboard.press("Alt+r")
    page.get_by_role("radio", name="需要跟进").check()
    page.get_by_label("要做什么").fill("   ")
    desk.confirm("结束")
    page.get_by_role("alert").get_by_text("要做的事").wait_for(
        timeout=ANSWER_MS
    )  # refused, and all still there
    assert page.get_by_role("radio", name="需要跟进").is_checked()
    page.get_by_label("要做什么").fill("查清9月的国际漫游费，回电说明")
    page.get_by_role("button", name="3天后18:00").click()
    shoot(page, "desk-follow-up-dialog")
    desk.confirm("结束")
    widget.sees("前处理并答复您")
    widget.sees("打个分")
    page.get_by_role("tab", name="跟进 1").click()
    page.locator(".item", has_text="国际漫游费").click(timeout=ANSWER_MS)
    page.locator(".side").get_by_text("138****0004").last.wait_for(timeout=ANSWER_MS)
    page.locator(".promised").get_by_text("工单 GD").wait_for(timeout=ANSWER_MS)
    shoot(page, "desk-follow-up")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="客户资料").click()
    page.locator(".promised").get_by_role("button", name="完成跟进").wait_for(timeout=ANSWER_MS)
    shoot(page, "desk-phone-customer")
    page.get_by_role("button", name="客户资料").click()
    page.set_viewport_size(LAPTOP)
    page.keyboard.press("Alt+j")
    page.get_by_label("处理结果").fill("已核实，退10元")
    page.get_by_label("把结果告诉客户").check()
    page.get_by_label("发给客户的话").fill("漫游费10元已退到您的话费里")
    shoot(page, "desk-follow-up-finish")
    desk.confirm("完成")
    widget.sees("您之前咨询的问题有结果了：漫游费10元已退到您的话费里")
    page.get_by_role("tab", name="跟进 0").wait_for(timeout=ANSWER_MS)
    desk.sees("已核实，退10元")
    shoot(phone, "phone-follow-up")


def test_promise_that_is_late_is_red_and_can_be_put_off(stack: Stack, desk: DeskPage) -> None:
    page = desk.page
    stack.send("late-promise", "转人工")
    desk.open_first()
    page.keyboard.press("Alt+r")
    page.get_by_role("radio", name="需要跟进").check()
    page.get_by_label("要做什么").fill("回电")
    desk.confirm("结束")
    page.get_by_role("tab", name="跟进 1").click(timeout=ANSWER_MS)
    page.locator(".item").get_by_text("明天 18:00").wait_for(timeout=ANSWER_MS)
    page.clock.install()
    page.clock.fast_forward("50:00:00")
    page.reload()
    page.get_by_role("status").get_by_text("跟进快到期了：回电").wait_for(timeout=ANSWER_MS)
    page.get_by_role("tab", name="跟进 1").click(timeout=ANSWER_MS)
    page.get_by_role("tab", name="跟进 1").get_by_text("条逾期").wait_for(timeout=ANSWER_MS)
    page.locator(".item .due.late").wait_for(timeout=ANSWER_MS)
    page.locator(".item").click()
    page.locator(".thread-head").get_by_role("button", name="改期或转交").click(timeout=ANSWER_MS)
    page.get_by_role("button", name="3天后18:00").click()
    desk.confirm("保存")
    page.locator("dialog").wait_for(state="detached")
    page.locator(".item .due:not(.late)").wait_for(timeout=ANSWER_MS)
