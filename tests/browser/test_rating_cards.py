"""The cards that ask for a rating, pressed in a browser with nothing behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.service_texts import service_texts
from conversations.rating_words import read_rating
from conversations.reading import read
from tests.browser.alone import BASE, serve_files
from tests.browser.inside import inside

pytestmark = [pytest.mark.browser]

_QUESTION = service_texts().content("rating_question")
STARS = {
    "type": "rating",
    "choices": [{"title": b.title, "payload": b.payload} for b in _QUESTION.buttons],
}
DETAILS = {
    "type": "rating_details",
    "stars": 2,
    "asks_solved": True,
    "reasons": ["没解决问题", "等待太久", "态度不好"],
    "choices": [
        {"title": "转人工", "payload": '/human{"reason": "dissatisfied", "skill": "billing"}'},
        {"title": "登记回电", "payload": '/complaint{"ticket_kind": "request"}'},
    ],
}


def _show(page: Any, card: dict[str, Any]) -> None:
    """Put a card alone on a page; what it chooses is kept in `window.chosen`."""
    serve_files(page)
    page.goto(BASE + "/")
    inside(
        page,
        """async ([base, content]) => {
          const { card } = await import(base + "/widget/cards.js");
          window.chosen = [];
          document.querySelector("main").append(card(content, (...chosen) => window.chosen.push(chosen)) ?? "nothing");
        }""",
        [BASE, card],
    )


def _sent(page: Any) -> tuple[str, Any]:
    """Return title and value of the one answer that was sent."""
    ((title, payload),) = page.evaluate("window.chosen")
    assert read(payload, 2000).rating == read_rating(payload) is not None  # the service understands it
    return title, json.loads(payload.removeprefix("/rate"))


@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
def test_one_tap_on_a_star_rates(page: Any, stars: int) -> None:
    _show(page, STARS)
    page.get_by_role("radio").nth(stars - 1).click()
    title, value = _sent(page)
    assert (title[:2], value) == (f"{stars}星", {"stars": stars})
    assert page.locator(".lit").count() == stars


def test_customer_who_does_not_rate_says_so(page: Any) -> None:
    _show(page, STARS)
    page.get_by_role("button", name="暂不评价").click()
    assert _sent(page) == ("暂不评价", {"skip": True})


def test_keyboard_reaches_a_star_with_the_arrows(page: Any) -> None:
    _show(page, STARS)
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("window.chosen") == []  # looking is not choosing
    page.keyboard.press("Enter")
    assert _sent(page) == ("4星 满意", {"stars": 4})


def test_left_of_the_first_star_is_the_last(page: Any) -> None:
    _show(page, STARS)
    page.get_by_role("radio", name="1星").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    assert _sent(page)[1] == {"stars": 5}


def test_everything_said_in_details_is_sent_at_once(page: Any) -> None:
    _show(page, DETAILS)
    for name in (
        "解决了",
        "没解决",
        "等待太久",
        "态度不好",
        "没解决问题",
        "态度不好",
    ):  # two of them taken back
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_label("想说的话").fill('  说好"马上"\n却等了半天  ')
    page.get_by_role("button", name="提交").click()
    title, value = _sent(page)
    words = '说好"马上"\n却等了半天'
    assert value == {"solved": False, "reasons": ["没解决问题", "等待太久"], "words": words}
    assert title == f"没解决，没解决问题、等待太久，{words}"


def test_one_word_is_enough(page: Any) -> None:
    _show(page, DETAILS)
    page.get_by_role("button", name="解决了", exact=True).click()
    page.get_by_role("button", name="提交").click()
    assert _sent(page) == ("解决了", {"solved": True})


def test_nothing_is_not_sent(page: Any) -> None:
    _show(page, DETAILS)
    page.get_by_role("button", name="提交").click()
    assert page.evaluate("window.chosen") == []
    assert page.get_by_role("status").inner_text() != ""


def test_help_is_offered_above_the_questions(page: Any) -> None:
    _show(page, DETAILS)
    assert page.get_by_role("button").first.inner_text() == "转人工"
    page.get_by_role("button", name="转人工").click()
    assert page.evaluate("window.chosen") == [["转人工", DETAILS["choices"][0]["payload"]]]  # type: ignore[index]


def test_solved_is_asked_only_where_it_is_not_known(page: Any) -> None:
    _show(page, DETAILS | {"asks_solved": False})
    assert page.get_by_role("button", name="没解决", exact=True).count() == 0


def test_words_in_a_card_stay_text(page: Any) -> None:
    _show(page, DETAILS | {"reasons": ["<img src=x onerror='window.hacked=1'>"]})
    assert page.locator(".question img").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("choices", [None, [], [{"title": "好", "payload": "不是JSON"}]], ids=range(3))
def test_question_without_stars_is_left_to_its_buttons(page: Any, choices: Any) -> None:
    _show(page, {"type": "rating", "choices": choices})
    assert page.locator("main").inner_text().endswith("nothing")
