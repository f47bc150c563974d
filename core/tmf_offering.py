"""TMF620 productOffering and the product's own value type: each read into the other.

Source: TM Forum TMF620 Product Catalog Management v4.1; the names of the characteristics are ours (docs/integrate.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.clock import UTC
from core.errors import UpstreamMalformed
from core.ids import OfferingId
from core.money import Fen, from_yuan, to_yuan
from core.offering import LISTS, QUANTITIES, WORDS, Category, Offering, Period

_PERIODS = {  # (recurringChargePeriod, recurringChargePeriodLength)
    ("month", 1): Period.MONTH,
    ("month", 12): Period.YEAR,
    ("year", 1): Period.YEAR,
    ("day", 1): Period.DAY,
}

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
_SEGMENT_NAMES = {"campus": "在校学生", "senior": "60周岁及以上", "family": "家庭客户"}
_CHARGES: dict[Period, tuple[str, str | None]] = {
    Period.MONTH: ("recurring", "month"),
    Period.YEAR: ("recurring", "year"),
    Period.DAY: ("usage", "day"),
    Period.ONCE: ("oneTime", None),
}


def offering_from_tmf(node: Mapping[str, Any]) -> Offering:
    """Read one offering; raises UpstreamMalformed("bss.malformed") when the contract does not allow what stands there."""
    try:
        return _read(node)
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError, AttributeError) as problem:
        name = node.get("id") if isinstance(node, Mapping) else type(node).__name__
        raise UpstreamMalformed(
            "bss.malformed", f"productOffering {name}: {type(problem).__name__} {problem}"
        ) from problem


def _read(node: Mapping[str, Any]) -> Offering:
    values = {
        use["name"]: [one["value"] for one in use["productSpecCharacteristicValue"]]
        for use in node.get("prodSpecCharValueUse", ())
    }
    price_fen, period = _price(node["productOfferingPrice"][0])
    valid_for = node.get("validFor") or {}
    named: dict[str, Any] = {name: _amount(values[name][0]) for name in QUANTITIES if name in values}
    named |= {name: tuple(_text(value) for value in values.get(name, ())) for name in LISTS}
    named |= {name: _text(values[name][0]) if name in values else "" for name in WORDS}
    return Offering(
        id=OfferingId(_filled(node["id"])),
        name=_filled(node["name"]),
        category=Category(node["category"][0]["id"]),
        price_fen=price_fen,
        period=period,
        description=_text(node.get("description", "")),
        contract="".join(_text(term.get("description", "")) for term in node.get("productOfferingTerm", ())),
        segments=tuple(_text(segment["id"]) for segment in node.get("marketSegment", ())),
        is_sellable=_claim(node.get("isSellable", False)),
        lifecycle=_filled(node["lifecycleStatus"]),
        valid_from=_moment(valid_for.get("startDateTime")),
        valid_to=_moment(valid_for.get("endDateTime")),
        **named,
    )


def _price(node: Mapping[str, Any]) -> tuple[Fen, Period]:
    money = node["price"]["taxIncludedAmount"]
    if money["unit"] != "CNY":
        raise ValueError(f"a price in {money['unit']}")
    yuan = Decimal(str(money["value"]))  # a float goes through its shortest text, never through arithmetic
    price_fen = from_yuan(yuan)
    if price_fen < 0 or price_fen != yuan * 100:
        raise ValueError(f"a price of {yuan}")
    per = node.get("recurringChargePeriod")
    if per is None:
        return price_fen, Period.ONCE
    return price_fen, _PERIODS[per, node.get("recurringChargePeriodLength", 1)]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, found {value!r}")
    return value


def _filled(value: object) -> str:
    if not (text := _text(value)):
        raise ValueError("text expected, found nothing")
    return text


def _claim(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true or false expected, found {value!r}")
    return value


def _amount(value: object) -> int:
    """Read a whole number; the specification leaves a value's type open, so digits as text and 1024.0 are one too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"a number expected, found {value!r}")
    amount = Decimal(str(value))
    if amount < 0 or amount != int(amount):
        raise ValueError(f"a whole number expected, found {value!r}")
    return int(amount)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)


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
        "marketSegment": [
            {"id": segment, "name": _SEGMENT_NAMES.get(segment, segment)} for segment in offering.segments
        ],
        "productOfferingPrice": [_charge(offering)],
        "prodSpecCharValueUse": _characteristics(offering),
        "productOfferingTerm": _terms(offering),
        "@type": "ProductOffering",
    }


def _period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    parts = {"startDateTime": start, "endDateTime": end}
    return {name: moment.isoformat().replace("+00:00", "Z") for name, moment in parts.items() if moment}


def _charge(offering: Offering) -> dict[str, Any]:
    price_type, per = _CHARGES[offering.period]
    return {
        "id": f"{offering.id}-price",
        "name": "标准资费",
        "priceType": price_type,
        **({"recurringChargePeriod": per, "recurringChargePeriodLength": 1} if per else {}),
        "price": {"taxIncludedAmount": {"unit": "CNY", "value": _number(offering.price_fen)}},
    }


def _number(price_fen: int) -> int | float:
    """Return yuan as JSON writes them: a float only where there are cents, and then its shortest text is exact."""
    yuan, cents = divmod(price_fen, 100)
    return float(to_yuan(price_fen)) if cents else yuan


def _characteristics(offering: Offering) -> list[dict[str, Any]]:
    uses: list[dict[str, Any]] = []
    for name, unit in QUANTITIES.items():
        if (amount := getattr(offering, name)) is not None:
            uses.append(_use(name, "number", [{"value": amount, "unitOfMeasure": unit}]))
    for name in WORDS:
        if text := getattr(offering, name):
            uses.append(_use(name, "string", [{"value": text}]))
    for name in LISTS:
        if values := getattr(offering, name):
            uses.append(_use(name, "string", [{"value": value} for value in values]))
    return uses


def _use(name: str, value_type: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "valueType": value_type, "productSpecCharacteristicValue": values}


def _terms(offering: Offering) -> list[dict[str, Any]]:
    return [{"name": "协议", "description": offering.contract}] if offering.contract else []
