"""Several conversations side by side, the promise's colours, and the tones, in a real browser."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from conversations.desk_model import Skill
from tests.browser.conftest import PHONE, shoot
from tests.browser.desk import DeskPage, hire
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa]
LAPTOP, WIDE = {"width": 1280, "height": 720}, {"width": 1920, "height": 1080}
_NUMBERS = itertools.count()
_LISTEN = """
  window.tones = [];
  window.AudioContext = class extends AudioContext { constructor() { super(); window.audio = this; } };
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    const tone = make.call(this), start = tone.start.bind(tone);
    tone.start = (at) => { window.tones.push(tone.frequency.value); start(at); };
    return tone;
  };
"""


@pytest.fixture
def desk(stack: Stack, chromium: Any) -> Iterator[DeskPage]:
    """An agent with room for four, whose browser counts the tones it plays and whose clock can be moved."""
    login = f"side{next(_NUMBERS)}"
    hire(stack, login, "石磊", (Skill.BILLING,), capacity=4)
    context = chromium.new_context(viewport=LAPTOP, locale="zh-CN")
    context.add_init_script(_LISTEN)
    opened = DeskPage(context.new_page())
    opened.page.clock.install()
    opened.sign_in(stack.base, login)
    yield opened
    context.close()


@pytest.fixture
def boss(stack: Stack, chromium: Any) -> Iterator[DeskPage]:
    """A supervisor, who takes no customers."""
    context = chromium.new_context(viewport=LAPTOP, locale="zh-CN")
    yield DeskPage(context.new_page()).sign_in(stack.base, "supervisor", online=False)
    context.close()


def come(stack: Stack, desk: DeskPage, *customers: str) -> None:
    """Let customers ask for a person and wait until they are in hand."""
    for customer in customers:
        stack.send(customer, "转人工")
    desk.has(len(customers))


def touch(page: Any) -> None:
    """Touch a page and wait until it may sound: a browser plays nothing on one that nobody has touched."""
    page.get_by_role("heading", name="通达").click()
    _until(page, "() => window.audio?.state === 'running'", "the page may not sound")


def hears(page: Any, tone: int) -> None:
    """Wait until a tone was played."""
    _until(page, f"() => window.tones.includes({tone})", f"never heard {tone} Hz")


def _until(page: Any, condition: str, otherwise: str) -> None:
    """Wait for something inside a page whose own rules forbid Playwright to wait there."""
    deadline = time.monotonic() + ANSWER_MS / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, otherwise
        page.wait_for_timeout(50)


def test_each_pane_answers_its_own_customer(stack: Stack, desk: DeskPage) -> None:
    come(stack, desk, "pane-1", "pane-2", "pane-3")
    page, panes = desk.page, desk.page.locator(".thread")
    page.keyboard.press("Alt+1")
    page.keyboard.press("Alt+Shift+2")
    page.locator(".panes[data-panes='2']").wait_for(timeout=ANSWER_MS)
    panes.nth(0).locator("textarea").fill("给第一位的回答")
    panes.nth(1).locator("textarea").fill("给第二位的回答")
    panes.nth(1).locator("textarea").press("Enter")
    page.keyboard.press("Alt+BracketLeft")
    page.keyboard.press("Enter")
    panes.nth(0).locator(".bubble.agent", has_text="给第一位的回答").wait_for(timeout=ANSWER_MS)
    panes.nth(1).locator(".bubble.agent", has_text="给第二位的回答").wait_for(timeout=ANSWER_MS)
    assert panes.nth(0).locator(".bubble", has_text="给第二位的回答").count() == 0
    stack.send("pane-2", "我在另一栏说话")
    panes.nth(1).get_by_text("我在另一栏说话").wait_for(timeout=ANSWER_MS)
    unread = page.locator(".item .unread:not([hidden])")
    expect(unread).to_have_count(1, timeout=ANSWER_MS)  # only the customer who is not on the screen
    shoot(page, "desk-two-panes")
    page.set_viewport_size(WIDE)
    page.locator(".items li").nth(2).hover()
    page.get_by_role("button", name="并排打开").click()
    page.locator(".panes[data-panes='3']").wait_for(timeout=ANSWER_MS)
    shoot(page, "desk-three-panes")
    page.set_viewport_size(PHONE)
    page.locator(".panes[data-panes='1']").wait_for(timeout=ANSWER_MS)
    shoot(page, "desk-phone")
    page.set_viewport_size(LAPTOP)


def test_a_half_written_note_never_becomes_an_answer(stack: Stack, desk: DeskPage) -> None:
    come(stack, desk, "note-1")
    desk.open_first()
    desk.input.fill("您好，")
    desk.page.keyboard.press("Alt+n")
    assert desk.input.input_value() == ""
    desk.input.fill("这位客户很着急")
    desk.page.keyboard.press("Alt+n")
    assert desk.input.input_value() == "您好，"
    desk.page.keyboard.press("Alt+n")
    desk.input.press("Enter")
    desk.page.locator(".bubble.note", has_text="这位客户很着急").wait_for(timeout=ANSWER_MS)


def test_the_promise_turns_yellow_and_then_red(stack: Stack, desk: DeskPage) -> None:
    come(stack, desk, "late-1")
    clock = desk.page.locator(".item .clock")
    assert "soon" not in (clock.get_attribute("class") or "")
    _pass_until(desk.page, ".item .clock.soon")
    _pass_until(desk.page, ".item .clock.late")
    shoot(desk.page, "desk-late")
    desk.open_first()
    desk.say("您好，久等了。")
    desk.page.locator(".item .clock").wait_for(state="hidden", timeout=ANSWER_MS)


def _pass_until(page: Any, shown: str) -> None:
    """Let a minute go by, second by second, until something is shown: it may be over soon again."""
    for _ in range(60):
        if page.locator(shown).count():
            return
        page.clock.run_for(1_000)
    raise AssertionError(f"{shown} was not shown within a minute")


def test_a_whisper_is_heard_and_counted_while_the_agent_looks_elsewhere(
    stack: Stack, desk: DeskPage, boss: DeskPage
) -> None:
    page = desk.page
    touch(page)
    come(stack, desk, "hush-1")
    page.keyboard.press("Alt+1")
    stack.send("hush-2", "我的话费不对，转人工")
    desk.has(2)
    stack.send("hush-2", "我很着急")
    unread = page.locator(".item", has_text="我很着急").locator(".unread")
    unread.get_by_text("2条未读").wait_for(timeout=ANSWER_MS)  # given to the agent, and the customer's words
    page.evaluate("window.tones.length = 0")
    boss.tab("全部")
    boss.open_with("话费不对")
    boss.page.get_by_label("悄悄提示客服，客户看不到").fill("先安抚，再查账单")
    boss.page.keyboard.press("Enter")
    unread.get_by_text("3条未读").wait_for(timeout=ANSWER_MS)
    hears(page, 880)
    assert page.get_by_text("先安抚，再查账单").count() == 0  # not in the conversation on the screen
    page.keyboard.press("Alt+2")
    desk.log.locator(".bubble.note").get_by_text("先安抚，再查账单").wait_for(timeout=ANSWER_MS)
    page.locator(".item .unread:not([hidden])").wait_for(state="detached", timeout=ANSWER_MS)


def test_an_agent_who_is_sent_home_is_told_and_comes_back_at_one_press(
    stack: Stack, desk: DeskPage, boss: DeskPage
) -> None:
    come(stack, desk, "home-1")
    boss.tab("全部")
    boss.page.locator("tr", has_text="石磊").filter(has_text="1/4").get_by_role(
        "button", name="置为离线"
    ).click()
    shoot(boss.page, "desk-send-home")
    boss.confirm("置为离线")
    desk.page.get_by_role("alert").get_by_text("您已被置为离线").wait_for(timeout=ANSWER_MS)
    boss.page.get_by_role("tab", name="排队 1").wait_for(timeout=ANSWER_MS)
    shoot(desk.page, "desk-sent-home")
    desk.page.get_by_role("button", name="重新上线").click()
    desk.has(1)


def test_a_customer_who_is_given_to_the_agent_is_heard(stack: Stack, desk: DeskPage) -> None:
    touch(desk.page)
    desk.page.evaluate("window.tones.length = 0")
    come(stack, desk, "ring-1")
    hears(desk.page, 660)


def test_a_customers_words_are_heard_until_the_sound_is_off(stack: Stack, desk: DeskPage) -> None:
    touch(desk.page)
    come(stack, desk, "loud-1")
    desk.open_first()
    desk.page.evaluate("window.tones.length = 0")
    stack.send("loud-1", "听得到吗")
    hears(desk.page, 880)
    desk.page.get_by_role("button", name="声音：开").click()
    desk.page.evaluate("window.tones.length = 0")
    stack.send("loud-1", "现在听不到了")
    desk.sees("现在听不到了")
    assert desk.page.evaluate("window.tones") == []
