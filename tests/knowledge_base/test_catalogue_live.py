"""Live questions about the shipped catalogue: answered, put as a choice, or left alone."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bss.sandbox.catalogue import load_offerings
from knowledge_base.catalogue.answerer import CatalogueAnswerer
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices
from knowledge_base.catalogue.leaning import Lean
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
        "去美国用哪个流量包便宜",
    ],
)
def test_what_is_no_catalogue_question_is_left_alone(answerer: CatalogueAnswerer, text: str) -> None:
    assert answerer.ask(text, NOW) is None


# --- searches ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offerings"),
    [
        ("100以内，流量40G以上的套餐", ("plan-5g-99",)),
        ("流量50G以上，价格150以下，有吗", ("plan-5g-129",)),
        ("月租30到60之间的套餐有哪些", ("plan-star-39", "plan-star-59")),
        ("50块钱左右的套餐有吗", ("plan-star-39", "plan-star-59")),
        ("大流量套餐推荐一下，100G以上的", ("plan-5g-199", "plan-5g-299")),
        ("通话不少于1000分钟的套餐有吗", ("plan-5g-199", "plan-5g-299")),
        ("最便宜的宽带", ("bb-300",)),
        ("500兆以上的宽带有哪些", ("bb-500", "bb-1000", "bb-500-year", "bb-1000-year")),
        ("学生有什么套餐，多少钱", ("plan-campus-29", "plan-campus-49")),
        ("我妈70岁了，有没有适合老人的套餐，便宜点", ("plan-senior-15", "plan-senior-29")),
        ("千兆宽带一年多少钱", ("bb-1000", "bb-1000-year")),
        ("带宽带的套餐有哪些，200以内", ("plan-family-169",)),
        ("一百多块的套餐有哪些", ("plan-5g-129", "plan-5g-159", "plan-5g-199")),
        ("5G套餐最便宜的多少钱", ("plan-5g-99",)),
        ("语音包哪个分钟数多", ("voice-20",)),
        ("哪个流量包便宜", ("data-day-3",)),
        ("去日本用哪个流量包便宜", ("roam-asia-day",)),
    ],
)
def test_search_holds_every_condition(
    answerer: CatalogueAnswerer, text: str, offerings: tuple[str, ...]
) -> None:
    found = answered(answerer, text)
    assert (found.kind, found.offerings) == (AnswerKind.SEARCH, offerings)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("有没有比现在便宜的套餐，最好50以内，流量20G以上", ("plan-star-59", "plan-star-39")),
        ("5元以下的套餐有吗", ("plan-keep-8",)),
        ("20元20G那个怎么退", ("data-boost-20", "data-night-9")),
        ("我在北京，有没有100兆宽带，多少钱一年", ("bb-500-year",)),
    ],
)
def test_where_nothing_meets_the_conditions_the_nearest_is_named(
    answerer: CatalogueAnswerer, text: str, nearest: tuple[str, ...]
) -> None:
    found = answered(answerer, text)
    assert (found.kind, found.offerings, found.nearest) == (AnswerKind.SEARCH, (), nearest)


# --- side by side --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offerings"),
    [
        ("音乐包和视频包哪个便宜", ("data-music-5", "data-video-15")),
        ("5G畅享套餐99和129有什么区别", ("plan-5g-99", "plan-5g-129")),
        ("星享套餐39元和59元有什么区别", ("plan-star-39", "plan-star-59")),
        ("星享39和那个59的比哪个流量多", ("plan-star-39", "plan-star-59")),
        ("星享套餐39跟79的区别", ("plan-star-39", "plan-star-79")),
        ("39元和59元套餐有什么不同", ("plan-star-39", "plan-star-59")),
        ("流量加油包10元和20元有什么区别", ("data-boost-10", "data-boost-20")),
        ("家庭宽带300M和500M有什么区别", ("bb-300", "bb-500")),
        ("星享39、59、79有什么区别", ("plan-star-39", "plan-star-59", "plan-star-79")),
        ("59元套餐和79元套餐还有99元的，哪个划算", ("plan-star-59", "plan-star-79", "plan-5g-99")),
    ],
)
def test_a_second_name_may_be_cut_down_to_what_differs(
    answerer: CatalogueAnswerer, text: str, offerings: tuple[str, ...]
) -> None:
    found = answered(answerer, text)
    assert (found.kind, found.offerings) == (AnswerKind.COMPARISON, offerings)


# --- several properties, misspellings, other scripts ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offering", "properties"),
    [
        ("任我看视频包多少钱，有多少流量", "data-video-15", {"价格", "流量"}),
        ("副卡多少钱一个月，最多能办几张", "sub-card", {"价格", "叠加规则"}),
        ("5G畅想99有多少流量，能打多少分钟电话，怎么办", "plan-5g-99", {"流量", "语音时长", "开通方式"}),
        ("視頻彩玲怎麼取消", "vas-ring", {"取消方式"}),
        ("請問星享套餐59元有幾多流量", "plan-star-59", {"流量"}),
        ("3块钱1G那个怎么办", "data-day-3", {"开通方式"}),
    ],
)
def test_everything_asked_of_one_offering_is_found(
    answerer: CatalogueAnswerer, text: str, offering: str, properties: set[str]
) -> None:
    found = answered(answerer, text)
    assert (found.kind, found.offerings, set(found.properties)) == (AnswerKind.FACTS, (offering,), properties)


# --- what leans on the question before -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "text", "offerings"),
    [
        ("流量最多的套餐是哪个", "那最便宜的呢", ("plan-keep-8",)),
        ("50元以下的套餐有哪些", "最贵的呢", ("plan-star-39",)),
        ("50元以下的套餐有哪些", "那100以内的呢", 6),
        ("星享39和79有什么区别", "便宜的那个呢", ("plan-star-39",)),
        ("有什么套餐,那最便宜的呢", "流量最多的呢", ("plan-5g-299",)),
    ],
)
def test_a_search_goes_on_where_the_last_one_stood(
    answerer: CatalogueAnswerer, before: str, text: str, offerings: tuple[str, ...] | int
) -> None:
    assert answerer.lean(text) is Lean.SEARCH
    found = answerer.follow(text, before, NOW)
    assert found is not None
    assert offerings in (found.offerings, len(found.offerings))


@pytest.mark.parametrize(
    ("text", "lean"),
    [
        ("怎么关", Lean.FACTS),
        ("这个一个月多少钱啊", Lean.FACTS),
        ("有多少分钟通话", Lean.FACTS),
        ("什么时候生效", Lean.FACTS),
        ("它能结转吗", Lean.FACTS),
        ("办这个", Lean.ORDER),
        ("那就这个吧", Lean.ORDER),
        ("我要办", Lean.ORDER),
        ("帮我退了吧", Lean.CANCEL),
        ("取消", None),  # of what is being done
        ("怎么注销", None),  # of the number
        ("我有多少流量", None),
        ("流量还剩多少", None),
        ("怎么退款", None),
        ("怎么办", Lean.FACTS),  # how it is got
        ("彩铃怎么关", None),
        ("宽带怎么取消", None),
        ("好的", None),
    ],
)
def test_short_messages_without_a_name_of_their_own_lean(
    answerer: CatalogueAnswerer, text: str, lean: Lean | None
) -> None:
    assert answerer.lean(text) is lean


def test_packs_for_a_country_are_listed_without_a_limit(answerer: CatalogueAnswerer) -> None:
    assert set(answered(answerer, "去日本有哪些流量包").offerings) == {"roam-asia-day", "roam-asia-7"}


def test_a_year_alone_goes_on_with_a_search_before(answerer: CatalogueAnswerer) -> None:
    found = answerer.follow("包年的呢", "500兆宽带多少钱", NOW)
    assert found is not None
    assert found.offerings == ("bb-500-year",)
