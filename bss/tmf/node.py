"""Reads an answer's JSON at the boundary: every access says what it expects, and what does not fit is malformed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.clock import UTC
from core.errors import UpstreamMalformed
from core.money import Fen, from_yuan

_MB_PER = {"KB": Decimal(1) / 1024, "MB": Decimal(1), "GB": Decimal(1024), "TB": Decimal(1024 * 1024)}
_MIN_PER = {
    "MIN": Decimal(1),
    "MINUTE": Decimal(1),
    "MINUTES": Decimal(1),
    "S": Decimal(1) / 60,
    "SECOND": Decimal(1) / 60,
}
_LARGEST = Decimal(10) ** 12


def malformed(path: str, what: str) -> UpstreamMalformed:
    """Build the error for an answer that does not fit the contract."""
    return UpstreamMalformed("bss.malformed", f"{path} {what}", path=path)


class Node:
    """One JSON object of an answer, and where it lies."""

    __slots__ = ("path", "value")

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise malformed(path, "is not an object")
        self.value: Mapping[str, Any] = value
        self.path = path

    def text(self, name: str) -> str:
        """Return a text that must be there and not be empty."""
        if (found := self.maybe_text(name)) is None:
            raise malformed(f"{self.path}.{name}", "is missing")
        return found

    def maybe_text(self, name: str) -> str | None:
        """Return a text, or None when it is absent or empty."""
        found = self.value.get(name)
        if found is None or found == "":
            return None
        if not isinstance(found, str):
            raise malformed(f"{self.path}.{name}", "is not a text")
        return found

    def time(self, name: str) -> datetime:
        """Return a time with its zone, in UTC."""
        if (found := self.maybe_time(name)) is None:
            raise malformed(f"{self.path}.{name}", "is missing")
        return found

    def maybe_time(self, name: str) -> datetime | None:
        if (found := self.maybe_text(name)) is None:
            return None
        try:
            moment = datetime.fromisoformat(found)
            if moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise malformed(f"{self.path}.{name}", "is not a time with a zone") from None

    def child(self, name: str) -> Node:
        """Return an object that must be there."""
        return Node(self.value.get(name), f"{self.path}.{name}")

    def maybe_child(self, name: str) -> Node | None:
        return None if self.value.get(name) is None else self.child(name)

    def children(self, name: str) -> list[Node]:
        """Return a list of objects; absent means empty."""
        found = self.value.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise malformed(f"{self.path}.{name}", "is not a list")
        return [Node(item, f"{self.path}.{name}[{index}]") for index, item in enumerate(found)]

    def first(self, name: str) -> Node:
        """Return the first object of a list that must not be empty."""
        if not (found := self.children(name)):
            raise malformed(f"{self.path}.{name}", "is empty")
        return found[0]

    def characteristics(self, name: str) -> dict[str, str]:
        """Return a list of TM Forum Characteristics as texts by name."""
        pairs = {item.text("name"): item.value.get("value") for item in self.children(name)}
        return {key: str(value) for key, value in pairs.items() if value is not None}

    def fen(self, name: str) -> Fen:
        """Return a sum: a Money `{unit, value}` or a Quantity `{amount, units}`, in yuan."""
        sum_of = self.child(name)
        unit = sum_of.maybe_text("unit") or sum_of.maybe_text("units")
        if unit != "CNY":
            raise malformed(sum_of.path, "is not in CNY")
        return from_yuan(sum_of.number("value" if "value" in sum_of.value else "amount"))

    def number(self, name: str) -> Decimal:
        """Return a number, exactly as written."""
        found = self.value.get(name)
        if isinstance(found, bool) or not isinstance(found, int | Decimal) or abs(Decimal(found)) > _LARGEST:
            raise malformed(f"{self.path}.{name}", "is not a number")
        return Decimal(found)

    def volume(self, name: str, kind: str) -> int:
        """Return a Quantity as whole MB, minutes or messages, by the usage's kind."""
        quantity = self.child(name)
        amount, units = quantity.number("amount"), (quantity.maybe_text("units") or "").upper()
        scales = {"data": _MB_PER, "voice": _MIN_PER}.get(kind, {})
        if scales and units not in scales:
            raise malformed(quantity.path, f"has the unknown unit {units!r}")
        return round(amount * scales.get(units, Decimal(1)))
