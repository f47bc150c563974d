"""The catalogue: what is published, read from YAML and carried over TMF620 without loss."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from bss.sandbox.catalogue import load_offerings, read_catalogue
from core.clock import CHINA, UTC
from core.errors import StaffError, UpstreamMalformed
from core.ids import OfferingId
from core.money import Fen
from core.offering import Category, Offering, Period
from core.tmf_offering import offering_from_tmf, to_tmf
from tests.bss.systems import ROOT

SPECIFICATION = ROOT.parent / "shared" / "tmf" / "TMF620-ProductCatalog-v4.1.0.swagger.json"
OFFERINGS = {offering.id: offering for offering in load_offerings()}
NOW = datetime(2026, 11, 1, tzinfo=UTC)
MB_PER_GB = 1024

# what never changes without telling everyone: id, price in yuan, charged per, MB, minutes, text messages, Mbps
PUBLISHED = """\
plan-keep-8 8 month 100 30 - -
plan-go-19 19 month 5120 50 - -
plan-star-39 39 month 10240 100 - -
plan-star-59 59 month 20480 200 - -
plan-star-79 79 month 30720 300 - -
plan-5g-99 99 month 40960 400 - -
plan-5g-129 129 month 61440 500 - -
plan-5g-159 159 month 81920 700 - -
plan-5g-199 199 month 102400 1000 - -
plan-5g-299 299 month 153600 2000 - -
plan-family-169 169 month 61440 800 - 500
plan-family-239 239 month 102400 1500 - 1000
plan-campus-29 29 month 30720 100 - -
plan-campus-49 49 month 61440 200 - -
plan-senior-15 15 month 2048 100 - -
plan-senior-29 29 month 8192 200 - -
plan-chat-58 58 month 6144 500 - -
plan-summer-66 66 month 40960 200 - -
data-day-3 3 once 1024 - - -
data-week-10 10 once 5120 - - -
data-boost-10 10 once 2048 - - -
data-boost-20 20 once 5120 - - -
data-boost-30 30 once 10240 - - -
data-boost-50 50 once 20480 - - -
data-half-100 100 once 61440 - - -
data-holiday-15 15 once 10240 - - -
data-night-9 9 month 20480 - - -
data-video-15 15 month 30720 - - -
data-short-9 9 month 30720 - - -
data-music-5 5 month 15360 - - -
data-game-9 9 month 10240 - - -
pack-5g-10 10 month 5120 - - -
pack-5g-20 20 month - - - -
voice-10 10 month - 100 - -
voice-20 20 month - 240 - -
sms-5 5 month - - 100 -
intl-call-10 10 month - 60 - -
vas-callerid 5 month - - - -
vas-ring 6 month - - - -
vas-missed 3 month - - - -
vas-cardprint 3 month - - - -
vas-forward 0 month - - - -
vas-antispam 0 month - - - -
vas-cloud 10 month - - - -
vas-video 19 month - - - -
vas-music 15 month - - - -
vas-read 10 month - - - -
vas-mail 5 month - - - -
vas-screen 12 month - - - -
vas-health 8 month - - - -
vas-cloudgame 20 month - - - -
bb-300 50 month - - - 300
bb-500 70 month - - - 500
bb-1000 100 month - - - 1000
bb-500-year 720 year - - - 500
bb-1000-year 1080 year - - - 1000
bb-fttr 39 month - - - -
bb-iptv 10 month - - - -
bb-speed-5 5 once - - - -
roam-hkmo-day 25 day 1024 - - -
roam-asia-day 30 day 1024 - - -
roam-world-day 60 day 500 - - -
roam-hkmo-7 98 once 5120 - - -
roam-asia-7 128 once 5120 - - -
roam-europe-7 198 once 5120 - - -
roam-voice-50 50 once - 30 - -
sub-card 10 month - - - -
sub-card-kid 10 month - - - -
sub-card-watch 10 month - - - -
family-net 5 month - - - -
promo-deposit-100 100 once - - - -
promo-deposit-300 300 once - - - -
"""

HEAD = "defaults: {category: vas, period: month}\nofferings:\n"
GOOD = "  - {id: vas-a, name: 甲, price: 5, description: 好, tariff_no: T-1, subscribe: '发送{sms}', cancel: '发送QX{sms}', sms: KT}\n"


def _id(offering: Offering) -> str:
    return offering.id


def _row(offering: Offering) -> str:
    amounts = (offering.data_mb, offering.voice_min, offering.sms_count, offering.bandwidth_mbps)
    shown = ["-" if amount is None else str(amount) for amount in amounts]
    return " ".join([offering.id, f"{offering.price_fen / 100:g}", offering.period.value, *shown])


def test_prices_and_allowances_are_those_published() -> None:
    assert sorted(map(_row, OFFERINGS.values())) == sorted(PUBLISHED.splitlines())


@pytest.mark.parametrize("offering", OFFERINGS.values(), ids=_id)
def test_description_agrees_with_price_and_allowances(offering: Offering) -> None:
    """The words of the description were written by hand; every quantity in them is one of the fields."""
    said = {
        unit: {
            float(number) for number in re.findall(rf"(?<![\d.])(\d+(?:\.\d+)?){unit}", offering.description)
        }
        for unit in ("GB国内流量", "MB国内流量", "分钟", "条国内短信", "Mbps光纤宽带")
    }
    data = {offering.data_mb / MB_PER_GB, float(offering.data_mb)} if offering.data_mb else set()
    assert said["GB国内流量"] | said["MB国内流量"] <= data
    assert said["分钟"] <= {offering.voice_min}
    assert said["条国内短信"] <= {offering.sms_count}
    assert said["Mbps光纤宽带"] <= {offering.bandwidth_mbps}
    if price := re.match(r"(?:每月|存)?(\d+)元", offering.description):
        assert int(price[1]) * 100 == offering.price_fen


@pytest.mark.parametrize("offering", OFFERINGS.values(), ids=_id)
def test_offering_says_all_that_a_customer_must_know(offering: Offering) -> None:
    fields = ("validity", "effective", "scope", "eligibility", "subscribe", "cancel", "stacking")
    assert [name for name in fields if not getattr(offering, name)] == []
    if offering.data_mb or offering.voice_min or offering.sms_count:
        assert offering.overage
        assert offering.carry_over
    assert 3 <= len(offering.nicknames) <= 6
    assert re.fullmatch(r"YT-\d{4}-[A-Z]-\d{4}", offering.tariff_no)


@pytest.mark.parametrize("offering", OFFERINGS.values(), ids=_id)
def test_what_is_ordered_by_text_message_is_cancelled_by_one(offering: Offering) -> None:
    """Cancelling is never harder than ordering; what ends by itself need not be cancelled."""
    if offering.period is not Period.MONTH or not (
        sent := re.search(r"发送(\w+)到10066", offering.subscribe)
    ):
        return
    code = "其他套餐的办理代码" if offering.category is Category.PLAN else f"QX{sent[1]}"
    assert f"发送{code}到10066" in offering.cancel


@pytest.mark.parametrize("offering", OFFERINGS.values(), ids=_id)
def test_free_leaving_and_a_contract_are_not_said_together(offering: Offering) -> None:
    if offering.contract and "不收违约金" in offering.cancel:
        assert "协议期满后不收违约金" in offering.cancel


def test_only_the_retired_and_the_expired_are_not_offered() -> None:
    assert {o.id for o in OFFERINGS.values() if not o.is_offered(NOW)} == {"plan-chat-58", "plan-summer-66"}


def test_summer_plan_is_offered_until_the_last_of_august_in_china() -> None:
    summer = OFFERINGS[OfferingId("plan-summer-66")]
    last_minute = datetime(2025, 8, 31, 23, 59, tzinfo=CHINA)
    assert summer.is_offered(last_minute)
    assert not summer.is_offered(last_minute + timedelta(minutes=1))


@pytest.mark.parametrize("offering", OFFERINGS.values(), ids=_id)
def test_offering_survives_the_way_over_tmf620(offering: Offering) -> None:
    assert offering_from_tmf(json.loads(json.dumps(to_tmf(offering)))) == offering


@pytest.mark.parametrize("price_fen", [0, 1, 7, 29, 110, 1999, 4503599627370497])
@pytest.mark.parametrize("period", Period)
def test_price_survives_the_way_over_tmf620_to_the_fen(price_fen: int, period: Period) -> None:
    offering = Offering(OfferingId("x"), "x", Category.VAS, Fen(price_fen), period, "", "T-1")
    assert offering_from_tmf(json.loads(json.dumps(to_tmf(offering)))) == offering


@functools.cache
def _validator() -> Draft4Validator:
    """Return a validator of productOffering that takes an attribute outside the specification for an error."""
    definitions = copy.deepcopy(json.loads(SPECIFICATION.read_text(encoding="utf-8"))["definitions"])
    for definition in definitions.values():
        if definition.get("properties"):
            definition["additionalProperties"] = False
    return Draft4Validator({"$ref": "#/definitions/ProductOffering", "definitions": definitions})


@pytest.mark.skipif(
    not SPECIFICATION.is_file(), reason="the TMF620 specification (../shared/tmf) is not here"
)
@pytest.mark.parametrize("offering", OFFERINGS.values(), ids=_id)
def test_offering_fits_the_tmf620_specification(offering: Offering) -> None:
    assert [error.message for error in _validator().iter_errors(to_tmf(offering))] == []


@pytest.mark.skipif(
    not SPECIFICATION.is_file(), reason="the TMF620 specification (../shared/tmf) is not here"
)
def test_validation_would_notice_a_wrong_offering() -> None:
    node = to_tmf(OFFERINGS[OfferingId("vas-ring")])
    assert not _validator().is_valid({**node, "colour": "red"})
    assert not _validator().is_valid({**node, "isSellable": "yes"})


def _set(path: tuple[str | int, ...], value: object) -> Callable[[dict[str, Any]], None]:
    def change(node: dict[str, Any]) -> None:
        inner: Any = node
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set(("id",), None),
        _set(("name",), ""),
        _set(("name",), 7),
        _set(("category",), []),
        _set(("category", 0, "id"), "toys"),
        _set(("lifecycleStatus",), None),
        _set(("isSellable",), "false"),
        _set(("validFor",), {"endDateTime": "2025-08-31T24:00:00"}),
        _set(("validFor",), {"endDateTime": "2025-08-31T16:00:00"}),  # without its zone
        _set(("productOfferingPrice",), []),
        _set(("productOfferingPrice", 0, "price", "taxIncludedAmount", "unit"), "USD"),
        _set(("productOfferingPrice", 0, "price", "taxIncludedAmount", "value"), -5),
        _set(("productOfferingPrice", 0, "price", "taxIncludedAmount", "value"), "NaN"),
        _set(("productOfferingPrice", 0, "price", "taxIncludedAmount", "value"), 5.005),
        _set(("productOfferingPrice", 0, "recurringChargePeriod"), "fortnight"),
        _set(("productOfferingPrice", 0, "recurringChargePeriodLength"), 3),
        _set(("prodSpecCharValueUse", 0, "productSpecCharacteristicValue"), []),
        _set(("prodSpecCharValueUse", 0, "productSpecCharacteristicValue", 0, "value"), "5GB"),
        _set(("prodSpecCharValueUse", 0, "productSpecCharacteristicValue", 0, "value"), 10.5),
        _set(("prodSpecCharValueUse", 0, "productSpecCharacteristicValue", 0, "value"), True),
        _set(("prodSpecCharValueUse", -1, "productSpecCharacteristicValue", 0, "value"), 7),
    ],
)
def test_answer_outside_the_contract_is_malformed(change: Callable[[dict[str, Any]], None]) -> None:
    node = to_tmf(OFFERINGS[OfferingId("plan-5g-99")])
    change(node)
    with pytest.raises(UpstreamMalformed, match=r"^bss\.malformed"):
        offering_from_tmf(node)


@pytest.mark.parametrize("node", [[], None, "plan", {}])
def test_something_else_than_an_offering_is_malformed(node: Any) -> None:
    with pytest.raises(UpstreamMalformed):
        offering_from_tmf(node)


@pytest.mark.parametrize(
    ("length", "period"), [(1, Period.MONTH), (12, Period.YEAR)], ids=["monthly", "twelve months"]
)
def test_twelve_months_are_a_year(length: int, period: Period) -> None:
    node = to_tmf(OFFERINGS[OfferingId("vas-ring")])
    _set(("productOfferingPrice", 0, "recurringChargePeriodLength"), length)(node)
    assert offering_from_tmf(node).period is period


def test_quantities_of_other_systems_are_read() -> None:
    node = to_tmf(OFFERINGS[OfferingId("plan-5g-99")])
    for written in ("40960", 40960.0):
        _set(("prodSpecCharValueUse", 0, "productSpecCharacteristicValue", 0, "value"), written)(node)
        assert offering_from_tmf(node).data_mb == 40960


def test_file_without_faults_is_read(tmp_path: Path) -> None:
    (tmp_path / "vas.yml").write_text(HEAD + GOOD, encoding="utf-8")
    [offering] = read_catalogue(tmp_path)
    assert (offering.price_fen, offering.subscribe, offering.cancel) == (500, "发送KT", "发送QXKT")


OTHER = GOOD.replace("vas-a", "vas-b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("offerings: [", "vas.yml: not `defaults` and `offerings`"),
        ("- nothing", "vas.yml: not `defaults` and `offerings`"),
        (HEAD + GOOD.replace("price", "prise"), "vas.yml: vas-a: unknown keys prise"),
        (HEAD + GOOD.replace("price: 5, ", ""), "vas-a: missing price"),
        (HEAD + GOOD.replace("price: 5", "price: -5"), "vas-a: the price is below zero"),
        (HEAD + GOOD.replace("price: 5", "price: cheap"), "vas.yml: vas-a"),
        (HEAD + GOOD.replace("vas-a", "Vas A"), "the id must be small letters"),
        (HEAD + GOOD.replace("甲", "2026"), "name must be text"),
        (HEAD + GOOD.replace(", sms: KT", ""), "there is no sms"),
        (HEAD + GOOD.replace("sms: KT", "sms: KT, period: decade"), "'decade' is not a valid Period"),
        (HEAD + GOOD.replace("sms: KT", "sms: KT, data_mb: 1.5"), "data_mb must be a whole number"),
        (HEAD + GOOD.replace("sms: KT", "sms: KT, nicknames: 甲乙"), "nicknames must be a list"),
        (HEAD + GOOD.replace("sms: KT", "sms: KT, lifecycle: Gone"), "lifecycle must be one of"),
        (
            HEAD + GOOD.replace("sms: KT", "sms: KT, valid_from: 2026-02-01, valid_to: 2026-01-01"),
            "valid_to is not after",
        ),
        (HEAD + GOOD + GOOD, "id vas-a is that of vas-a already"),
        (HEAD + GOOD + OTHER, "tariff_no T-1 is that of vas-a already"),
        (
            HEAD
            + GOOD
            + OTHER.replace("T-1", "T-2").replace("甲", "乙").replace("sms:", "nicknames: [甲], sms:"),
            "vas-b: name 甲 is that of vas-a already",
        ),
    ],
)
def test_faulty_file_is_refused_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "vas.yml").write_text(text, encoding="utf-8")
    with pytest.raises(StaffError) as refusal:
        read_catalogue(tmp_path)
    assert words in refusal.value.detail
