"""Two real browsers: a customer's widget and the agents' desk, from the hand-off to the rating."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from conversations.desk_model import Skill
from tests.browser.conftest import shoot
from tests.browser.desk import DeskPage, hire
from tests.browser.inside import WCAG, flaws
from tests.browser.widget import ANSWER_MS, Widget
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa]
LAPTOP = {"width": 1280, "height": 720}


@pytest.fixture
def desks(chromium: Any) -> Iterator[Any]:
    """Open desks in browsers of their own."""
    contexts: list[Any] = []

    def open_desk() -> DeskPage:
        contexts.append(chromium.new_context(viewport=LAPTOP, locale="zh-CN"))
        return DeskPage(contexts[-1].new_page())

    yield open_desk
    for context in contexts:
        context.close()


def test_from_the_hand_off_to_the_rating(stack: Stack, phone: Any, desks: Any) -> None:
    hire(stack, "lin", "林静", (Skill.BILLING,))
    hire(stack, "zhou", "周全", (Skill.FAULTS, Skill.BILLING))
    lin = desks().sign_in(stack.base, "lin")
    widget = Widget(phone).open(stack.base)
    widget.say("查一下上个月的账单")
    widget.sees("手机号")
    widget.say("13800000001")
    widget.sees("验证码")
    widget.say(stack.last_code("13800000001"))
    widget.log.get_by_role("region", name="账单").last.wait_for(timeout=ANSWER_MS)
    widget.say("转人工")
    widget.sees("我是客服林静")
    lin.open_first()
    lin.page.get_by_text("转人工摘要").wait_for(timeout=ANSWER_MS)
    assert "138****0001" in lin.page.locator(".side").inner_text()
    lin.page.get_by_text("本月用量").wait_for(timeout=ANSWER_MS)
    lin.say("您好，我看到您上个月的账单了。")
    widget.sees("我看到您上个月的账单了")
    attack = '<img src=x onerror="window.hacked=1">宽带也断了'
    widget.say(attack)
    lin.sees("宽带也断了")
    assert lin.page.evaluate("window.hacked") is None
    assert lin.log.locator("img").count() == 0
    shoot(lin.page, "desk-conversation")
    zhou = desks().sign_in(stack.base, "zhou")
    lin.page.keyboard.press("Alt+t")
    lin.page.get_by_label("转给").select_option("skill:faults")
    lin.page.get_by_label("原因（同事看得到）").fill("客户宽带断了，账单已解释")
    lin.confirm("转接")
    widget.sees("我是客服周全")
    zhou.open_first()
    zhou.sees("账单已解释")
    zhou.page.keyboard.press("Alt+b")
    zhou.confirm("交还")
    widget.sees("交还给我")
    zhou.has(0)
    widget.say("发票怎么开")
    widget.sees("电子发票")
    widget.say("转人工")
    zhou.has(1)
    zhou.open_first()
    zhou.say("已经帮您报修了。")
    widget.sees("已经帮您报修了")
    zhou.page.keyboard.press("Alt+r")
    shoot(zhou.page, "desk-resolve")
    zhou.confirm("结束")
    widget.sees("打个分")
    shoot(phone, "phone-rating")
    widget.log.get_by_role("radio", name="5星").last.click()
    widget.sees("问题解决了吗")
    shoot(phone, "phone-rating-solved")


def test_full_number_is_shown_on_request(stack: Stack, page: Any, desks: Any) -> None:
    hire(stack, "he", "何敏", (Skill.BILLING,))
    desk = desks().sign_in(stack.base, "he")
    widget = Widget(page).open(stack.base)
    widget.say("查余额")
    widget.sees("手机号")
    widget.say("13800000002")
    widget.sees("验证码")
    widget.say(stack.last_code("13800000002"))
    widget.sees("余额")
    widget.say("转人工")
    widget.sees("我是客服何敏")
    desk.open_first()
    desk.page.get_by_role("button", name="显示完整号码").click(timeout=ANSWER_MS)
    desk.page.get_by_text("13800000002").wait_for(timeout=ANSWER_MS)
    desk.page.keyboard.press("Alt+r")
    desk.confirm("结束")
    widget.sees("打个分")


def test_ten_conversations_fit_a_small_screen(stack: Stack, desks: Any) -> None:
    hire(stack, "ten", "石磊", (Skill.BILLING,), capacity=10)
    desk = desks().sign_in(stack.base, "ten")
    for number in range(10):
        answers = stack.send(f"ten-{number}", "转人工")
        assert answers
    desk.has(10)
    stack.send("ten-3", "有人吗，在不在")
    desk.page.locator(".unread:not([hidden])").first.wait_for(timeout=ANSWER_MS)
    boxes = [item.bounding_box() for item in desk.page.locator(".item").all()]
    assert all(box["y"] + box["height"] <= LAPTOP["height"] for box in boxes)
    desk.page.keyboard.press("Alt+4")
    desk.page.wait_for_timeout(600)
    shoot(desk.page, "desk-ten-conversations")
    for left in reversed(range(10)):
        desk.open_first()
        desk.page.keyboard.press("Alt+r")
        desk.confirm("结束")
        expect(desk.page.locator(".item")).to_have_count(left, timeout=ANSWER_MS)
    desk.page.get_by_text("还没有接待中的会话").wait_for(timeout=ANSWER_MS)


def test_axe_finds_no_violation_on_the_desk(stack: Stack, desks: Any) -> None:
    hire(stack, "axe", "安迪", (Skill.BILLING,))
    desk = desks().sign_in(stack.base, "axe")
    stack.send("axe-customer", "转人工")
    desk.open_first()
    desk.page.get_by_text("还没有验证手机号").wait_for(timeout=ANSWER_MS)
    found = flaws(desk.page, *WCAG)
    desk.page.keyboard.press("Alt+r")
    desk.confirm("结束")
    assert found == []


def test_supervisor_reads_along_whispers_and_takes_over(stack: Stack, desks: Any) -> None:
    hire(stack, "led", "乐乐", (Skill.BILLING,))
    led, boss = desks().sign_in(stack.base, "led"), desks().sign_in(stack.base, "supervisor", online=False)
    stack.send("read-along", "话费不对，转人工")
    led.open_first()
    boss.tab("全部")
    boss.open_first()
    boss.sees("话费不对")
    boss.page.get_by_label("悄悄提示客服，客户看不到").fill("先安抚一下客户")
    boss.page.keyboard.press("Enter")
    led.log.locator(".bubble.note", has_text="王班长 悄悄提示").get_by_text("先安抚一下客户").wait_for(
        timeout=ANSWER_MS
    )
    shoot(boss.page, "desk-read-along")
    boss.page.keyboard.press("Alt+g")
    boss.confirm("接管")
    led.page.get_by_role("status").get_by_text("已由其他同事接待").wait_for(timeout=ANSWER_MS)
    led.page.get_by_text("还没有接待中的会话").wait_for(timeout=ANSWER_MS)
    boss.page.get_by_label("回复客户").fill("您好，我是班长，我来处理。")
    boss.page.keyboard.press("Enter")
    boss.log.locator(".bubble.agent:not(.sending)", has_text="我是班长").wait_for(timeout=ANSWER_MS)
    told = [answer["text"] for answer in stack.send("read-along", "")]
    assert "您好，我是班长，我来处理。" in told
    assert not any("先安抚" in text for text in told)
    boss.page.keyboard.press("Alt+r")
    boss.confirm("结束")


def test_what_a_customer_writes_never_runs_on_the_desk(stack: Stack, desks: Any) -> None:
    attack = (
        '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script> javascript:window.hacked=3'
    )
    hire(stack, "safe", "石安", (Skill.BILLING,))
    stack.send("attacker", "发票怎么开")
    stack.send("attacker", "再见")
    stack.send("attacker", "/rate" + json.dumps({"stars": 1, "words": attack}))
    stack.send("attacker", f"话费不对 {attack}")
    stack.send("attacker", "转人工")
    desk = desks().sign_in(stack.base, "safe")
    desk.open_first()
    desk.has(1)
    desk.page.get_by_role("tab", name="接待中", selected=True).wait_for(timeout=ANSWER_MS)
    stack.send("attacker", f"还有 {attack}")
    desk.sees(f"还有 {attack}")
    desk.page.get_by_role("button", name="查看最近30天的历史会话").click()
    desk.page.get_by_text("历史评价").wait_for(timeout=ANSWER_MS)
    shown = {area: desk.page.locator(area).inner_text() for area in (".list", ".log", ".side")}
    assert [area for area, text in shown.items() if "onerror" not in text] == []  # read everywhere, as text
    assert desk.page.locator(":is(.list, .log, .side) :is(img, script, a[href^=javascript])").count() == 0
    assert desk.page.evaluate("window.hacked ?? null") is None
    desk.page.keyboard.press("Alt+r")
    desk.confirm("结束")


def test_desk_is_not_shown_to_strangers(stack: Stack) -> None:
    answer = httpx.get(f"{stack.base}/agent", follow_redirects=False, timeout=30)
    assert answer.status_code == 302
    assert answer.headers["location"] == "/login?next=/agent"
