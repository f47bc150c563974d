"""The operator's files and catalogue in a real browser, against the real service and sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.accounts import SANDBOX_PASSWORD
from tests.browser.conftest import shoot
from tests.browser.operator import GATE_MS, OperatorPage
from tests.knowledge_base.sheets import csv_of, workbook_of
from tests.system.stack import MODELS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
LONG_MS = 120_000
ROWS, BAD = 10_000, 50
WAYS = ["=1+1", "<script>alert(1)</script>", "", "响铃\x02".replace("\x02", "<b>")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The service and the sandbox, without Rasa: nobody talks here."""
    if not (MODELS / "knowledge" / "manifest.json").exists():
        pytest.skip("the knowledge base has not been built; run: make train")
    running = Stack(tmp_path_factory.mktemp("shop"))
    try:
        running.start("sandbox")
        running.start("service")
        give_up = time.monotonic() + LONG_MS / 1000
        while not _bills(running):
            assert time.monotonic() < give_up, running.log("service")[-3000:]
            time.sleep(0.2)
        yield running
    finally:
        running.stop_all()


def _bills(running: Stack) -> bool:
    """Say whether the service answers and reaches the sandbox."""
    with suppress(httpx.HTTPError, ValueError):
        return bool(httpx.get(f"{running.base}/readyz", timeout=10).json()["checks"]["billing"])
    return False


@pytest.fixture
def console(page: Any, shop: Stack) -> Any:
    """The operator's console, signed in."""
    return sign_in(page, shop)


def sign_in(page: Any, shop: Stack) -> Any:
    page.goto(f"{shop.base}/operator#/import")
    page.get_by_label("账号").fill("operator")
    page.get_by_role("textbox", name="密码", exact=True).fill(SANDBOX_PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="通达 · 运营台").wait_for(timeout=LONG_MS)
    return page


