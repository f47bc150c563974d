"""Our own offerings as a catalogue: one tier each, every published field a property."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from core.money import to_yuan
from core.offering import Offering, Period
from knowledge_base.catalogue.model import (
    BANDWIDTH,
    DATA,
    LABEL,
    PRICE,
    VOICE,
    Catalogue,
    CatalogueOffering,
    Tier,
)

# property -> the field of an offering that holds it
FIELDS: dict[str, str] = {
    PRICE: "price_fen",
    DATA: "data_mb",
    VOICE: "voice_min",
    "短信条数": "sms_count",
    BANDWIDTH: "bandwidth_mbps",
    "有效期规则": "validity",
    "生效规则": "effective",
    "超出资费": "overage",
    "使用范围": "scope",
    "开通条件": "eligibility",
    "开通方式": "subscribe",
    "取消方式": "cancel",
    "合约": "contract",
    "结转规则": "carry_over",
    "叠加规则": "stacking",
    "内含其它服务": "extras",
    "业务简介": "description",
}
_MONTHS = {Period.MONTH: 1.0, Period.YEAR: 12.0}
_TAIL = re.compile(r"(?:\d+(?:\.\d+)?(?:元|[GgMm])?)+(?:包年)?(?:活动)?$")


def from_offerings(offerings: Iterable[Offering]) -> Catalogue:
    """Return the catalogue of offerings, in their order; a tier's id is the offering's."""
    return Catalogue(
        CatalogueOffering(
            offering.name,
            offering.nicknames,
            (Tier(offering.id, _values(offering), _MONTHS.get(offering.period)),),
        )
        for offering in offerings
    )


def family(name: str) -> str:
    """Return what a name shares with the others of its family: 流量加油包20元 -> 流量加油包."""
    return _TAIL.sub("", name)


def _values(offering: Offering) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {LABEL: (offering.name,)}
    for name, field in FIELDS.items():
        if texts := _texts(field, getattr(offering, field)):
            found[name] = texts
    return found


def _texts(field: str, value: Any) -> tuple[str, ...]:
    if field == "price_fen":
        return (f"{to_yuan(value):f}",)
    if isinstance(value, tuple):
        return value
    return (str(value),) if value not in (None, "") else ()
