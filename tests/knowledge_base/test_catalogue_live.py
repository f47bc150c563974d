"""Live questions about the shipped catalogue: answered, put as a choice, or left alone."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bss.sandbox.catalogue import load_offerings
from knowledge_base.catalogue.answerer import CatalogueAnswerer
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices
from knowledge_base.catalogue.query import Compare

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def answerer() -> CatalogueAnswerer:
    return CatalogueAnswerer.from_offerings(load_offerings())


def answered(answerer: CatalogueAnswerer, text: str) -> CatalogueAnswer:
    found = answerer.ask(text, NOW)
    assert isinstance(found, CatalogueAnswer), text
    return found


@pytest.mark.parametrize(
    ("text", "offering", "properties"),
    [
        ("星享套餐59元有多少流量", "plan-star-59", ("流量",)),
        ("星想套餐59元多少钱", "plan-star-59", ("价格",)),
        ("二十块5G那个怎么办理", "data-boost-20", ("开通方式",)),
        ("彩鈴怎麼取消", "vas-ring", ("取消方式",)),
        ("10元的加油包用不完会清零吗", "data-boost-10", ("结转规则",)),
        ("500兆宽带要签几年", "bb-500", ("合约",)),
    ],
)
def test_customer_asks_about_one_offering(
    answerer: CatalogueAnswerer, text: str, offering: str, properties: tuple[str, ...]
) -> None:
    found = answered(answerer, text)
    assert (found.kind, found.offerings, found.properties) == (AnswerKind.FACTS, (offering,), properties)
    assert all(fact.values for fact in found.facts)


def test_two_questions_in_one_get_two_facts(answerer: CatalogueAnswerer) -> None:
    found = answered(answerer, "彩铃多少钱一个月，怎么退订")
    assert {fact.property for fact in found.facts} == {"价格", "取消方式"}


def test_family_of_offerings_is_put_as_a_choice(answerer: CatalogueAnswerer) -> None:
    found = answerer.ask("星享套餐多少钱", NOW)
    assert isinstance(found, CatalogueChoices)
    assert found.offerings == ("plan-star-39", "plan-star-59", "plan-star-79")


@pytest.mark.parametrize(
    ("text", "offerings"),
    [
        ("最便宜的套餐是哪个", ("plan-keep-8",)),
        ("50元以下的套餐有哪些", ("plan-keep-8", "plan-go-19", "plan-star-39")),
        ("100元以内流量最多的套餐", ("plan-5g-99",)),
        ("学生套餐最便宜的是哪个", ("plan-campus-29",)),
    ],
)
def test_shelf_is_searched(answerer: CatalogueAnswerer, text: str, offerings: tuple[str, ...]) -> None:
    found = answered(answerer, text)
    assert (found.kind, found.offerings) == (AnswerKind.SEARCH, offerings)


def test_what_is_no_longer_sold_is_not_found_by_a_search(answerer: CatalogueAnswerer) -> None:
    found = answered(answerer, "60元以内的套餐有哪些")
    assert "plan-star-59" in found.offerings
    assert "plan-chat-58" not in found.offerings


def test_two_offerings_are_compared(answerer: CatalogueAnswerer) -> None:
    found = answered(answerer, "星享39和星享79哪个流量多")
    assert (found.kind, found.compare, found.best) == (
        AnswerKind.COMPARISON,
        Compare.MOST,
        ("plan-star-79",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "我还剩多少流量",
        "我的59元套餐还剩多少流量",
        "怎么办理携号转网",
        "套餐怎么取消",
        "4g手机能用5g套餐吗",
        "想订一家200元以下的酒店",
        "没有来电显示了怎么办",
    ],
)
def test_what_is_no_catalogue_question_is_left_alone(answerer: CatalogueAnswerer, text: str) -> None:
    assert answerer.ask(text, NOW) is None
