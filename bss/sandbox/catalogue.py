"""The sandbox's catalogue: reviewed YAML in, TMF620 productOffering out.

Source: TM Forum TMF620 Product Catalog Management v4.1. What the specification has a place for stands there (price, validity,
category, lifecycle, terms); the rest are characteristics of the offering.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.clock import CHINA, UTC
from core.errors import StaffError
from core.ids import OfferingId
from core.money import from_yuan, to_yuan
from core.offering import Category, Offering, Period

FOLDER = Path(__file__).parent / "catalogue"
CATEGORY_NAMES = {
    Category.PLAN: "套餐",
    Category.DATA: "流量包",
    Category.VOICE: "语音短信包",
    Category.VAS: "增值业务",
    Category.BROADBAND: "宽带",
    Category.ROAMING: "国际港澳台漫游",
    Category.SUBCARD: "副卡与亲情网",
    Category.PROMOTION: "优惠活动",
}
_REQUIRED = ("id", "category", "name", "price", "description", "tariff_no", "subscribe", "cancel")
_QUANTITIES = {"data_mb": "MB", "voice_min": "min", "sms_count": "count", "bandwidth_mbps": "Mbps"}
_WORDS = (
    "validity",
    "effective",
    "overage",
    "scope",
    "eligibility",
    "subscribe",
    "cancel",
    "carry_over",
    "stacking",
    "tariff_no",
)
_LISTS = ("nicknames", "extras")
_CHARGES: dict[Period, tuple[str, str | None]] = {
    Period.MONTH: ("recurring", "month"),
    Period.YEAR: ("recurring", "year"),
    Period.DAY: ("usage", "day"),
    Period.ONCE: ("oneTime", None),
}


@lru_cache(maxsize=1)
def load_offerings() -> tuple[Offering, ...]:
    """Read the shipped catalogue; raises StaffError("catalogue.invalid") naming the file and the offering."""
    offerings = tuple(offering for path in sorted(FOLDER.glob("*.yml")) for offering in _read(path))
    ids = [offering.id for offering in offerings]
    twice = {offering_id for offering_id in ids if ids.count(offering_id) > 1}
    if twice:
        raise StaffError("catalogue.invalid", f"used twice: {', '.join(sorted(twice))}")
    return offerings


def _read(path: Path) -> list[Offering]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults = content.get("defaults", {})
    return [_offering({**defaults, **row}, path) for row in content["offerings"]]


def _offering(row: Mapping[str, Any], path: Path) -> Offering:
    missing = [name for name in _REQUIRED if not row.get(name) and row.get(name) != 0]
    if missing:
        raise StaffError("catalogue.invalid", f"{path.name}: {row.get('id')}: missing {', '.join(missing)}")
    named: dict[str, Any] = {name: row.get(name) for name in _QUANTITIES}
    named |= {name: tuple(row.get(name, ())) for name in _LISTS}
    named |= {name: str(row.get(name, "")).replace("{sms}", str(row.get("sms", ""))) for name in _WORDS}
    try:
        return Offering(
            id=OfferingId(row["id"]),
            name=row["name"],
            category=Category(row["category"]),
            price_fen=from_yuan(row["price"]),
            period=Period(row["period"]),
            description=row["description"],
            contract=str(row.get("contract", "")),
            segments=tuple(row.get("segments", ())),
            is_sellable=bool(row.get("is_sellable", True)),
            lifecycle=str(row.get("lifecycle", "Active")),
            valid_from=_midnight(row.get("valid_from")),
            valid_to=_midnight(row.get("valid_to")),
            **named,
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise StaffError("catalogue.invalid", f"{path.name}: {row['id']}: {problem}") from problem


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=CHINA).astimezone(UTC) if day is not None else None


def to_tmf(offering: Offering) -> dict[str, Any]:
    """Write an offering as a TMF620 productOffering."""
    valid_for = _period(offering.valid_from, offering.valid_to)
    return {
        "id": offering.id,
        "href": f"/tmf-api/productCatalogManagement/v4/productOffering/{offering.id}",
        "name": offering.name,
        "description": offering.description,
        "isBundle": False,
        "isSellable": offering.is_sellable,
        "lifecycleStatus": offering.lifecycle,
        "version": "1.0",
        **({"validFor": valid_for} if valid_for else {}),
        "category": [{"id": offering.category.value, "name": CATEGORY_NAMES[offering.category]}],
        "channel": [{"id": "selfcare", "name": "自助渠道"}],
        "marketSegment": [{"id": segment, "name": segment} for segment in offering.segments],
        "productOfferingPrice": [_price(offering)],
        "prodSpecCharValueUse": _characteristics(offering),
        "productOfferingTerm": _terms(offering),
        "@type": "ProductOffering",
    }


def _period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    parts = {"startDateTime": start, "endDateTime": end}
    return {name: moment.isoformat().replace("+00:00", "Z") for name, moment in parts.items() if moment}


def _price(offering: Offering) -> dict[str, Any]:
    price_type, per = _CHARGES[offering.period]
    return {
        "id": f"{offering.id}-price",
        "name": "标准资费",
        "priceType": price_type,
        **({"recurringChargePeriod": per, "recurringChargePeriodLength": 1} if per else {}),
        "price": {"taxIncludedAmount": {"unit": "CNY", "value": float(to_yuan(offering.price_fen))}},
    }


def _characteristics(offering: Offering) -> list[dict[str, Any]]:
    uses: list[dict[str, Any]] = []
    for name, unit in _QUANTITIES.items():
        if (amount := getattr(offering, name)) is not None:
            uses.append(_use(name, "number", [{"value": amount, "unitOfMeasure": unit}]))
    for name in _WORDS:
        if text := getattr(offering, name):
            uses.append(_use(name, "string", [{"value": text}]))
    for name in _LISTS:
        if values := getattr(offering, name):
            uses.append(_use(name, "string", [{"value": value} for value in values]))
    return uses


def _use(name: str, value_type: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "valueType": value_type, "productSpecCharacteristicValue": values}


def _terms(offering: Offering) -> list[dict[str, Any]]:
    return [{"name": "协议", "description": offering.contract}] if offering.contract else []
