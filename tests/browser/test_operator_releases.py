"""Releases in real browsers: tested, stopped, overridden, tried on a part, published, taken back; attacks stored."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import expect

from app.paths import ROOT
from conversations.desk_model import Skill
from tests.browser.conftest import DESKTOP, PHONE, OpenConsole, shoot
from tests.browser.desk import DeskPage, hire
from tests.browser.operator import GATE_MS, OperatorPage
from tests.browser.widget import ANSWER_MS, Widget
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.timeout(600)]
TITLE, QUESTION = "量子宽带怎么报名", "量子宽带怎么报名呀"
ANSWER = "量子宽带正在内测，请在云通营业厅APP搜索“量子”报名。"
ATTACK = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
HOSTILE_TITLE = f"星际礼盒{ATTACK}是什么"
HOSTILE_ANSWER = f"星际礼盒{ATTACK}请到营业厅领取。"
BAD_TITLE, BAD_ANSWER = "打折活动", "暂时没有打折活动。"
REASON = "活动明天开始，先让客户看到。"
FIGURES_MS = 60_000  # the page looks every ten seconds
TRIED = 20  # customers asked during a canary of half of them: all on one side once in half a million runs


def test_a_reviewer_overrides_a_blocked_release_with_a_reason_an_operator_cannot(
    stack: Stack, consoles: OpenConsole
) -> None:
    operator, reviewer = consoles("operator"), consoles("reviewer")
    taken = _borrowed(60)
    bad = operator.write(BAD_TITLE, BAD_ANSWER, taken)
    operator.test_release([BAD_TITLE])
    operator.sees("测试没通过", GATE_MS)
    operator.page.get_by_role("link", name="看测试报告").click()
    operator.page.locator(".finding").first.wait_for(timeout=ANSWER_MS)
    shoot(operator.page, "operator-gate")
    assert operator.flaws() == []
    operator.page.set_viewport_size(PHONE)
    shoot(operator.page, "operator-gate-phone")
    assert operator.fits()
    assert operator.page.get_by_role("button", name="强制发布").count() == 0
    release = operator.page.url.rpartition("/")[2]
    assert (
        operator.refusal(f"/api/knowledge/releases/{release}/publish", {"reason": REASON}) == "role.missing"
    )

    reviewer.go("releases")
    reviewer.press("强制发布")
    reviewer.confirm("仍然发布")
    why = reviewer.page.get_by_label("强制发布的原因")
    assert why.evaluate("box => box.validity.valueMissing")  # without a reason the dialog stays
    shoot(reviewer.page, "operator-override")
    why.fill(REASON)
    reviewer.confirm("仍然发布")
    reviewer.tells("已发布")
    assert BAD_ANSWER in _said(stack, "override", taken[0])
    reviewer.sees(f"强制发布，原因：{REASON}")
    reviewer.page.get_by_role("cell", name=f"强制发布：{REASON}").wait_for(timeout=ANSWER_MS)
    _roll_back(reviewer)
    assert BAD_ANSWER not in _said(stack, "override", taken[0])
    operator.go(f"articles/{bad}")
    operator.remove()


def test_from_a_draft_to_the_answer_and_back(
    stack: Stack, page: Any, phone: Any, consoles: OpenConsole
) -> None:
    operator, reviewer = consoles("operator"), consoles("reviewer")
    good = operator.write(TITLE, ANSWER, [QUESTION, "量子宽带报名方式", "我想装量子宽带"])
    operator.page.locator(".as-widget").get_by_text(ANSWER).wait_for(timeout=ANSWER_MS)
    shoot(operator.page, "operator-article")
    hostile = operator.write(HOSTILE_TITLE, HOSTILE_ANSWER, [f"星际礼盒{ATTACK}", "星际礼盒是什么呀"])
    operator.page.locator(".as-widget").get_by_text("请到营业厅领取").wait_for(timeout=ANSWER_MS)

    operator.test_release([TITLE, HOSTILE_TITLE])
    operator.sees("可以发布", GATE_MS)
    operator.press("请审核发布")
    operator.page.get_by_label("说明（选填）").fill("内测今天开始")
    operator.confirm("提交")
    widget = Widget(phone).open(stack.base)
    reviewer.go("releases")
    reviewer.sees("李运营请审核发布这一版", GATE_MS)
    reviewer.sees("说明：内测今天开始")
    shoot(reviewer.page, "operator-releases")
    _half_of_the_customers_get_it(stack, reviewer)
    reviewer.press("发布")
    reviewer.confirm("发布")
    reviewer.tells("已发布")
    widget.say(QUESTION)
    widget.sees(ANSWER)
    shoot(phone, "operator-widget")

    _nothing_of_the_attack_runs(stack, page, operator, widget)
    _roll_back(reviewer)
    before = len(widget.texts("bot"))
    widget.say("量子宽带报名方式")
    phone.wait_for_function(_MORE_THAN, arg=before, timeout=ANSWER_MS)
    assert ANSWER not in "".join(widget.texts("bot")[before:])
    for article in (good, hostile):
        operator.go(f"articles/{article}")
        operator.remove()


def _half_of_the_customers_get_it(stack: Stack, reviewer: OperatorPage) -> None:
    """Try the candidate on half of the conversations, and take it back."""
    reviewer.press("先给一部分客户（灰度）")
    reviewer.page.get_by_label("多少会话用新版（%）").fill("50")
    reviewer.confirm("开始灰度")
    reviewer.sees("灰度中：50%的会话用这一版")
    shoot(reviewer.page, "operator-canary")
    reached = sum(ANSWER in _said(stack, f"canary-{n}", QUESTION) for n in range(TRIED))
    assert 0 < reached < TRIED
    _sees_both_sides(reviewer, reached)
    reviewer.press("退回")
    reviewer.confirm("退回")
    reviewer.page.locator("#main").get_by_role("button", name="发布", exact=True).wait_for(timeout=ANSWER_MS)
    assert not any(ANSWER in _said(stack, f"canary-{n}", QUESTION) for n in range(TRIED))


def _sees_both_sides(reviewer: OperatorPage, reached: int) -> None:
    """The page tells by itself how many conversations are answered from the release that is tried."""
    tried = reviewer.page.locator(".canary-figures").get_by_role("row", name="会话").get_by_role("cell").first
    expect(tried).to_have_text(str(reached), timeout=FIGURES_MS)
    reviewer.page.set_viewport_size(PHONE)
    shoot(reviewer.page, "operator-canary-phone")
    assert reviewer.fits()
    assert reviewer.flaws() == []
    reviewer.page.set_viewport_size(DESKTOP)
    shoot(reviewer.page, "operator-canary-figures")


def _nothing_of_the_attack_runs(stack: Stack, page: Any, operator: OperatorPage, widget: Widget) -> None:
    """Show the hostile article wherever it can be seen."""
    widget.say("星际礼盒是什么呀")
    widget.sees("请到营业厅领取")
    assert widget.page.evaluate("window.hacked ?? null") is None
    assert widget.log.locator("img").count() == 0
    for address, shown in (
        ("articles?q=星际礼盒", "星际礼盒"),
        ("releases", "发布历史"),
        ("hit-test?q=星际礼盒是什么呀", "客户会看到"),
    ):
        operator.go(address)
        operator.sees(shown)
    operator.go("articles?q=星际礼盒")
    operator.page.get_by_role("link", name="星际礼盒").click()
    operator.press("历史")
    operator.sees("版本 1")
    assert operator.hacked() is None
    assert operator.page.locator("#main img").count() == 0
    hire(stack, "xss", "安全", (Skill.BILLING,))
    desk = DeskPage(page).sign_in(stack.base, "xss")
    widget.say("转人工")
    widget.sees("我是客服安全")
    widget.say("我要领星际礼盒")
    desk.open_with("我要领星际礼盒")
    desk.sees("请到营业厅领取")
    assert page.evaluate("window.hacked ?? null") is None
    assert desk.log.locator("img").count() == 0
    page.keyboard.press("Alt+b")
    desk.confirm("交还")
    widget.sees("交还给我")
    desk.set_presence("offline")


def test_a_release_given_up_leaves_its_drafts(consoles: OpenConsole) -> None:
    operator = consoles("operator")
    article = operator.write("放弃也不丢", "放弃的是版本，不是草稿。", ["放弃了草稿还在吗"])
    operator.test_release(["放弃也不丢"])
    operator.press("放弃这一版")
    operator.confirm("放弃")
    operator.sees("等待发布的草稿")
    operator.page.get_by_role("checkbox", name="发布：放弃也不丢").wait_for(timeout=ANSWER_MS)
    operator.go(f"articles/{article}")
    operator.remove()


def _roll_back(reviewer: OperatorPage) -> None:
    """Go back to the release before with the one button for it."""
    reviewer.go("releases")
    reviewer.page.get_by_role("button", name="一键退回").click(timeout=ANSWER_MS)
    reviewer.confirm("退回")
    reviewer.tells("已退回")


def _said(stack: Stack, sender: str, text: str) -> str:
    return "\n".join(str(each.get("text") or "") for each in stack.send(sender, text))


def _borrowed(most: int) -> list[str]:
    """Return questions of other articles, kept out of the index: whoever publishes them pulls them away."""
    found: list[str] = []
    for path in sorted(Path(ROOT / "knowledge_base" / "articles").glob("*.yml")):
        for article in yaml.safe_load(path.read_text(encoding="utf-8"))["articles"]:
            found += itertools.islice(article.get("held_out") or [], 2)
    return found[:most]


_MORE_THAN = """before => document.querySelector("tongda-widget").shadowRoot.querySelectorAll(".log .bubble.bot:not(.typing)").length > before"""
