"""The sandbox's catalogue: reviewed YAML in, TMF620 productOffering out.

Source: TM Forum TMF620 Product Catalog Management v4.1. What the specification has a place for stands there (price, validity,
category, lifecycle, terms); the rest are characteristics of the offering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.clock import CHINA, UTC
from core.errors import StaffError
from core.ids import OfferingId
from core.money import from_yuan
from core.offering import LISTS, QUANTITIES, WORDS, Category, Offering, Period
from core.text import normalise

FOLDER = Path(__file__).parent / "catalogue"
_LIFECYCLES = ("Active", "Retired")  # of TMF620's states, those a subscriber may meet
_REQUIRED = ("id", "category", "name", "price", "period", "description", "tariff_no", "subscribe", "cancel")
_KEYS = frozenset(
    {*_REQUIRED, *QUANTITIES, *WORDS, *LISTS, "contract", "segments", "is_sellable", "lifecycle"}
    | {"valid_from", "valid_to", "sms"}  # `valid_to` is the first day on which it is no longer sold
)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@lru_cache(maxsize=1)
def load_offerings() -> tuple[Offering, ...]:
    """Read the shipped catalogue."""
    return read_catalogue(FOLDER)


def read_catalogue(folder: Path) -> tuple[Offering, ...]:
    """Read every ``*.yml`` of a folder; raises StaffError("catalogue.invalid") naming the file, the offering and the reason."""
    offerings = tuple(offering for path in sorted(folder.glob("*.yml")) for offering in _read(path))
    _check_unique("id", [(offering.id, offering) for offering in offerings])
    _check_unique("tariff_no", [(offering.tariff_no, offering) for offering in offerings])
    names = [(normalise(name), offering) for offering in offerings for name in _names(offering)]
    _check_unique("name", names)
    return offerings


def _names(offering: Offering) -> Sequence[str]:
    return offering.name, *offering.nicknames


def _check_unique(what: str, used: Sequence[tuple[str, Offering]]) -> None:
    """Two offerings of one name would leave it to chance which a customer gets."""
    owners: dict[str, Offering] = {}
    for value, offering in used:
        if value in owners:
            raise StaffError(
                "catalogue.invalid", f"{offering.id}: {what} {value} is that of {owners[value].id} already"
            )
        owners[value] = offering


def _read(path: Path) -> Iterator[Offering]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = [{**content.get("defaults", {}), **row} for row in content["offerings"]]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as problem:
        raise StaffError(
            "catalogue.invalid", f"{path.name}: not `defaults` and `offerings`: {problem}"
        ) from problem
    for row in rows:
        try:
            yield _offering(row)
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as problem:
            raise StaffError("catalogue.invalid", f"{path.name}: {row.get('id')}: {problem}") from problem


def _offering(row: Mapping[str, Any]) -> Offering:
    if unknown := sorted(map(str, set(row) - _KEYS)):
        raise ValueError(f"unknown keys {', '.join(unknown)}")
    if missing := [name for name in _REQUIRED if row.get(name) in (None, "")]:
        raise ValueError(f"missing {', '.join(missing)}")
    if not _ID.fullmatch(row["id"]):
        raise ValueError("the id must be small letters, digits and dashes")
    named: dict[str, Any] = {name: _quantity(row, name) for name in QUANTITIES}
    named |= {name: _texts(row, name) for name in (*LISTS, "segments")}
    named |= {name: _words(row, name) for name in (*WORDS, "name", "description", "contract")}
    offering = Offering(
        id=OfferingId(row["id"]),
        category=Category(row["category"]),
        price_fen=from_yuan(row["price"]),
        period=Period(row["period"]),
        is_sellable=bool(row.get("is_sellable", True)),
        lifecycle=_words(row, "lifecycle") or "Active",
        valid_from=_midnight(row.get("valid_from")),
        valid_to=_midnight(row.get("valid_to")),
        **named,
    )
    if offering.price_fen < 0:
        raise ValueError("the price is below zero")
    if offering.lifecycle not in _LIFECYCLES:
        raise ValueError(f"lifecycle must be one of {', '.join(_LIFECYCLES)}")
    if offering.valid_from and offering.valid_to and offering.valid_from >= offering.valid_to:
        raise ValueError("valid_to is not after valid_from")
    return offering


def _quantity(row: Mapping[str, Any], name: str) -> int | None:
    amount = row.get(name)
    if amount is None or (type(amount) is int and amount > 0):
        return amount
    raise ValueError(f"{name} must be a whole number above zero, found {amount!r}")


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ValueError(f"{name} must be a list of texts, found {values!r}")
    return tuple(values)


def _words(row: Mapping[str, Any], name: str) -> str:
    text = row.get(name, "")
    if not isinstance(text, str):
        raise ValueError(f"{name} must be text, found {text!r}")
    if "{sms}" in text and not row.get("sms"):
        raise ValueError(f"{name} names the code for ordering by text message, but there is no sms")
    return text.replace("{sms}", row.get("sms", ""))


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=CHINA).astimezone(UTC) if day is not None else None