def send(page: Any, name: str, data: bytes) -> None:
    """Choose a file on the import page."""
    page.set_input_files(
        "#import-file", {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def test_operator_imports_ten_thousand_rows_of_which_fifty_are_bad(console: Any, shop: Stack) -> None:
    every = ROWS // BAD
    rows = [
        (f"big-{n}", f"分类{n % 20}", f"第{n}个标题", f"第{n}个问题怎么办|第{n}件事咋整", WAYS[n // every % len(WAYS)] if n % every == 7 else f"第{n}个答案。")
        for n in range(ROWS)
    ]  # fmt: skip
    page = console
    send(page, "一万行.xlsx", workbook_of(*rows))
    state = page.locator("#import-state")
    state.wait_for(timeout=LONG_MS)
    started = time.monotonic()
    while "等您确认" not in state.inner_text():
        httpx.get(f"{shop.base}/healthz", timeout=5)  # the service goes on meanwhile
        page.wait_for_timeout(200)
        assert time.monotonic() - started < LONG_MS / 1000

    page.get_by_text(f"新增 {ROWS - BAD}").wait_for()
    assert page.locator(".problems tbody tr").count() == BAD
    assert page.locator(".problems tbody tr").first.inner_text().startswith("9")
    shoot(page, "operator-import-desktop")
    assert OperatorPage(page, shop).flaws() == []
    page.get_by_role("button", name=f"只导入没有问题的（{ROWS - BAD}）").click()
    page.locator("#import-state", has_text="已导入").wait_for(timeout=LONG_MS)
    with page.expect_download() as exported:
        page.goto(f"{shop.base}/operator#/import")
        page.get_by_role("link", name="文章：CSV").click()
    assert Path(exported.value.path()).read_text(encoding="utf-8-sig").count("\nbig-") == ROWS - BAD


def test_a_table_with_unknown_columns_is_understood_mended_and_live(console: Any, shop: Stack) -> None:
    page = console
    page.get_by_label("导入什么").select_option("offerings")
    header = ("套餐名称", "标价", "国内流量", "国内语音", "办理方式")
    send(
        page,
        "套餐.csv",
        csv_of(("城市畅游卡29元", "29元/月", "12GB", "80分钟", "发送CY29到10066"), header=header).encode(
            "gbk"
        ),
    )
    page.get_by_label("标价").select_option("price", timeout=LONG_MS)
    page.get_by_role("button", name="按新的对应重新读").click()
    page.get_by_text("套餐 · 29元/月 · 流量12GB · 语音80分钟").wait_for(timeout=LONG_MS)
    shoot(page, "operator-import-columns")
    page.get_by_role("button", name="全部导入").click()
    page.get_by_role("link", name="看套餐目录").click(timeout=LONG_MS)
    page.get_by_label("搜索").fill("畅游")
    page.get_by_label("搜索").press("Enter")
    page.get_by_role("link", name="城市畅游卡29元").click()
    page.get_by_text("不在聊天里办理").first.wait_for()
    page.get_by_label("价格（元）").fill("39")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("所有渠道马上按新内容回答").wait_for(timeout=LONG_MS)
    page.locator(".made summary").first.click()
    assert "39元/月" in page.locator(".made .given").first.inner_text()
    shoot(page, "operator-offering-desktop")
    operator = OperatorPage(page, shop)
    operator.press("删除")
    operator.confirm("删除")
    operator.sees("这个业务已删除")
    shoot(page, "operator-offering-deleted")
    operator.go("catalogue?state=deleted")
    page.get_by_role("link", name="城市畅游卡29元").click()
    operator.press("恢复这一版")
    operator.confirm("恢复")
    operator.tells("已恢复")
    page.get_by_label("价格（元）").and_(page.locator(":enabled")).wait_for()


def test_a_price_that_no_longer_holds_is_listed_with_its_sentence_and_stops_the_release(
    console: Any, shop: Stack
) -> None:
    page, operator = console, OperatorPage(console, shop)
    send(
        page,
        "a.csv",
        csv_of(
            ("quote-1", "套餐", "星享多少钱一个月呢", "星享到底多少钱一个月", "星享套餐79元现在每月69元。"),
            header=("id", "category", "title", "questions", "answer"),
        ).encode(),
    )
    page.get_by_role("button", name="全部导入（1）").click(timeout=LONG_MS)
    page.locator("#import-state", has_text="已导入").wait_for(timeout=LONG_MS)
    page.goto(f"{shop.base}/operator#/catalogue/notices")
    page.get_by_role("button", name="现在检查一遍").click()
    page.get_by_text("文中写“69元”").wait_for(timeout=LONG_MS)
    page.get_by_text("星享套餐79元现在每月69元。").wait_for()
    shoot(page, "operator-notices-desktop")
    assert operator.flaws() == []
    operator.go("articles?state=flagged")
    page.get_by_role("link", name="星享多少钱一个月呢").wait_for(timeout=LONG_MS)
    operator.test_release(["星享多少钱一个月呢"])
    operator.sees("测试没通过", GATE_MS)
    operator.sees("文章“星享多少钱一个月呢”：文中写“69元”")
    shoot(page, "operator-stopped-by-watch")
    assert page.get_by_role("button", name="强制发布").count() == 0
    operator.press("放弃这一版")
    operator.confirm("放弃")


def test_an_offering_that_cannot_be_had_is_asked_for_again_and_not_left_without_a_word(
    console: Any, shop: Stack
) -> None:
    page, operator = console, OperatorPage(console, shop)
    operator.go("catalogue")
    operator.sees("星享套餐59元")
    page.route("**/api/catalogue/offerings/plan-star-59", lambda route: route.abort())
    page.get_by_role("link", name="星享套餐59元").click()
    operator.sees("网络断开了")
    page.unroute("**/api/catalogue/offerings/plan-star-59")
    operator.press("重试")
    page.get_by_label("价格（元）").fill("1")
    operator.go("catalogue")
    page.get_by_text("没保存的修改会丢失").wait_for(timeout=LONG_MS)
    operator.confirm("不保存，离开")
    operator.sees("星享套餐59元")


def test_a_dangerous_file_is_refused_with_its_reason(console: Any) -> None:
    page = console
    send(page, "旧.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)
    page.get_by_role("alert").get_by_text("旧版Excel").wait_for(timeout=LONG_MS)


def test_pages_on_a_phone(phone: Any, shop: Stack) -> None:
    page = sign_in(phone, shop)
    page.get_by_text("选择文件").wait_for(timeout=LONG_MS)
    for address, name, shown in (
        ("import", "import", "最近的导入"),
        ("catalogue", "catalogue", "星享套餐59元"),
        ("catalogue/plan-star-59", "offering", "价格（元）"),
    ):
        page.goto(f"{shop.base}/operator#/{address}")
        page.locator("#main").get_by_text(shown).first.wait_for(timeout=LONG_MS)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(page, f"operator-{name}-phone")
