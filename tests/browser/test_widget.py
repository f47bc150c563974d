"""The widget in a real browser: whole wishes, a lost network, a reload, and nobody shut out."""

from __future__ import annotations

import gzip
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import shoot
from tests.browser.inside import WCAG, flaws
from tests.browser.widget import ANSWER_MS, Widget
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa]

OFFLINE_MS = 10_000


def _prove(stack: Stack, widget: Widget, number: str) -> None:
    """Answer the assistant's question for number and code."""
    widget.sees("手机号")
    widget.say(number)
    widget.sees("验证码")
    widget.say(stack.last_code(number))


def _flaws(widget: Widget) -> list[str]:
    """Return what is wrong with the thread as it stands, in light and in dark with large text: axe, and what is cut off."""
    found = []
    for theme, size in (("light", "normal"), ("dark", "large")):
        widget.look(theme, size)
        found += [f"{theme} {size}: {flaw}" for flaw in flaws(widget.page, *WCAG, "best-practice")]
        found += [f"{theme} {size}: too wide: {words}" for words in widget.too_wide()]
    return found


def test_customer_tops_up_from_the_first_word_to_the_receipt(stack: Stack, phone: Any) -> None:
    before = len(stack.ledger("13800000001"))
    widget = Widget(phone).open(stack.base)
    widget.say("给138 0000 0001充五十")
    widget.sees("138****0001")
    shoot(phone, "phone-topup-confirm")
    widget.say("不对，充100")
    widget.sees("100元")
    widget.press("确认充值")
    link = widget.log.get_by_role("link", name="去支付").last
    link.wait_for(timeout=ANSWER_MS)
    payment_id = re.search(r"/payments/([\w-]+)", link.get_attribute("href"))
    assert payment_id is not None
    shoot(phone, "phone-topup-link")
    stack.settle(payment_id[1], "success")
    widget.sees("充值成功")
    shoot(phone, "phone-topup-receipt")
    assert len(stack.ledger("13800000001")) == before + 1
    assert _flaws(widget) == []
    shoot(phone, "phone-topup-dark-large")


@pytest.mark.parametrize("screen", ["page", "phone"])
def test_customer_sees_the_bill_with_its_chart(
    stack: Stack, request: pytest.FixtureRequest, screen: str
) -> None:
    page = request.getfixturevalue(screen)
    widget = Widget(page).open(stack.base)
    widget.say("查一下上个月的账单")
    _prove(stack, widget, "13800000001")
    widget.log.get_by_role("img", name=re.compile("近几个月账单")).wait_for(timeout=ANSWER_MS)
    shoot(page, f"{screen}-bill")
    assert _flaws(widget) == []
    shoot(page, f"{screen}-bill-dark-large")


def test_customer_changes_plan_with_a_second_yes(stack: Stack, phone: Any) -> None:
    widget = Widget(phone).open(stack.base)
    widget.say("换成星享套餐39元")
    _prove(stack, widget, "13800000002")
    widget.log.get_by_role("region", name="星享套餐39元").wait_for(timeout=ANSWER_MS)
    shoot(phone, "phone-plan-tariff")
    widget.press("确认办理")
    widget.log.get_by_role("region", name="办理成功").wait_for(timeout=ANSWER_MS)
    shoot(phone, "phone-plan-receipt")
    assert _flaws(widget) == []
    shoot(phone, "phone-plan-dark-large")


