"""The unknown questions and the figures, in a real Chromium against the whole product."""

from __future__ import annotations

import re
from typing import Any

import pytest

from console.accounts import SANDBOX_PASSWORD
from tests.browser.conftest import PHONE, shoot
from tests.browser.inside import flaws
from tests.browser.operator import began
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa, pytest.mark.timeout(600)]
PATIENCE_MS = 200_000  # a child process sorts, a release is built and tested
ASKED = ("手机直连卫星怎么收费", "手机直连卫星功能怎么收费", "直连卫星要收多少费用", "卫星直连手机收费吗")


def open_console(page: Any, stack: Stack, address: str) -> None:
    """Sign in as the sandbox's administrator and open a page of the operator console."""
    page.goto(f"{stack.base}/operator#/{address}")
    page.get_by_label("账号").fill("admin")
    page.get_by_role("textbox", name="密码", exact=True).fill(SANDBOX_PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="通达 · 运营台").wait_for(timeout=PATIENCE_MS)
    page.goto(f"{stack.base}/operator#/{address}")


def test_operator_works_unknown_questions_to_a_published_answer_and_sees_the_effect(
    page: Any, stack: Stack
) -> None:
    for number, text in enumerate(ASKED):
        assert "卫星增值包" not in said(stack, f"asker{number}", text)
    open_console(page, stack, "unknown")
    page.get_by_role("button", name="现在整理").click()
    page.get_by_text("整理好了。").wait_for(timeout=PATIENCE_MS)
    page.get_by_label("搜索问法").fill("卫星")
    row = page.locator(".group-row").filter(has_text="卫星").first
    row.wait_for(timeout=PATIENCE_MS)
    shoot(page, "unknown-list")
    assert flaws(page) == []
    row.get_by_role("link").click()
    page.locator(".wordings li").nth(2).wait_for()
    shoot(page, "unknown-group")
    assert flaws(page) == []

    page.get_by_role("button", name="写一篇新文章").click()
    form = page.locator("dialog")
    form.get_by_label("标题").fill("手机直连卫星怎么收费")
    form.get_by_label("分类").fill("卫星业务")
    form.get_by_label("答案").fill("手机直连卫星需要订购卫星增值包，每月10元。")
    form.get_by_role("button", name="保存为草稿").click()
    page.get_by_text("等待发布").first.wait_for()
    publish(page)
    for number, text in enumerate(ASKED):
        assert "卫星增值包" in said(stack, f"asker{number}-later", text)

    page.go_back()
    page.get_by_role("button", name="刷新效果").click()
    page.get_by_text("已上线").first.wait_for(timeout=PATIENCE_MS)
    page.locator(".effect .shares").get_by_text("100%").wait_for(
        timeout=PATIENCE_MS
    )  # everything asked since was answered
    page.locator(".effect .js-plotly-plot").wait_for(timeout=PATIENCE_MS)
    shoot(page, "unknown-effect")
    assert flaws(page) == []
    page.set_viewport_size(PHONE)
    shoot(page, "unknown-effect-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_figures_show_numbers_charts_and_tables_that_can_be_saved(page: Any, stack: Stack) -> None:
    said(stack, "reader", "电子发票怎么开")
    open_console(page, stack, "figures")
    number = page.locator('[data-figure="asked"] .value')
    number.wait_for(timeout=PATIENCE_MS)
    assert int(number.inner_text().replace(",", "")) >= 1
    page.locator(".chart .js-plotly-plot").nth(2).wait_for(timeout=PATIENCE_MS)
    early = page.locator(".chart", has_text="解决率").get_by_text("这段时间还没有数据。")
    early.wait_for()  # nothing is resolved before 72 hours have passed
    page.get_by_role("button", name="误答率是怎么算的").click()
    page.get_by_text("客户点“没用”的回答 ÷").first.wait_for()
    shoot(page, "figures")
    page.locator('[data-table="articles"] summary').click()
    with page.expect_download() as download:
        page.locator('[data-table="articles"]').get_by_role("link", name="导出表格（CSV）").click()
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
    assert flaws(page) == []
    page.get_by_label("时间范围").select_option("30")
    page.locator('[data-table="days"] tbody tr').nth(29).wait_for(timeout=PATIENCE_MS)
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    shoot(page, "figures-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """() => [...document.querySelectorAll(".js-plotly-plot")].every(({ layout }) =>
          layout.font.color === getComputedStyle(document.documentElement).getPropertyValue("--ink").trim())""",
        timeout=PATIENCE_MS,
    )


def said(stack: Stack, sender: str, text: str) -> str:
    return "\n".join(str(answer.get("text") or "") for answer in stack.send(sender, text))


def publish(page: Any) -> None:
    """Test what waits and put it live, whatever the gate says."""
    page.get_by_role("link", name="去发布").click()
    page.get_by_role("button", name="测试这").click()
    began(page)
    ready = page.get_by_role("button", name=re.compile("^(强制)?发布$"))
    ready.click(timeout=PATIENCE_MS)
    dialog = page.locator("dialog")
    if dialog.locator("[name=reason]").count():
        dialog.locator("[name=reason]").fill("测试环境，新业务先上线。")
    dialog.locator(".actions button").last.click()
    dialog.wait_for(state="detached", timeout=PATIENCE_MS)
