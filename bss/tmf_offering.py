"""TMF620 productOffering read into the product's own value type.

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
from core.money import Fen, from_yuan
from core.offering import Category, Offering, Period

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
_QUANTITIES = ("data_mb", "voice_min", "sms_count", "bandwidth_mbps")
_LISTS = ("nicknames", "extras")
_PERIODS = {"month": Period.MONTH, "year": Period.YEAR, "day": Period.DAY}


def offering_from_tmf(node: Mapping[str, Any]) -> Offering:
    """Read one offering; raises UpstreamMalformed("bss.malformed") when the contract does not allow what stands there."""
    try:
        return _read(node)
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError, AttributeError) as problem:
        raise UpstreamMalformed(
            "bss.malformed", f"productOffering {node.get('id')}: {type(problem).__name__} {problem}"
        ) from problem


def _read(node: Mapping[str, Any]) -> Offering:
    values = {
        use["name"]: use["productSpecCharacteristicValue"] for use in node.get("prodSpecCharValueUse", ())
    }
    price_fen, period = _price(node["productOfferingPrice"][0])
    valid_for = node.get("validFor") or {}
    named: dict[str, Any] = {q: int(values[q][0]["value"]) if q in values else None for q in _QUANTITIES}
    named |= {name: tuple(str(v["value"]) for v in values.get(name, ())) for name in _LISTS}
    named |= {name: str(values[name][0]["value"]) if name in values else "" for name in _WORDS}
    return Offering(
        id=OfferingId(str(node["id"])),
        name=str(node["name"]),
        category=Category(node["category"][0]["id"]),
        price_fen=price_fen,
        period=period,
        description=str(node.get("description", "")),
        contract="".join(str(term.get("description", "")) for term in node.get("productOfferingTerm", ())),
        segments=tuple(str(segment["id"]) for segment in node.get("marketSegment", ())),
        is_sellable=bool(node.get("isSellable", False)),
        lifecycle=str(node["lifecycleStatus"]),
        valid_from=_moment(valid_for.get("startDateTime")),
        valid_to=_moment(valid_for.get("endDateTime")),
        **named,
    )


def _price(node: Mapping[str, Any]) -> tuple[Fen, Period]:
    money = node["price"]["taxIncludedAmount"]
    if money["unit"] != "CNY":
        raise ValueError(f"a price in {money['unit']}")
    price_fen = from_yuan(Decimal(str(money["value"])))
    if price_fen < 0:
        raise ValueError("a price below zero")
    per = node.get("recurringChargePeriod")
    return price_fen, _PERIODS[per] if per is not None else Period.ONCE


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)
