"""Reading what a page sends: typed values out of a JSON object, or a clear refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from sanic import Request
from sanic.exceptions import BadRequest

from core.clock import CHINA, UTC
from core.errors import StaffError

_E = TypeVar("_E", bound=Enum)
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object; every reader raises StaffError("request.invalid") naming the field."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, request: Request) -> Body:
        """Read a request's body; none is an empty object."""
        try:
            found = request.json
        except BadRequest:
            raise StaffError("request.invalid", "body", field="body") from None
        if found is not None and not isinstance(found, dict):
            raise StaffError("request.invalid", "body", field="body")
        return cls(found or {})

    def text(self, name: str, most: int | None, otherwise: str = _ABSENT) -> str:
        """Return a text of at most `most` characters (None: whoever takes it checks)."""
        value = self.values.get(name)
        if value is None and otherwise is not _ABSENT:
            return otherwise
        if not isinstance(value, str) or (most is not None and len(value) > most):
            raise self._wrong(name)
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def number(self, name: str) -> int:
        """Return a whole number."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name)
        return value

    def moment(self, name: str) -> datetime:
        """Return a time with its zone."""
        try:
            value = datetime.fromisoformat(self.text(name, 40))
        except ValueError:
            raise self._wrong(name) from None
        if value.tzinfo is None:
            raise self._wrong(name)
        return value

    def choice(self, name: str, kind: type[_E]) -> _E:
        """Return a member of a closed set by its value."""
        try:
            return kind(self.values.get(name))
        except ValueError:
            raise self._wrong(name) from None

    def choices(self, name: str, kind: type[_E]) -> tuple[_E, ...]:
        """Return members of a closed set."""
        found = self.values.get(name)
        if not isinstance(found, list):
            raise self._wrong(name)
        return tuple(Body({name: value}).choice(name, kind) for value in found)

    def _wrong(self, name: str) -> StaffError:
        return StaffError("request.invalid", name, field=name)


def day_start(now: datetime) -> datetime:
    """Return when this day began in China."""
    return now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
