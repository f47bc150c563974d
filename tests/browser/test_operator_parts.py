"""Parts of the operator console alone on a page: versions merged and compared, questions pasted, an article's card."""

from __future__ import annotations

from typing import Any

import pytest

from console.static import WEB
from tests.browser.alone import BASE, serve_files

pytestmark = [pytest.mark.browser]
BLANK: dict[str, Any] = {"title": "", "category": "", "questions": [], "held_out": [], "answer": "", "channels": {}, "regions": {},
         "link": None, "image": None, "card": None, "offerings": [], "followups": [], "valid_from": None, "valid_to": None}  # fmt: skip


@pytest.fixture
def alone(page: Any) -> Any:
    """An empty page from which the console's modules can be imported."""
    serve_files(page)
    page.route(
        f"{BASE}/console/*",
        lambda route: route.fulfill(
            body=(WEB / route.request.url.rpartition("/")[2]).read_text(encoding="utf-8"),
            content_type="text/javascript",
        ),
    )
    page.goto(BASE + "/")
    return page


def _merge(page: Any, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """async (versions) => {
          const { merge } = await import("/console/operator_content.js");
          return merge(...versions);
        }""",
        [BLANK | base, BLANK | base | mine, BLANK | base | theirs],
    )
    return found


def test_what_only_one_side_changed_is_kept(alone: Any) -> None:
    found = _merge(
        alone,
        {"title": "旧", "answer": "旧答"},
        {"title": "我的"},
        {"answer": "对方的", "valid_to": "2026-12-31"},
    )
    assert (found["mine"], found["theirs"], found["both"]) == (["title"], ["answer", "valid_to"], [])
    merged = found["merged"]
    assert (merged["title"], merged["answer"], merged["valid_to"]) == ("我的", "对方的", "2026-12-31")


def test_questions_that_both_changed_are_put_together(alone: Any) -> None:
    found = _merge(
        alone,
        {"questions": ["一", "二", "三"]},
        {"questions": ["一", "三", "我"]},
        {"questions": ["二", "三", "他"]},
    )
    assert found["both"] == ["questions"]
    assert found["merged"]["questions"] == ["三", "他", "我"]


def test_same_change_of_both_is_no_conflict(alone: Any) -> None:
    found = _merge(
        alone,
        {"channels": {}},
        {"channels": {"web": "a", "wechat": "b"}},
        {"channels": {"wechat": "b", "web": "a"}},
    )
    assert found["both"] == []


CHANGES = [
    ("国际漫游需要押金", "国际漫游不要押金", "国际漫游[-需-][+不+]要押金"),
    ("一样", "一样", "一样"),
    ("", "新的", "[+新的+]"),
    ("甲乙丙丁", "完全不同的话", "[-甲乙丙丁-][+完全不同的话+]"),
    ("aXa", "aXXa", "aX[+X+]a"),
    ("<img src=x>", "<b>", "<[-img src=x-][+b+]>"),
]


@pytest.mark.parametrize(("before", "after", "shown"), CHANGES)
def test_texts_are_compared_character_by_character(alone: Any, before: str, after: str, shown: str) -> None:
    found = alone.evaluate(
        """async ([before, after]) => {
          const { compared } = await import("/console/operator_diff.js");
          const marks = { DEL: ["[-", "-]"], INS: ["[+", "+]"] };
          return compared(before, after).map((piece) => (piece.tagName ? marks[piece.tagName].join(piece.textContent) : piece)).join("");
        }""",
        [before, after],
    )
    assert found == shown


def test_pasted_lines_become_questions_without_the_known_ones(alone: Any) -> None:
    found = alone.evaluate(
        """async () => {
          const { Questions } = await import("/console/operator_questions.js");
          const box = new Questions(() => {});
          document.querySelector("main").append(box.element);
          box.set(["怎么充话费"], ["话费去哪充"]);
          box.add("充话费\\r\\n· 怎么充话费？\\n\\n 话费去哪充\\n充话费");
          return [box.questions, box.heldOut, box.total.textContent];
        }"""
    )
    assert found == [["充话费", "怎么充话费"], ["话费去哪充"], "2/200条，另有1条只用于测试；3条重复的没有加"]


def test_articles_card_follows_web_addresses_only(alone: Any) -> None:
    alone.evaluate(
        """async () => {
          const { card } = await import("/widget/cards.js");
          const show = (link, image) => document.querySelector("main").append(card({ type: "article", title: "<b>到账</b>", rows: [{ label: "线上", value: "即时" }], link, image }));
          show({ title: "坏", url: "javascript:window.hacked=1" }, { url: "data:text/html,x", alt: "坏" });
          show({ title: "充值记录", url: "https://example.com/a" }, { url: "https://example.com/a.png", alt: "充值页面" });
        }"""
    )
    assert alone.locator(".card a").evaluate_all("all => all.map(a => a.href)") == ["https://example.com/a"]
    assert alone.locator(".card img").evaluate_all("all => all.map(i => i.alt)") == ["充值页面"]
    assert alone.locator(".card h3").first.inner_text() == "<b>到账</b>"
