"""A customer's whole wishes in WeChat, through the simulator's page at phone width, with the real product behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from conversations.desk_model import Skill
from tests.browser.conftest import shoot
from tests.browser.desk import DeskPage, hire
from tests.browser.inside import WCAG, flaws
from tests.browser.wechat_phone import WechatPhone
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa]
PREPAID = "13800000014"


@pytest.fixture
def desk(stack: Stack, chromium: Any) -> Iterator[DeskPage]:
    """An agent's desk in a browser of its own, online until the test is over."""
    hire(stack, "wei", "魏来", (Skill.BILLING,))
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    opened = DeskPage(context.new_page()).sign_in(stack.base, "wei")
    yield opened
    context.close()


def test_customer_tops_up_from_the_first_word_to_the_payments_success(stack: Stack, phone: Any) -> None:
    before = len(stack.ledger(PREPAID))
    wechat = WechatPhone(phone).follow(stack)
    shoot(phone, "wechat-welcome")
    wechat.say(f"给{PREPAID}充50元")
    wechat.sees("138****0014")
    shoot(phone, "wechat-topup-confirm")
    wechat.choose("确认充值")
    with phone.expect_popup() as opened:
        wechat.log.get_by_role("link").last.click(timeout=ANSWER_MS)
    shoot(phone, "wechat-topup-link")
    opened.value.get_by_role("button", name="支付成功").click()
    opened.value.get_by_text("充值款已到账").wait_for(timeout=ANSWER_MS)
    opened.value.close()
    wechat.sees("充值成功")
    shoot(phone, "wechat-topup-receipt")
    assert len(stack.ledger(PREPAID)) == before + 1


def test_customer_changes_plan_with_a_second_yes(stack: Stack, phone: Any) -> None:
    wechat = WechatPhone(phone).follow(stack)
    wechat.say("换成星享套餐39元")
    wechat.prove(stack, PREPAID)
    wechat.sees("星享套餐39元")
    shoot(phone, "wechat-plan-tariff")
    wechat.choose("确认办理")
    wechat.sees("办理成功")
    shoot(phone, "wechat-plan-receipt")


def test_customer_is_handed_to_an_agent_and_rates_them(stack: Stack, phone: Any, desk: DeskPage) -> None:
    wechat = WechatPhone(phone).follow(stack)
    wechat.say("转人工")
    wechat.sees("我是客服魏来")
    desk.open_first()
    desk.say("您好，请问有什么可以帮您？")
    wechat.sees("请问有什么可以帮您")
    wechat.say("上个月的账单不对")
    desk.sees("上个月的账单不对")
    desk.page.get_by_text("微信还可发").first.wait_for(timeout=ANSWER_MS)
    shoot(desk.page, "wechat-desk")
    desk.say("我核对一下，稍后给您回复。")
    wechat.sees("稍后给您回复")
    shoot(phone, "wechat-agent")
    desk.page.keyboard.press("Alt+r")
    desk.confirm("结束")
    wechat.sees("打个分")
    shoot(phone, "wechat-rating")
    wechat.log.get_by_role("button", name="5星").last.click()
    wechat.sees("问题解决了吗")
    shoot(phone, "wechat-rating-solved")
    wechat.choose("解决了")
    wechat.sees("谢谢您的评价")


def test_what_may_still_be_sent_is_shown_beside_the_phone(stack: Stack, phone: Any) -> None:
    wechat = WechatPhone(phone).follow(stack)
    wechat.say("你好")
    wechat.log.locator(".line.account").nth(1).wait_for(timeout=ANSWER_MS)
    message = phone.locator(".allowance.message")
    message.wait_for(timeout=ANSWER_MS)
    assert "/ 5 条" in message.inner_text()


def test_users_are_switched_without_mixing_their_chats(stack: Stack, page: Any) -> None:
    wechat = WechatPhone(page).follow(stack)
    wechat.say("我是第一位")
    page.get_by_text("我是第一位").wait_for(timeout=ANSWER_MS)
    first = wechat.openid
    wechat.follow(stack)
    assert page.get_by_text("我是第一位").count() == 0
    wechat.users.get_by_role("button", name=first).click()
    page.get_by_text("我是第一位").wait_for(timeout=ANSWER_MS)
    shoot(page, "wechat-desktop")


def test_script_in_a_message_stays_text(stack: Stack, phone: Any) -> None:
    wechat = WechatPhone(phone).follow(stack)
    attack = '<img src=x onerror="window.hacked=1"><a href="javascript:window.hacked=1">点我</a>'
    wechat.say(attack)
    phone.locator(".line.user", has_text="onerror").wait_for(timeout=ANSWER_MS)
    assert phone.evaluate("window.hacked") is None
    assert phone.locator(".line.user img, .line.user a").count() == 0


@pytest.mark.parametrize("where", ["page", "phone"])
def test_axe_finds_no_violation(stack: Stack, request: pytest.FixtureRequest, where: str) -> None:
    page = request.getfixturevalue(where)
    wechat = WechatPhone(page).follow(stack)
    wechat.say("你好")
    wechat.log.locator(".line.account").nth(1).wait_for(timeout=ANSWER_MS)
    assert flaws(page, *WCAG) == []


def test_page_needs_nothing_from_elsewhere(stack: Stack, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(stack.wechat)
    page.get_by_role("button", name="添加并关注").wait_for()
    assert all(url.startswith((stack.wechat, "data:")) for url in asked)
    assert httpx.get(f"{stack.wechat}/phone/nothing.js", timeout=30).status_code == 404
