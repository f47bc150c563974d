"""Whose word counts in the catalogue: the billing system charges, the operator explains."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.clock import UTC
from core.ids import OfferingId
from core.money import Fen
from core.offering import Category, Offering, Period
from knowledge_base.offering_store.merging import Origin, OwnOffering, Shelved, merge

PLAN = Offering(
    OfferingId("plan-59"), "星享套餐59元", Category.PLAN, Fen(5900), Period.MONTH, "每月59元。", "YT-1", nicknames=("59套餐",), data_mb=20480
)  # fmt: skip
OWN = replace(
    PLAN, id=OfferingId("own-1"), name="城市畅游卡", nicknames=("畅游卡", "59套餐"), price_fen=Fen(2900)
)


def test_without_anything_of_the_operator_it_is_the_billing_systems() -> None:
    assert merge([PLAN], []).offerings == (PLAN,)


def test_what_only_the_operator_has_is_told_but_not_sold_here() -> None:
    billing, own = merge([PLAN], [OwnOffering(OWN, None, 1)]).shelved

    assert (billing.origin, own.origin) == (Origin.BILLING, Origin.OWN)
    assert own.offering.is_offered(datetime(2026, 1, 1, tzinfo=UTC))
    assert not own.offering.is_orderable


def test_names_stay_unique() -> None:
    shelf = merge(
        [PLAN], [OwnOffering(OWN, None, 1), OwnOffering(replace(OWN, id=OfferingId("own-2")), None, 1)]
    )

    assert [one.offering.nicknames for one in shelf.shelved] == [("59套餐",), ("畅游卡",)]
    assert [(one.id, taken) for one, taken in shelf.hidden] == [("own-2", "own-1")]


def test_the_operators_words_hold_while_the_billing_system_says_what_it_said() -> None:
    written = replace(PLAN, subscribe="发送KT59到10066", description="适合多数人。")
    one = _one(PLAN, OwnOffering(written, PLAN, 1))

    assert (one.offering.subscribe, one.offering.description) == ("发送KT59到10066", "适合多数人。")
    assert (one.origin, one.own_fields, one.offering.is_orderable) == (
        Origin.BOTH,
        ("description", "subscribe"),
        True,
    )


def test_a_price_that_differs_from_the_billing_systems_is_told_but_not_sold() -> None:
    one = _one(PLAN, OwnOffering(replace(PLAN, price_fen=Fen(4900)), PLAN, 1))

    assert (one.offering.price_fen, one.offering.is_orderable, one.differs) == (4900, False, ("price_fen",))


def test_a_price_the_billing_system_has_changed_since_is_the_billing_systems() -> None:
    now = replace(PLAN, price_fen=Fen(6900))
    one = _one(now, OwnOffering(replace(PLAN, price_fen=Fen(4900)), PLAN, 1))

    assert (one.offering.price_fen, one.offering.is_orderable, one.overtaken) == (6900, True, ("price_fen",))


def test_what_the_operator_never_touched_follows_the_billing_system() -> None:
    now = replace(PLAN, price_fen=Fen(6900), name="星享套餐69元")
    one = _one(now, OwnOffering(replace(PLAN, subscribe="发送KT59"), PLAN, 1))

    assert (one.offering.price_fen, one.offering.name, one.offering.subscribe, one.overtaken) == (
        6900,
        "星享套餐69元",
        "发送KT59",
        (),
    )


def test_what_the_operator_had_first_only_fills_what_the_billing_system_leaves_empty() -> None:
    one = _one(PLAN, OwnOffering(replace(PLAN, price_fen=Fen(1), subscribe="发短信"), None, 1))

    assert (one.offering.price_fen, one.offering.subscribe, one.overtaken, one.offering.is_orderable) == (
        5900,
        "发短信",
        ("price_fen",),
        True,
    )


def test_a_price_agreed_again_is_sold_again() -> None:
    own = OwnOffering(replace(PLAN, price_fen=Fen(4900)), PLAN, 1)

    assert _one(replace(PLAN, price_fen=Fen(4900)), own).offering.is_orderable


def _one(billing: Offering, own: OwnOffering) -> Shelved:
    (one,) = merge([billing], [own]).shelved
    return one
