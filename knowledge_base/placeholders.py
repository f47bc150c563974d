"""Placeholders such as ``{{data-boost-10.price}}``: what an article says of an offering is read from the offering."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from core.errors import StaffError
from core.ids import OfferingId
from core.money import format_yuan
from core.offering import Offering, Period

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_PER = {Period.MONTH: "/月", Period.YEAR: "/年", Period.DAY: "/天", Period.ONCE: ""}
_MB_PER_GB = 1024


def price_text(offering: Offering) -> str:
    """Write a price as a tariff does: ``59元/月``, ``10元``, ``免费``."""
    return format_yuan(offering.price_fen) + _PER[offering.period] if offering.price_fen else "免费"


def volume_text(data_mb: int) -> str:
    """Write a volume in the unit it is sold in: 20480 -> ``20GB``, 100 -> ``100MB``, 1536 -> ``1.5GB``."""
    if data_mb < _MB_PER_GB:
        return f"{data_mb}MB"
    return f"{data_mb / _MB_PER_GB:.1f}".removesuffix(".0") + "GB"


FIELDS: Mapping[str, Callable[[Offering], str]] = {
    "name": lambda o: o.name,
    "price": price_text,
    "data": lambda o: volume_text(o.data_mb) if o.data_mb is not None else "",
    "voice": lambda o: f"{o.voice_min}分钟" if o.voice_min is not None else "",
    "sms": lambda o: f"{o.sms_count}条" if o.sms_count is not None else "",
    "bandwidth": lambda o: f"{o.bandwidth_mbps}M" if o.bandwidth_mbps is not None else "",
    "validity": lambda o: o.validity,
    "effective": lambda o: o.effective,
    "overage": lambda o: o.overage,
    "subscribe": lambda o: o.subscribe,
    "cancel": lambda o: o.cancel,
    "contract": lambda o: o.contract,
    "tariff_no": lambda o: o.tariff_no,
}


def render(text: str, catalogue: Mapping[OfferingId, Offering]) -> str:
    """Fill every placeholder; raises StaffError("knowledge.placeholder") naming the one that cannot be filled.

    Its fields: `written`, the placeholder, and `fault`: `offering`, `field` or `open`.
    """

    def fill(hit: re.Match[str]) -> str:
        offering_id, _, name = hit[1].partition(".")
        offering, field = catalogue.get(OfferingId(offering_id)), FIELDS.get(name)
        if offering is None:
            raise _fault("offering", hit[0], "no such offering")
        if field is None or not (value := field(offering)):
            raise _fault("field", hit[0], f"{offering.id} has no {name}")
        return value

    filled = _PLACEHOLDER.sub(fill, text)
    for bracket in ("{{", "}}"):
        if bracket in filled:
            raise _fault("open", bracket, "a placeholder is not closed")
    return filled


def _fault(fault: str, written: str, detail: str) -> StaffError:
    return StaffError("knowledge.placeholder", f"{detail}: {written}", fault=fault, written=written)
