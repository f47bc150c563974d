"""Articles about offerings: written from the catalogue, so they say what it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bss.sandbox.catalogue import load_offerings
from core.clock import UTC
from core.errors import StaffError
from core.ids import OfferingId
from core.money import Fen
from core.offering import Offering, Period
from core.text import normalise
from knowledge_base.articles import Article, check_articles
from knowledge_base.offering_articles import articles_of
from knowledge_base.placeholders import price_text, render
from tests.knowledge_base.small_corpus import NOW, RING

CATALOGUE = {offering.id: offering for offering in load_offerings()}
ARTICLES = [article for offering in CATALOGUE.values() for article in articles_of(offering, NOW)]
ASPECTS = ("overview", "subscribe", "cancel", "timing", "rules", "terms")


def _id(owner: Offering | Article) -> str:
    return owner.id


def answers(offering: Offering, at: datetime = NOW) -> dict[str, str]:
    """Return aspect -> answer."""
    found = articles_of(offering, at)
    return {article.id.removeprefix(f"offering-{offering.id}-"): article.answer for article in found}


def test_every_offering_has_every_aspect() -> None:
    expected = {f"offering-{offering_id}-{aspect}" for offering_id in CATALOGUE for aspect in ASPECTS}
    assert {article.id for article in ARTICLES} == expected


def test_aspect_nothing_is_known_of_has_no_article() -> None:
    silent = replace(RING, eligibility="", cancel="", validity="", scope="")
    assert set(answers(silent)) == {"overview"}


def test_titles_and_questions_belong_to_one_article_each() -> None:
    check_articles(ARTICLES)
    titles = Counter(normalise(article.title) for article in ARTICLES)
    assert max(titles.values()) == 1


@pytest.mark.parametrize("article", ARTICLES, ids=_id)
def test_article_has_questions_of_its_offering_and_three_held_out(article: Article) -> None:
    offering = CATALOGUE[article.offerings[0]]
    names = (offering.name, *offering.nicknames)
    asked = {*article.questions, *article.held_out}
    assert len(article.held_out) == 3
    assert len(asked) == len(article.questions) + 3 >= 13
    assert [text for text in asked if not any(name in text for name in names)] == []


@pytest.mark.parametrize("article", ARTICLES, ids=_id)
def test_answer_names_offering_price_and_tariff_number(article: Article) -> None:
    offering = CATALOGUE[article.offerings[0]]
    assert offering.name in article.answer
    assert price_text(offering).removesuffix("/月") in article.answer
    assert f"资费公示编号{offering.tariff_no}" in article.answer
    assert not {"{", "}"} & set(article.answer)


@pytest.mark.parametrize("offering", CATALOGUE.values(), ids=_id)
def test_answers_say_what_the_catalogue_says(offering: Offering) -> None:
    said = answers(offering)
    assert offering.cancel in said["cancel"]
    assert offering.validity in said["timing"]
    assert offering.scope in said["rules"]
    assert offering.overage in said["rules"]
    assert offering.carry_over in said["rules"]
    assert offering.contract in said["cancel"]
    assert all(extra in said["overview"] for extra in offering.extras)
    if offering.is_offered(NOW):
        assert offering.subscribe in said["subscribe"]
        assert offering.eligibility in said["terms"]


@pytest.mark.parametrize(
    ("offering_id", "words"), [("plan-chat-58", "已停止销售"), ("plan-summer-66", "销售期已过")]
)
def test_what_is_no_longer_sold_is_said_to_be_so_and_not_how_to_order_it(
    offering_id: str, words: str
) -> None:
    offering = CATALOGUE[OfferingId(offering_id)]
    said = answers(offering)
    assert all(words in answer and "老客户可以继续使用" in answer for answer in said.values())
    assert "10066" not in said["subscribe"]


def test_campaign_is_told_as_it_stands_at_the_time() -> None:
    starts = datetime(2026, 6, 1, tzinfo=UTC)
    summer = replace(RING, valid_from=starts, valid_to=starts + timedelta(days=30))
    assert "还没有开始销售" in answers(summer, starts - timedelta(days=1))["subscribe"]
    assert RING.subscribe in answers(summer, starts)["subscribe"]
    assert "销售期已过" in answers(summer, starts + timedelta(days=30))["subscribe"]


def test_what_is_not_sold_by_itself_is_not_said_to_be_for_sale() -> None:
    assert "不单独受理" in answers(replace(RING, is_sellable=False))["subscribe"]


def test_price_is_said_once_where_the_name_holds_it() -> None:
    day = CATALOGUE[OfferingId("data-day-3")]
    assert answers(day)["subscribe"].startswith("流量日包3元开通方式")
    assert answers(RING)["subscribe"].startswith("视频彩铃（6元/月）开通方式")


def test_held_out_questions_stay_the_same_between_builds() -> None:
    later = NOW + timedelta(days=90)
    assert [a.held_out for a in articles_of(RING, NOW)] == [a.held_out for a in articles_of(RING, later)]


@pytest.mark.parametrize(
    ("placeholder", "text"),
    [
        ("{{data-boost-10.price}}", "10元"),
        ("{{plan-star-59.price}}", "59元/月"),
        ("{{roam-hkmo-day.price}}", "25元/天"),
        ("{{bb-500-year.price}}", "720元/年"),
        ("{{vas-forward.price}}", "免费"),
        ("{{plan-5g-99.data}}", "40GB"),
        ("{{plan-keep-8.data}}", "100MB"),
        ("{{plan-5g-99.voice}}", "400分钟"),
        ("{{sms-5.sms}}", "100条"),
        ("{{bb-300.bandwidth}}", "300M"),
        ("{{ data-day-3.name }}", "流量日包3元"),
        ("{{data-day-3.validity}}", "办理起24小时"),
        ("{{vas-ring.subscribe}}", CATALOGUE[OfferingId("vas-ring")].subscribe),
        ("{{vas-ring.cancel}}", CATALOGUE[OfferingId("vas-ring")].cancel),
        ("{{vas-ring.tariff_no}}", "YT-2025-Z-0002"),
    ],
)
def test_placeholder_is_written_as_a_tariff_writes_it(placeholder: str, text: str) -> None:
    assert render(f"是{placeholder}。", CATALOGUE) == f"是{text}。"


def test_price_with_cents_and_volume_with_a_half_are_exact() -> None:
    odd = replace(RING, price_fen=Fen(990), period=Period.MONTH, data_mb=1536)
    assert render("{{vas-ring.price}} {{vas-ring.data}}", {odd.id: odd}) == "9.90元/月 1.5GB"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{vas-none.price}}", "no such offering: {{vas-none.price}}"),
        ("{{vas-ring}}", "vas-ring has no"),
        ("{{vas-ring.colour}}", "vas-ring has no colour"),
        ("{{vas-ring.data}}", "vas-ring has no data"),
        ("{{vas-ring.Price}}", "vas-ring has no Price"),
        ("{{价格}}", "no such offering: {{价格}}"),
        ("{{vas-ring.price}", "not closed"),
        ("vas-ring.price}}", "not closed"),
    ],
)
def test_placeholder_that_cannot_be_filled_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(StaffError) as refusal:
        render(f"每月{text}。", CATALOGUE)
    assert words in refusal.value.detail
