"""The whole widget over a service written by hand: who serves, what is rated, and what an agent sees of the customer."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.service_texts import service_texts
from tests.browser.alone import WEB, FakeService
from tests.browser.conftest import shoot
from tests.browser.inside import WCAG, flaws
from tests.browser.test_rating_cards import DETAILS, STARS
from tests.browser.widget import Widget

pytestmark = [pytest.mark.browser]

LOOKS = [("light", "normal"), ("dark", "normal"), ("light", "large"), ("dark", "large")]
ARTICLE = "携号转网须同时满足四个条件：\n1. 号码已实名；\n2. 没有欠费；\n3. 合约已到期；\n4. 入网满120天。"


def _agent(service: FakeService, text: str = "您好，我看一下账单。") -> None:
    service.says("agent", text, author_name="小林", epoch=2)


def _asks(service: FakeService, card: dict[str, Any], text: str) -> None:
    service.says("system", text, card=card, epoch=3, buttons=card["choices"])


def _asks_for_stars(service: FakeService) -> None:
    _asks(service, STARS, service_texts().text("rating_question"))


def _tells_all(service: FakeService) -> None:
    """A conversation with everything in it that is about people."""
    service.says("customer", "携号转网要什么条件")
    service.says("bot", ARTICLE, feedback=True)
    service.says("customer", "转人工")
    service.says("system", "您好，我是客服小林，很高兴为您服务。", epoch=2)
    _agent(service)
    _agent(service, "九月多了一笔20元的国际漫游费。")


def _header(page: Any) -> str:
    return str(page.locator("tongda-widget .head small").inner_text())


def test_agent_is_named_above_what_they_say_and_in_the_header(page: Any) -> None:
    service = FakeService(page)
    service.open()
    usual = _header(page)
    _agent(service)
    page.get_by_text("我看一下账单").wait_for()
    assert page.locator("tongda-widget .name").inner_text() == "客服 小林"
    assert _header(page) == "人工客服 小林 为您服务"
    service.says("bot", "还需要什么，直接告诉我。", epoch=2)
    page.get_by_text("还需要什么").wait_for()
    assert _header(page) == usual


def test_header_names_nobody_once_the_customer_is_asked_for_a_rating(page: Any) -> None:
    service = FakeService(page)
    service.open()
    usual = _header(page)
    _agent(service)
    _asks_for_stars(service)
    page.get_by_role("radiogroup").wait_for()
    assert _header(page) == usual


def test_header_still_names_the_agent_after_the_customers_answer(page: Any) -> None:
    service = FakeService(page)
    _agent(service)
    service.says("customer", "好的", epoch=2)
    service.open()
    assert _header(page) == "人工客服 小林 为您服务"


def test_person_is_one_press_away(page: Any) -> None:
    service = FakeService(page)
    service.open(size="large")
    assert page.locator("tongda-widget .quick button").first.inner_text() == "转人工"
    page.get_by_role("button", name="转人工").click()
    assert [said["message"] for said in service.hears("user_uttered", 1)] == ["/human"]
    expect(page.locator("tongda-widget .bubble.customer")).to_have_count(1)
    assert Widget(page).texts("customer") == ["转人工"]


def test_agent_hears_of_typing_now_and_then_and_of_its_end(page: Any) -> None:
    now = time.time()
    page.clock.set_fixed_time(now)
    service = FakeService(page)
    service.open()
    box = page.get_by_label("输入消息")
    box.press_sequentially("上个月的账单")
    assert service.hears("user_typing", 1) == [{"is_typing": True}]
    page.clock.set_fixed_time(now + 3)
    box.press_sequentially("不对")
    assert [told["is_typing"] for told in service.hears("user_typing", 2)] == [True, True]
    page.clock.run_for(4_000)
    assert [told["is_typing"] for told in service.hears("user_typing", 3)] == [True, True, False]


def test_typing_is_over_when_the_message_goes_out(page: Any) -> None:
    service = FakeService(page)
    service.open()
    box = page.get_by_label("输入消息")
    box.press_sequentially("查话费")
    box.press("Enter")
    assert [told["is_typing"] for told in service.hears("user_typing", 2)] == [True, False]


def test_message_that_nobody_acknowledged_is_sent_again_by_itself(page: Any) -> None:
    page.clock.install()
    service = FakeService(page, unheard=1)
    service.open()
    box = page.get_by_label("输入消息")
    box.fill("查话费")
    box.press("Enter")
    service.hears("user_uttered", 1)
    for _ in range(2):  # the acknowledgement is given up, and then the pause is over
        page.clock.fast_forward(11_000)
        page.wait_for_timeout(50)
    first, second = service.hears("user_uttered", 2)
    assert first == second
    expect(page.locator("tongda-widget .bubble.waiting")).to_have_count(0)


def test_rating_is_asked_in_the_card_alone_and_only_once(page: Any) -> None:
    service = FakeService(page)
    _asks_for_stars(service)
    service.open()
    page.get_by_text("请为这次服务打个分吧").wait_for()
    assert page.locator("tongda-widget .choices").count() == 0
    page.get_by_role("radio", name="5星").click()
    assert [said["message"] for said in service.hears("user_uttered", 1)] == ['/rate{"stars": 5}']
    expect(page.locator("tongda-widget .question button:enabled")).to_have_count(0)


def test_rating_given_without_a_network_arrives_once_when_it_is_back(page: Any) -> None:
    service = FakeService(page)
    _asks_for_stars(service)
    service.open()
    service.goes()
    page.get_by_text("网络断开了，正在重新连接").wait_for()
    page.get_by_role("radio", name="2星").click()
    page.get_by_text("等待发送").wait_for()
    expect(page.locator("tongda-widget .question button:enabled")).to_have_count(0)
    assert service.heard("user_uttered") == []
    service.comes_back()
    assert [said["message"] for said in service.hears("user_uttered", 1)] == ['/rate{"stars": 2}']
    expect(page.locator("tongda-widget .bubble.waiting")).to_have_count(0)
    expect(page.get_by_text("网络断开了，正在重新连接")).to_be_hidden()
    assert Widget(page).texts("customer") == ["2星 不满意"]
    assert len(service.heard("user_uttered")) == 1


def test_answered_details_can_no_longer_be_changed(page: Any) -> None:
    service = FakeService(page)
    _asks(service, DETAILS, "您的问题解决了吗？")
    service.open()
    page.get_by_role("button", name="没解决", exact=True).click()
    page.get_by_role("button", name="提交").click()
    assert [said["message"] for said in service.hears("user_uttered", 1)] == ['/rate{"solved":false}']
    expect(page.locator("tongda-widget .question :enabled:is(button, textarea)")).to_have_count(0)


def test_article_is_called_useful_and_then_not(page: Any) -> None:
    service = FakeService(page)
    answer = service.says("bot", ARTICLE, feedback=True)
    service.says("bot", "请告诉我手机号。", feedback=True)  # of the same turn
    service.open()
    page.get_by_role("button", name="有用", exact=True).click()
    page.get_by_text("谢谢反馈").wait_for()
    page.get_by_role("button", name="没用", exact=True).click()
    told = [(said["message_id"], said["is_useful"]) for said in service.hears("answer_feedback", 2)]
    assert told == [(answer["message_id"], True), (answer["message_id"], False)]
    expect(page.get_by_role("button", pressed=True)).to_have_text(["没用"])


def test_feedback_that_is_refused_is_not_shown_as_given(page: Any) -> None:
    service = FakeService(page, refusal="这条回答暂时不能评价。")
    service.says("bot", ARTICLE, feedback=True)
    service.open()
    page.get_by_role("button", name="有用", exact=True).click()
    page.get_by_text("这条回答暂时不能评价").wait_for()
    assert page.locator("tongda-widget .useful [aria-pressed=true]").count() == 0


@pytest.mark.parametrize(("theme", "size"), LOOKS)
@pytest.mark.parametrize("where", ["desktop", "phone"])
def test_people_and_ratings_are_open_to_everybody(
    request: pytest.FixtureRequest, where: str, theme: str, size: str
) -> None:
    page = request.getfixturevalue({"desktop": "page", "phone": "phone"}[where])
    service = FakeService(page)
    _tells_all(service)
    service.open(theme, size)
    _assert_open(page, f"people-{where}-{theme}-{size}-agent")
    _asks_for_stars(service)
    page.get_by_role("radiogroup").wait_for()
    _assert_open(page, f"people-{where}-{theme}-{size}-stars")
    _asks(service, DETAILS, service_texts().text("rating_sorry"))
    page.get_by_role("button", name="提交").wait_for()
    _assert_open(page, f"people-{where}-{theme}-{size}-details")


def _assert_open(page: Any, name: str) -> None:
    page.wait_for_timeout(300)
    shoot(page, name)
    assert flaws(page, *WCAG, "best-practice") == []
    _assert_for_thumbs(page)


def _assert_for_thumbs(page: Any) -> None:
    sizes = """all => all.map((one) => [one.innerText, one.getBoundingClientRect()])
      .map(([words, { width, height }]) => [words, Math.min(width, height)])"""
    controls = page.locator("tongda-widget button:visible:enabled").evaluate_all(sizes)
    assert [words for words, size in controls if size < 43.9] == []
    widths = "({log}) => [log.scrollWidth, log.clientWidth]"
    scrolled, seen = page.locator("tongda-widget").evaluate(widths)
    assert scrolled <= seen


def test_the_widget_weighs_less_than_18_kb() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in WEB.glob("*.js")) < 18 * 1024
