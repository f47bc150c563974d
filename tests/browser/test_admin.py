"""The administrator's page inside the whole product: a new colleague, who then works, and is let go."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from console.accounts import SANDBOX_PASSWORD
from conversations.desk_model import Skill
from tests.browser.conftest import shoot
from tests.browser.desk import DeskPage, hire
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.rasa]


def test_a_colleague_is_added_works_and_is_let_go(stack: Stack, chromium: Any, page: Any) -> None:
    page.goto(f"{stack.base}/agent/admin")
    page.get_by_label("账号").fill("admin")
    page.get_by_role("textbox", name="密码", exact=True).fill("tongda-sandbox")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="通达 · 管理").wait_for(timeout=ANSWER_MS)
    page.get_by_role("button", name="添加人员").click()
    page.get_by_label("登录名").last.fill("newcomer")
    page.get_by_label("姓名").last.fill("新来的")
    page.locator("dialog").get_by_label("充值账单").check()
    page.locator("dialog").get_by_role("button", name="添加").click()
    given = page.get_by_label("一次性密码", exact=True).last
    given.wait_for(timeout=ANSWER_MS)
    password = given.input_value()
    shoot(page, "admin-one-time-password")
    context = chromium.new_context(locale="zh-CN")
    fresh = DeskPage(context.new_page())
    fresh.page.goto(f"{stack.base}/agent")
    fresh.page.get_by_label("账号").fill("newcomer")
    fresh.page.get_by_role("textbox", name="密码", exact=True).fill(password)
    fresh.page.get_by_role("button", name="登录").click()
    fresh.page.get_by_text("新密码").first.wait_for(timeout=ANSWER_MS)
    page.get_by_role("button", name="我已记下").click()
    page.get_by_role("button", name="停用：新来的").click()
    page.locator("dialog").get_by_role("button", name="停用").click()
    page.get_by_text("已停用新来的").wait_for(timeout=ANSWER_MS)
    fresh.page.goto(f"{stack.base}/agent")
    fresh.page.get_by_role("button", name="登录").wait_for(timeout=ANSWER_MS)
    context.close()
    page.get_by_role("tab", name="审计日志").click()
    page.locator("#panel-audit li", has_text="停用了新来的的账号").wait_for(timeout=ANSWER_MS)
    shoot(page, "admin-audit")


def test_somebody_changes_their_own_password_and_works_on(stack: Stack, page: Any) -> None:
    hire(stack, "secret", "舒密", (Skill.BILLING,))
    desk = DeskPage(page).sign_in(stack.base, "secret")
    page.get_by_role("button", name="舒密").click()
    fields = [
        ("原密码", "not-my-password"),
        ("新密码（至少10位）", "better-than-before"),
        ("再输一遍新密码", "better-then-before"),
    ]
    for label, value in fields:
        page.get_by_label(label).fill(value)
    desk.confirm("修改")
    page.get_by_role("alert").get_by_text("不一样").wait_for(timeout=ANSWER_MS)
    page.get_by_label("再输一遍新密码").fill("better-than-before")
    desk.confirm("修改")
    page.get_by_role("alert").get_by_text("原密码不对").wait_for(timeout=ANSWER_MS)
    page.get_by_label("原密码").fill(SANDBOX_PASSWORD)
    shoot(page, "desk-password")
    with page.expect_navigation():
        desk.confirm("修改")
    page.locator(".top .dot.online").wait_for(timeout=ANSWER_MS)
    desk.set_presence("offline")  # the page has the new session's token


def test_holidays_are_entered_as_lines_and_a_wrong_one_is_pointed_at(stack: Stack, page: Any) -> None:
    page.goto(
        f"{stack.base}/agent/admin#hours"
    )  # in years to come: whoever writes during these tests finds it open
    page.get_by_label("账号").fill("admin")
    page.get_by_role("textbox", name="密码", exact=True).fill(SANDBOX_PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("tab", name="服务时间").click(timeout=ANSWER_MS)
    lines = page.get_by_role(
        "textbox", name="节假日和调休"
    )  # of years to come: the floor stays open for other tests
    lines.wait_for(timeout=ANSWER_MS)
    lines.fill("2037年10月1日至7日国庆节休息\n2037-10-10（周日）上班 国庆调休")
    save = page.locator("#panel-hours").get_by_role("button", name="保存")
    save.click()
    page.get_by_role("alert").get_by_text("第2行写的星期不对，应该是2037-10-10（周六）").wait_for(
        timeout=ANSWER_MS
    )
    marked = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert lines.evaluate(marked) == "2037-10-10（周日）上班 国庆调休"
    shoot(page, "admin-holidays-refused")
    lines.fill("2037年10月1日至7日国庆节休息\n2037-10-10（周六）上班 国庆调休")
    save.click()
    page.get_by_text("已保存，马上生效").wait_for(timeout=ANSWER_MS)
    read = ["2037-10-01（周四）至2037-10-07（周三） 休息 国庆节", "2037-10-10（周六） 上班 国庆调休"]
    expect(lines).to_have_value("\n".join(read))
    shoot(page, "admin-holidays")
    page.get_by_role("tab", name="审计日志").click()
    page.locator("#panel-audit li", has_text=f"添加：{read[0]}").first.wait_for(timeout=ANSWER_MS)
