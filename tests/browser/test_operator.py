"""Operators in real browsers: articles written by two at once, compared, restored, found again after a failure."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, OpenConsole, shoot
from tests.browser.operator import OperatorPage
from tests.browser.widget import ANSWER_MS

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.timeout(300)]
PAGES = (  # an address, and what is seen once the page is there
    ("articles", "写文章"),
    ("articles/roaming-open", "预览"),
    ("articles/roaming-open?tab=history", "版本 1"),
    ("releases", "发布历史"),
    ("hit-test?q=国际漫游怎么开", "客户会看到"),
    ("settings", "自建测试题"),
    ("import", "最近的导入"),
    ("catalogue", "星享套餐59元"),
    ("catalogue/plan-star-59", "价格（元）"),
    ("catalogue/notices", "现在检查一遍"),
    ("unknown", "现在整理"),
    ("figures", "机器人独立完成率"),
)


def test_two_operators_at_one_article_lose_nothing(consoles: OpenConsole) -> None:
    one, other = consoles("operator"), consoles("reviewer")
    article = one.write("两人同改", "最初的答案。", ["两人同改怎么办", "两个人一起改文章"])
    other.go(f"articles/{article}")
    answer = other.page.get_by_role("textbox", name="答案", exact=True)
    answer.wait_for(timeout=ANSWER_MS)
    one.page.get_by_role("textbox", name="答案", exact=True).fill("第一位的答案。")
    one.save()
    other.page.get_by_role("textbox", name="标题").fill("两人同改（新标题）")
    answer.fill("第二位的答案。")
    other.page.keyboard.press("Control+s")
    told = other.page.get_by_role("dialog", name="这篇文章刚被别人改过")
    told.get_by_text("李运营在").wait_for(timeout=ANSWER_MS)
    assert _sides(told) == ["第二位的答案。", "第一位的答案。"]
    shoot(other.page, "operator-conflict")
    other.page.set_viewport_size(PHONE)
    shoot(other.page, "operator-conflict-phone")
    assert other.flaws() == []
    assert all(button.bounding_box()["x"] >= 0 for button in told.get_by_role("button").all())
    other.page.set_viewport_size(DESKTOP)

    other.confirm("先不保存，继续编辑")
    told.wait_for(state="detached", timeout=ANSWER_MS)  # only then can it be saved again
    assert answer.input_value() == "第二位的答案。"
    other.press("保存草稿")
    theirs = told.get_by_role("radio", name="用对方的")
    theirs.wait_for(timeout=ANSWER_MS)
    theirs.check()
    other.confirm("按上面的选择保存")
    other.tells("草稿已保存")
    assert answer.input_value() == "第一位的答案。"
    assert other.page.get_by_role("textbox", name="标题").input_value() == "两人同改（新标题）"
    other.remove()


def _sides(conflict: object) -> list[str]:
    """Return both versions of what both changed, without what they took out."""
    script = "all => all.map((one) => [...one.childNodes].filter((n) => n.nodeName !== 'DEL').map((n) => n.textContent).join(''))"
    found: list[str] = conflict.locator("label .diff-text").evaluate_all(script)  # type: ignore[attr-defined]
    return found


def test_an_earlier_version_is_compared_and_restored(consoles: OpenConsole) -> None:
    operator = consoles("operator")
    operator.write("版本往返", "第一版的答案。", ["版本往返怎么办", "版本往返一下"])
    answer = operator.page.get_by_role("textbox", name="答案", exact=True)
    answer.fill("第二版的说法。")
    operator.save()
    operator.press("历史")
    difference = operator.page.locator(".history .diff")
    difference.locator("ins").first.wait_for(timeout=ANSWER_MS)
    assert difference.locator("del").all_inner_texts() == ["一", "答案"]
    assert difference.locator("ins").all_inner_texts() == ["二", "说法"]
    shoot(operator.page, "operator-history")
    operator.page.locator(".revision", has_text="版本 1").click()
    operator.press("恢复成这个版本")
    operator.confirm("恢复")
    operator.tells("已恢复成版本 1")
    expect(answer).to_have_value("第一版的答案。")
    operator.press("历史")
    operator.sees("版本 3")
    assert operator.page.locator(".revision").count() == 3  # what was restored over is still there
    operator.press("回到编辑")
    operator.remove()


def test_a_customers_question_is_confirmed_where_its_answer_is_seen(consoles: OpenConsole) -> None:
    operator = consoles("operator")
    operator.go("hit-test?q=国际漫游怎么开")
    operator.press("客户这样问过，答得对")
    operator.tells("以后每次发布都会问这个问题")
    operator.sees("已记为客户真实问题")
    shoot(operator.page, "operator-confirmed")


def test_what_could_not_be_saved_is_found_again(consoles: OpenConsole) -> None:
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
    operator.remove()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_no_violation_on_the_operators_pages(consoles: OpenConsole, size: dict[str, int]) -> None:
    operator = consoles("admin")
    operator.page.set_viewport_size(size)
    assert {address: found for address, shown in PAGES if (found := _wrong(operator, address, shown))} == {}


def _wrong(operator: OperatorPage, address: str, shown: str) -> list[str]:
    """Return what is wrong with a page: what axe finds, and whether it is too wide."""
    operator.go(address)
    operator.sees(shown)
    operator.page.wait_for_timeout(300)
    width = operator.page.viewport_size["width"]
    shoot(operator.page, f"operator-{address.partition('?')[0].replace('/', '-')}-{width}")
    return [*operator.flaws(), *([] if operator.fits() else ["wider than the window"])]
