"""Operators in real browsers: articles written, tested, published, taken back; two at one article; attacks stored."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.paths import ROOT
from conversations.desk_model import Skill
from tests.browser.conftest import PHONE, shoot
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
Open = Callable[[str], OperatorPage]


@pytest.fixture
def consoles(stack: Stack, chromium: Any) -> Iterator[Open]:
    """Open consoles, each in a browser of its own; a script that fails there fails the test."""
    contexts, errors = [], []

    def open_console(login: str) -> OperatorPage:
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return OperatorPage(page, stack).sign_in(login)

    yield open_console
    for context in contexts:
        context.close()
    assert errors == []


def test_from_a_draft_to_the_answer_and_back(stack: Stack, page: Any, phone: Any, consoles: Open) -> None:
    operator, reviewer = consoles("operator"), consoles("reviewer")
    good = operator.write(TITLE, ANSWER, [QUESTION, "量子宽带报名方式", "我想装量子宽带"])
    operator.page.locator(".as-widget").get_by_text(ANSWER).wait_for(timeout=ANSWER_MS)
    shoot(operator.page, "operator-article")
    hostile = operator.write(HOSTILE_TITLE, HOSTILE_ANSWER, [f"星际礼盒{ATTACK}", "星际礼盒是什么呀"])
    operator.page.locator(".as-widget").get_by_text("请到营业厅领取").wait_for(timeout=ANSWER_MS)
    bad = operator.write("打折活动", "暂时没有打折活动。", _borrowed(60))

    operator.test_release(["打折活动"])
    operator.sees("测试没通过", GATE_MS)
    assert operator.page.get_by_role("button", name="强制发布").count() == 0  # an operator may not
    operator.page.get_by_role("link", name="看测试报告").click()
    operator.page.locator(".finding").first.wait_for(timeout=ANSWER_MS)
    shoot(operator.page, "operator-gate")
    operator.press("放弃这一版")
    operator.confirm("放弃")
    operator.sees("等待发布的草稿")

    operator.test_release([TITLE, HOSTILE_TITLE])
    operator.sees("可以发布", GATE_MS)
    operator.press("请审核发布")
    operator.confirm("提交")
    widget = Widget(phone).open(stack.base)
    reviewer.go("releases")
    reviewer.sees("李运营请审核发布这一版", GATE_MS)
    shoot(reviewer.page, "operator-releases")
    reviewer.press("发布")
    reviewer.confirm("发布")
    reviewer.tells("已发布")
    widget.say(QUESTION)
    widget.log.get_by_text(ANSWER).last.wait_for(timeout=2000)
    shoot(phone, "operator-widget")

    _nothing_of_the_attack_runs(stack, page, operator, widget)
    reviewer.page.get_by_role("button", name="一键退回").click(timeout=ANSWER_MS)
    reviewer.confirm("退回")
    reviewer.tells("已退回")
    before = len(widget.texts("bot"))
    widget.say("量子宽带报名方式")
    phone.wait_for_function(_MORE_THAN, arg=before, timeout=ANSWER_MS)
    assert ANSWER not in "".join(widget.texts("bot")[before:])
    for article in (good, hostile, bad):
        operator.go(f"articles/{article}")
        _remove(operator)


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
    desk.open_first()
    desk.sees("请到营业厅领取")
    assert page.evaluate("window.hacked ?? null") is None
    assert desk.log.locator("img").count() == 0
    page.keyboard.press("Alt+b")
    desk.confirm("交还")
    widget.sees("交还给我")
    desk.set_presence("offline")


def test_two_operators_at_one_article_lose_nothing(consoles: Open) -> None:
    one, other = consoles("operator"), consoles("reviewer")
    article = one.write("两人同改", "最初的答案。", ["两人同改怎么办", "两个人一起改文章"])
    other.go(f"articles/{article}")
    other.page.get_by_role("textbox", name="标题").wait_for(timeout=ANSWER_MS)
    one.page.get_by_role("textbox", name="答案", exact=True).fill("第一位的答案。")
    one.save()
    other.page.get_by_role("textbox", name="标题").fill("两人同改（新标题）")
    other.page.get_by_role("textbox", name="答案", exact=True).fill("第二位的答案。")
    other.page.keyboard.press("Control+s")
    other.page.get_by_role("heading", name="这篇文章刚被别人改过").wait_for(timeout=ANSWER_MS)
    shoot(other.page, "operator-conflict")
    other.page.get_by_role("radio", name="用对方的").check()
    other.confirm("按上面的选择保存")
    other.tells("草稿已保存")
    assert other.page.get_by_role("textbox", name="答案", exact=True).input_value() == "第一位的答案。"
    assert other.page.get_by_role("textbox", name="标题").input_value() == "两人同改（新标题）"
    _remove(other)


def test_what_could_not_be_saved_is_found_again(consoles: Open) -> None:
    operator = consoles("operator")
    article = operator.write("断网也不怕", "原来的答案。", ["断网了怎么办呀"])
    operator.page.context.set_offline(True)
    operator.page.get_by_role("textbox", name="答案", exact=True).fill("断网时写的答案。")
    operator.page.keyboard.press("Control+s")
    operator.tells("网络断开了")
    operator.page.context.set_offline(False)
    operator.page.on("dialog", lambda dialog: dialog.accept())  # the browser asks before it leaves
    operator.page.reload()
    operator.sees("在这台电脑上没保存的内容")
    assert operator.page.get_by_role("textbox", name="答案", exact=True).input_value() == "断网时写的答案。"
    operator.go("articles")
    operator.page.get_by_role("heading", name="有修改还没保存").wait_for(timeout=ANSWER_MS)
    operator.confirm("取消")
    assert operator.page.url.endswith(article)
    operator.save()
    _remove(operator)


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_violation_on_the_operators_pages(consoles: Open, size: dict[str, int]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    operator = consoles("admin")
    operator.page.set_viewport_size(size)
    for address, shown in (
        ("articles", "写文章"),
        ("articles/roaming-open", "预览"),
        ("articles/roaming-open?tab=history", "版本 1"),
        ("releases", "发布历史"),
        ("hit-test?q=国际漫游怎么开", "客户会看到"),
        ("settings", "自建测试题"),
    ):
        operator.go(address)
        operator.sees(shown)
        operator.page.wait_for_timeout(300)
        shoot(operator.page, f"operator-{address.partition('?')[0].replace('/', '-')}-{size['width']}")
        found = Axe().run(
            operator.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        )
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
        assert operator.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _remove(console: OperatorPage) -> None:
    """Take the open article away again."""
    console.press("删除")
    console.confirm("删除")
    console.sees("这篇已删除")


def _borrowed(most: int) -> list[str]:
    """Return questions of other articles, kept out of the index: whoever publishes them pulls them away."""
    found: list[str] = []
    for path in sorted(Path(ROOT / "knowledge_base" / "articles").glob("*.yml")):
        for article in yaml.safe_load(path.read_text(encoding="utf-8"))["articles"]:
            found += itertools.islice(article.get("held_out") or [], 2)
    return found[:most]


_MORE_THAN = """before => document.querySelector("tongda-widget").shadowRoot.querySelectorAll(".log .bubble.bot:not(.typing)").length > before"""