def test_what_was_said_without_a_network_arrives_once_and_in_order_and_is_charged_once(
    stack: Stack, page: Any
) -> None:
    before = len(stack.ledger("13800000001"))
    widget = Widget(page).open(stack.base)
    widget.say("给13800000001充50")
    widget.sees("138****0001")
    page.context.set_offline(True)
    widget.root.get_by_text("网络断开了").wait_for(timeout=ANSWER_MS)
    widget.say("发票怎么开")
    widget.say("不对，充100")
    page.wait_for_timeout(OFFLINE_MS)  # it tries in vain to come back
    expect(widget.log.locator(".bubble.waiting")).to_have_count(2)
    shoot(page, "desktop-offline")
    page.context.set_offline(False)
    widget.sees("电子发票")
    widget.sees("充值 100元")
    page.context.set_offline(True)
    widget.press("确认充值")
    expect(widget.log.locator(".bubble.waiting")).to_have_count(1)
    page.context.set_offline(False)
    links = widget.log.get_by_role("link", name="去支付")
    links.wait_for(timeout=ANSWER_MS)
    stack.settle(links.get_attribute("href").split("/payments/")[1].split("/")[0], "success")
    widget.sees("充值成功")
    assert widget.texts("customer") == ["给138****0001充50", "发票怎么开", "不对，充100", "确认充值"]
    assert ["电子发票" in text for text in widget.texts("bot")].count(True) == 1
    expect(links).to_have_count(1)
    rows = stack.ledger("13800000001")
    assert (len(rows), 10_000 in {row["amount_fen"] for row in rows[: len(rows) - before]}) == (
        before + 1,
        True,
    )


def test_the_thread_is_there_after_a_reload(stack: Stack, page: Any) -> None:
    widget = Widget(page).open(stack.base)
    widget.say("你是机器人吗")
    widget.log.locator(".bubble.bot:not(.typing)").first.wait_for(timeout=ANSWER_MS)
    before = {sender: widget.texts(sender) for sender in ("customer", "bot")}
    page.reload()
    widget.log.locator(".bubble.bot:not(.typing)").first.wait_for(timeout=ANSWER_MS)
    after = {
        sender: widget.texts(sender)[: len(said)] for sender, said in before.items()
    }  # more may have come
    assert after == before


def test_a_script_in_a_message_stays_text(stack: Stack, page: Any) -> None:
    widget = Widget(page).open(stack.base)
    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    widget.say(attack)
    widget.log.locator(".bubble.bot:not(.typing), .bubble.system").first.wait_for(timeout=ANSWER_MS)
    page.reload()
    widget.log.locator(".bubble.customer").first.wait_for(timeout=ANSWER_MS)
    assert page.evaluate("window.hacked") is None
    assert widget.log.locator("img, script").count() == 0


def test_the_keyboard_alone_opens_asks_and_closes(stack: Stack, page: Any) -> None:
    page.goto(stack.base + "/")
    page.get_by_role("button", name="在线客服").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("谢谢")
    page.keyboard.press("Enter")
    widget = Widget(page)
    widget.log.locator(".bubble.bot:not(.typing)").first.wait_for(timeout=ANSWER_MS)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "launcher"


@pytest.mark.parametrize(("theme", "size"), [("light", "normal"), ("dark", "normal"), ("light", "large")])
def test_axe_finds_no_violation(stack: Stack, page: Any, theme: str, size: str) -> None:
    page.add_init_script(f"localStorage['tongda.theme'] = '{theme}'; localStorage['tongda.size'] = '{size}'")
    widget = Widget(page).open(stack.base)
    widget.say("给13800000001充50")
    widget.sees("138****0001")
    page.wait_for_timeout(300)
    shoot(page, f"desktop-{theme}-{size}")
    assert flaws(page, *WCAG, "best-practice") == []


def test_another_site_carries_the_widget_with_one_script_tag(stack: Stack, page: Any) -> None:
    html = f"<!doctype html><title>x</title><h1>别的网站</h1><script src='{stack.base}/widget.js'></script>".encode()

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.get_by_role("button", name="在线客服").click()
            widget = Widget(page)
            widget.say("你好")
            widget.log.locator(".bubble.bot:not(.typing)").first.wait_for(timeout=ANSWER_MS)
        finally:
            server.shutdown()


def test_the_widget_is_small(stack: Stack) -> None:
    names = (
        "widget.js",
        "widget/main.js",
        "widget/session.js",
        "widget/socket.js",
        "widget/cards.js",
        "widget/message.js",
        "widget/rating.js",
        "widget/dom.js",
        "widget/style.js",
    )
    files = [httpx.get(f"{stack.base}/{name}", timeout=30).raise_for_status().content for name in names]
    weight = sum(len(gzip.compress(file)) for file in files)
    assert weight < 60_000
