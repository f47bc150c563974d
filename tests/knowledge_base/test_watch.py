"""An article that quotes what no longer holds is found, and one that quotes what does is left in peace."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from bss.sandbox.catalogue import load_offerings
from core.clock import UTC
from core.ids import ArticleId, OfferingId
from core.money import Fen
from core.offering import Category, Offering, Period
from knowledge_base.article_files import read_articles
from knowledge_base.articles import Card, Link, filled
from knowledge_base.content.form import article_of, draft_of
from knowledge_base.content.model import ArticleDraft
from knowledge_base.watch.findings import CatalogueWatch, Notice, notices_of

NOW = datetime(2026, 10, 15, 4, 0, tzinfo=UTC)
FORTNIGHT = timedelta(days=14)
STAR = Offering(
    OfferingId("star-59"), "星享套餐59元", Category.PLAN, Fen(5900), Period.MONTH, "每月59元，含20GB。", "YT-1",
    nicknames=("星享59", "59套餐"), overage="套外流量5元/GB", contract="提前退网收违约金100元",
)  # fmt: skip
RING = Offering(OfferingId("ring"), "个性彩铃", Category.VAS, Fen(600), Period.MONTH, "彩铃。", "YT-2")
SHELF = (STAR, RING)
ARTICLES = Path(__file__).resolve().parents[2] / "knowledge_base" / "articles"


def article(answer: str, **values: object) -> ArticleDraft:
    draft = ArticleDraft(ArticleId("a"), "标题", "套餐", ("问",), answer)
    return replace(draft, **values)  # type: ignore[arg-type]


def found(draft: ArticleDraft, *offerings: Offering) -> tuple[Notice, ...]:
    return CatalogueWatch(offerings or SHELF).notices(draft, NOW, FORTNIGHT)


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [
        ("星享套餐59元现在只要49元/月。", "49元"),
        ("个性彩铃（8元/月）可以在APP开通。", "8元"),
        ("开通个性彩铃，每月5块，随时可退。", "5块"),
        ("个性彩铃的功能费是五元每月。", "五元"),
        ("星享59套餐月费一百二十九元。", "一百二十九元"),
        ("先了解个性彩铃。\n它每月收费8元。", "8元"),
        ("可以订个性彩铃，8元。", "8元"),
        ("个性彩铃免费，直接开通即可。", "免费"),
        ("星享套餐59元59元/月，个性彩铃9元/月。", "9元"),
    ],
)
def test_a_price_that_does_not_hold_is_found_with_its_sentence(answer: str, quoted: str) -> None:
    (notice,) = found(article(answer))

    assert (notice.code.value, notice.told["quoted"], notice.is_blocking) == ("price_differs", quoted, True)
    assert quoted in notice.sentence
    assert quoted in notice.message


@pytest.mark.parametrize(
    "answer",
    [
        "星享套餐59元59元/月，含20GB。",
        "星享套餐59元每月五十九元。",
        "星享套餐59元超出后套外流量5元/GB。",
        "办星享59，提前退网要付违约金100元。",
        "办星享套餐59元，首月优惠20元，价格以账单为准。",
        "充值50元就能用，星享59每月59元。",
        "个性彩铃{{ring.price}}，每月扣费。",
        "补卡工本费10元一次。",
        "每月话费满100元送视频会员。",
        "个性彩铃免费体验期30天，到期后6元/月。",
    ],
)
def test_an_amount_that_holds_or_is_no_price_is_left_in_peace(answer: str) -> None:
    assert found(article(answer)) == ()


def test_a_price_without_a_name_is_that_of_the_only_offering_an_article_depends_on() -> None:
    assert [one.told["quoted"] for one in found(article("每月收费8元。", offerings=(RING.id,)))] == ["8元"]
    assert found(article("每月收费6元。", offerings=(RING.id,))) == ()
    assert found(article("每月收费8元。")) == ()


def test_variants_for_channels_and_regions_and_cards_are_looked_at_too() -> None:
    told = "个性彩铃8元/月。"
    assert len(found(article("见短信。", channels={"wechat": told}))) == 1
    assert len(found(article("见短信。", regions={"广东": told}))) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lifecycle": "Retired"}, "offering_ended"),
        ({"is_sellable": False}, "offering_ended"),
        ({"valid_to": NOW - timedelta(days=1)}, "offering_ended"),
        ({"valid_to": NOW + timedelta(days=13)}, "offering_ends"),
    ],
)
def test_an_offering_that_has_ended_or_soon_will_is_told(change: dict[str, object], code: str) -> None:
    ring = replace(RING, **change)  # type: ignore[arg-type]
    (notice,) = found(article("在APP开通。", offerings=(RING.id,)), STAR, ring)

    assert (notice.code.value, notice.offering_id, notice.is_blocking) == (
        code,
        "ring",
        code == "offering_ended",
    )


@pytest.mark.parametrize(
    "change", [{}, {"valid_to": NOW + timedelta(days=15)}, {"valid_from": NOW + timedelta(days=3)}]
)
def test_an_offering_that_is_or_will_be_sold_is_not(change: dict[str, object]) -> None:
    assert found(article("在APP开通。", offerings=(RING.id,)), replace(RING, **change)) == ()  # type: ignore[arg-type]


def test_an_article_that_says_that_its_offering_has_ended_is_right() -> None:
    ring = replace(RING, lifecycle="Retired")

    assert found(article("个性彩铃已停止办理，老客户可继续用。", offerings=(RING.id,)), ring) == ()


CARD = Card("{{ring.name}}", (("月费", "{{ring.price}}"), ("{{ring.tariff_no}}", "资费编号")))


def test_placeholders_are_filled_wherever_a_customer_reads_them() -> None:
    draft = article(
        "见卡片。",
        regions={"广东": "{{ring.price}}"},
        card=CARD,
        link=Link("{{ring.name}}资费", "https://a.example/"),
    )
    made = filled(article_of(draft), {RING.id: RING})
    assert made.card == Card("个性彩铃", (("月费", "6元/月"), ("YT-2", "资费编号")))
    assert (made.regions["广东"], made.link) == ("6元/月", Link("个性彩铃资费", "https://a.example/"))


@pytest.mark.parametrize(
    "where",
    [{"card": CARD}, {"channels": {"wechat": "{{ring.price}}"}}, {"regions": {"广东": "{{ring.price}}"}}],
)
def test_an_offering_that_is_gone_is_told_wherever_a_placeholder_names_it(where: dict[str, object]) -> None:
    (notice,) = found(article("见下。", **where), STAR)
    assert (notice.code.value, notice.offering_id) == ("offering_missing", RING.id)


def test_an_offering_that_is_gone_is_told_also_where_only_a_placeholder_names_it() -> None:
    assert [one.code.value for one in found(article("在APP开通。", offerings=(OfferingId("gone"),)))] == [
        "offering_missing"
    ]
    assert [one.code.value for one in found(article("价格{{gone.price}}。"))] == ["offering_missing"]


@pytest.mark.parametrize(
    ("last", "codes"),
    [(date(2026, 10, 14), ["article_ended"]), (date(2026, 10, 15), ["article_ends"]), (date(2026, 10, 29), ["article_ends"]), (date(2026, 10, 30), [])],
)  # fmt: skip
def test_an_article_that_has_ended_or_soon_will_is_told(last: date, codes: list[str]) -> None:
    notices = found(article("答。", valid_to=last))

    assert [one.code.value for one in notices] == codes
    assert not any(one.is_blocking for one in notices)


@cache
def shipped() -> tuple[ArticleDraft, ...]:
    """Return the shipped articles as they quote prices today, their placeholders filled in."""
    shelf = {offering.id: offering for offering in load_offerings()}
    return tuple(draft_of(filled(one, shelf)) for one in read_articles(ARTICLES))


def test_no_shipped_article_is_suspected() -> None:
    assert notices_of(shipped(), load_offerings(), NOW, timedelta()) == {}


def test_every_shipped_article_that_quotes_a_price_is_found_when_prices_change() -> None:
    dearer = [
        replace(one, price_fen=Fen(one.price_fen + 100), description="", overage="", contract="", extras=())
        for one in load_offerings()
    ]
    quoting = {one.id for one in read_articles(ARTICLES) if re.search(r"\{\{[^}]*\.price", one.answer)}
    found = notices_of(shipped(), dearer, NOW, timedelta())

    assert len(quoting) >= 20
    assert (
        quoting
        - {name for name, notices in found.items() if any(n.code.value == "price_differs" for n in notices)}
        == set()
    )


def test_a_draft_from_an_article_is_the_same_to_the_watch() -> None:
    draft = shipped()[0]

    assert draft_of(article_of(draft)) == draft
