"""How an article reads where only text is shown, and what is offered after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from core.clock import CHINA, UTC
from core.ids import ArticleId
from knowledge_base.articles import Article, Card, Image, Link
from knowledge_base.shown import article_card, full_text, onward

NOON = datetime(2026, 5, 1, 12, tzinfo=CHINA)
ARTICLE = Article(ArticleId("a"), "测试", "一", ("一",), "好")


def test_text_alone_says_what_card_picture_and_link_hold_without_blank_lines() -> None:
    rich = replace(
        ARTICLE,
        card=Card("到账时间", (("线上", "即时"),)),
        image=Image("https://a.cn/c.png", "流程图"),
        link=Link("详情", "https://a.cn/b"),
    )
    said = full_text(rich, "第一段\n\n第二段")
    assert said.splitlines() == [
        "第一段",
        "第二段",
        "到账时间",
        "线上：即时",
        "流程图：https://a.cn/c.png",
        "详情：https://a.cn/b",
    ]
    assert (article_card(rich, "第一段\n\n第二段") or {})["lead"] == "第一段\n第二段"


def test_an_article_follows_only_while_customers_can_get_it() -> None:
    ended = replace(ARTICLE, id=ArticleId("ended"), valid_to=date(2026, 4, 30))
    others = [replace(ARTICLE, id=ArticleId(name)) for name in ("b", "c", "d")]
    known = {str(each.id): each for each in (ended, *others)}
    first = replace(ARTICLE, followups=tuple(map(ArticleId, ("ended", "nowhere", "b", "c", "d"))))
    assert [each.id for each in onward(first, known.get, NOON)] == ["b", "c"]
    assert [each.id for each in onward(first, known.get, NOON - timedelta(days=1))] == ["ended", "b"]


def test_what_is_written_for_a_province_holds_however_billing_names_a_place_in_it() -> None:
    local = replace(ARTICLE, regions={"广东": "广东的", "广东省深圳": "深圳的"})
    places = ("广东", "广东省", "广东省广州市", "广东省深圳市", "广西", "")
    assert [local.answer_for("web", place) for place in places] == [
        "广东的",
        "广东的",
        "广东的",
        "深圳的",
        "好",
        "好",
    ]


@pytest.mark.parametrize(
    ("at", "is_valid"),
    [
        (datetime(2026, 4, 29, 15, 59, 59, tzinfo=UTC), False),  # 23:59:59 in China, the day before
        (datetime(2026, 4, 29, 16, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 5, 1, 15, 59, 59, tzinfo=UTC), True),  # the last second of the last day
        (datetime(2026, 5, 1, 16, 0, 0, tzinfo=UTC), False),
    ],
)
def test_first_and_last_day_are_chinas_whatever_the_clock_of_the_machine(
    at: datetime, is_valid: bool
) -> None:
    spring = replace(ARTICLE, valid_from=date(2026, 4, 30), valid_to=date(2026, 5, 1))
    assert spring.is_valid(at) is is_valid
