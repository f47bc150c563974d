"""A clause that only sets a limit, or asks on about the same offering, is no wish of its own."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.wishes import find_wishes

# What the classifier says of each clause alone; anything else is a question about plans.
_ALONE = {
    "话费还有多少": "balance_query",
    "流量还有多少": "usage_query",
    "查下话费": "balance_query",
    "流量": "usage_query",
    "流量20g以上": "usage_query",
    "流量50g以上": "usage_query",
    "有多少流量": "usage_query",
    "能打多少分钟电话": "usage_query",
    "最多能办几张": "faq",
    "怎么办": "faq",
    "看看我流量还剩多少": "usage_query",
    "补卡要带什么": "faq",
    "充50元": "topup",
    "充50": "inform",
    "再充30块话费": "inform",
    "先充50": "affirm",
    "查余额": "balance_query",
    "手机没停机": "balance_query",
    "却收不到短信": "fault",
    "@中国联通": "faq",
    "流量打开": "faq",
    "怎么上不去网": "fault",
    "这里没信号": "fault",
}


def classify(clause: str, entities: list[dict[str, Any]]) -> tuple[str, float]:
    return _ALONE.get(clause, "plan_query"), 0.9


def named(text: str, name: str) -> list[dict[str, Any]]:
    start = text.find(name)
    return [] if start < 0 else [{"entity": "offering", "value": "x", "start": start, "end": start + 2}]


@pytest.mark.parametrize(
    "text",
    [
        "有没有便宜的套餐,最好50以内,流量20g以上",
        "流量50g以上,价格150以下,有什么套餐",
        "彩铃多少钱,有多少流量",
        "5g畅想99多少钱,能打多少分钟电话",
        "副卡多少钱一个月,最多能办几张",
        "5g畅想99有多少流量,怎么办",
        "手机没停机,却收不到短信",
        "@中国联通 这里没信号",
        "流量打开之后怎么上不去网",
    ],
)
def test_limits_and_further_questions_belong_to_the_wish_beside_them(text: str) -> None:
    assert find_wishes(text, [*named(text, "彩铃"), *named(text, "副卡")], classify) == []


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("50以内的套餐有哪些,看看我流量还剩多少", ["plan_query", "usage_query"]),
        ("副卡多少钱,补卡要带什么", ["plan_query", "faq"]),
        ("59套餐有什么,再充50元", ["plan_query", "topup"]),
        ("手机没停机,却收不到短信,再充50元", ["fault", "topup"]),
        ("看看我流量还剩多少之后再充50元", ["usage_query", "topup"]),
    ],
)
def test_wishes_of_their_own_stay_two(text: str, wishes: list[str]) -> None:
    found = find_wishes(text, named(text, "副卡"), classify)
    assert [wish["intent"] for wish in found] == wishes


def test_a_limit_that_comes_first_is_part_of_the_wish_after_it() -> None:
    found = find_wishes("流量50g以上,有什么套餐,补卡要带什么", [], classify)
    assert [wish["text"] for wish in found] == ["流量50g以上,有什么套餐", "补卡要带什么"]


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("先充50再查余额", ["topup", "balance_query"]),
        ("查余额,再充30块话费", ["balance_query", "topup"]),
        ("充50然后看看我流量还剩多少", ["topup", "usage_query"]),
    ],
)
def test_an_amount_to_pay_beside_another_wish_is_a_top_up(text: str, wishes: list[str]) -> None:
    assert [wish["intent"] for wish in find_wishes(text, [], classify)] == wishes


@pytest.mark.parametrize("text", ["话费还有多少 流量还有多少", "查下话费还有流量"])
def test_two_short_questions_are_two_wishes(text: str) -> None:
    assert [wish["intent"] for wish in find_wishes(text, [], classify)] == ["balance_query", "usage_query"]


def test_a_message_of_one_clause_is_not_classified_again() -> None:
    asked: list[str] = []

    def note(clause: str, entities: list[dict[str, Any]]) -> tuple[str, float]:
        asked.append(clause)
        return classify(clause, entities)

    assert find_wishes("查下话费", [], note) == []
    assert find_wishes("查下话费,充50元", [], note) != []
    assert asked == ["查下话费", "充50元"]
