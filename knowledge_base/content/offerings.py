"""Offerings as plain values: a release keeps those its generated articles were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.ids import OfferingId
from core.money import Fen
from core.offering import Category, Offering, Period


def written_offerings(offerings: Iterable[Offering]) -> list[dict[str, Any]]:
    """Write offerings as plain values, in order of their ids."""
    return [_written(offering) for offering in sorted(offerings, key=lambda offering: offering.id)]


def read_offerings(entries: Sequence[Mapping[str, Any]]) -> tuple[Offering, ...]:
    """Read what `written_offerings` wrote."""
    return tuple(_read(entry) for entry in entries)


def hash_of_offerings(offerings: Iterable[Offering]) -> str:
    """Hash a catalogue, whatever its order."""
    text = json.dumps(written_offerings(offerings), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _written(offering: Offering) -> dict[str, Any]:
    entry = asdict(offering)
    for name in ("valid_from", "valid_to"):
        entry[name] = entry[name].isoformat() if entry[name] is not None else None
    for name in ("nicknames", "extras", "segments"):
        entry[name] = list(entry[name])
    return {**entry, "category": offering.category.value, "period": offering.period.value}


def _read(entry: Mapping[str, Any]) -> Offering:
    moments = {
        name: datetime.fromisoformat(entry[name]) if entry[name] else None
        for name in ("valid_from", "valid_to")
    }
    lists = {name: tuple(entry[name]) for name in ("nicknames", "extras", "segments")}
    return Offering(
        **{
            **entry,
            **moments,
            **lists,
            "id": OfferingId(entry["id"]),
            "price_fen": Fen(entry["price_fen"]),
            "category": Category(entry["category"]),
            "period": Period(entry["period"]),
        }
    )
