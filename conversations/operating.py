"""What an administrator sets while the service runs: opening hours, how many may wait, how ratings are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_tables import operating_settings
from conversations.locking import lock_name
from conversations.opening import Opening, Span, SpecialDays, read_week, written_spans
from conversations.opening_lines import read_lines, write_line
from conversations.opening_words import hours_text
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.release_rules import ReleaseRules, read_rules, written_rules

_FRESH = timedelta(seconds=5)  # how long what was read counts
_MOST_REASONS, _REASON_CHARS = 8, 20


@dataclass(frozen=True, slots=True)
class RatingRules:
    """How customers are asked; reasons are the words offered after a low (1-3) and a high (4-5) score."""

    is_on: bool = True
    once_a_day: bool = False
    low_reasons: tuple[str, ...] = ("没解决问题", "等待太久", "听不懂我的话", "态度不好", "规则不合理")
    high_reasons: tuple[str, ...] = ("回答准确", "处理很快", "态度好", "操作方便")


@dataclass(frozen=True, slots=True)
class Rules:
    """All of it; of `week` and `special_days` see `Opening`."""

    week: tuple[tuple[Span, ...], ...] = field(default_factory=lambda: Opening().week)
    special_days: tuple[SpecialDays, ...] = ()
    queue_limit: int = 200
    rating: RatingRules = field(default_factory=RatingRules)
    releases: ReleaseRules = field(default_factory=ReleaseRules)

    @property
    def opening(self) -> Opening:
        """When agents work."""
        return Opening(self.week, self.special_days)


class Operating:
    """The rules as stored; read at most every few seconds."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._known, self._read_at = Rules(), None  # type: tuple[Rules, datetime | None]

    async def rules(self) -> Rules:
        """Return what counts now."""
        now = self._clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < _FRESH:
            async with self._db.read() as connection:
                self._known = await rules_in(connection)
            self._read_at = now
        return self._known

    async def change(self, name: str, value: object, by: str) -> tuple[Rules, Rules]:
        """Return the rules before and after, with one of them set, in the form `written` returns.

        Raises StaffError: "operating.invalid", and of a line of `special_days` what is wrong with it.
        """
        try:
            value = written(_with(Rules(), name, value))[name]
        except _UNREADABLE:
            raise StaffError("operating.invalid", name, field=name) from None
        async with self._db.write() as connection:
            await lock_name(connection, "operating")
            before = await rules_in(connection)
            values = {"value": value, "updated": self._clock.now(), "updated_by": by}
            changed = await connection.execute(
                update(operating_settings).where(operating_settings.c.name == name).values(**values)
            )
            if changed.rowcount == 0:
                await connection.execute(insert(operating_settings).values(name=name, **values))
            after = await rules_in(connection)
        self.forget()
        return before, after

    def forget(self) -> None:
        """Read the rules anew next time: for who has made a change part of a longer transaction, after its end."""
        self._read_at = None

    async def is_open(self, at: datetime) -> bool:
        """Say whether agents work at this time."""
        return (await self.rules()).opening.is_open(at)

    async def hours_text(self, at: datetime) -> str:
        """Return that day's hours in words, and when it goes on after closed days."""
        return hours_text((await self.rules()).opening, at)

    async def closes(self, at: datetime) -> datetime | None:
        """Return until when agents work who work now; None when that is more than a day."""
        return (await self.rules()).opening.closes(at)

    async def due(self, at: datetime, within: timedelta) -> datetime:
        """Return until when a call can be promised: working time, and no earlier than asked."""
        return (await self.rules()).opening.due(at, within)

    async def queue_limit(self) -> int:
        """Return how many customers may wait at once."""
        return (await self.rules()).queue_limit


async def rules_in(connection: AsyncConnection) -> Rules:
    """Return the rules, inside a transaction; what cannot be read any more is as by default."""
    found = await connection.execute(select(operating_settings.c.name, operating_settings.c.value))
    rules = Rules()
    for name, value in found:
        rules = _read(rules, {name: value}) or rules
    return rules


def written(rules: Rules) -> dict[str, Any]:
    """Return the rules as plain values: ``hours`` a list of seven lists of ``["08:00", "22:00"]``, ``special_days`` a list of lines, and so on."""
    rating = rules.rating
    return {
        "hours": [written_spans(day) for day in rules.week],
        "special_days": [write_line(days) for days in rules.special_days],
        "queue_limit": rules.queue_limit,
        "rating": {
            "is_on": rating.is_on,
            "once_a_day": rating.once_a_day,
            "low_reasons": list(rating.low_reasons),
            "high_reasons": list(rating.high_reasons),
        },
        "releases": written_rules(rules.releases),
    }


def _read(rules: Rules, values: Mapping[str, object]) -> Rules | None:
    """Return the rules with these values; None when one cannot be read."""
    try:
        for name, value in values.items():
            rules = _with(rules, name, value)
    except (*_UNREADABLE, StaffError):
        return None
    return rules


def _with(rules: Rules, name: str, value: object) -> Rules:
    attribute, read = _FIELDS[name]
    return replace(rules, **{attribute: read(value)})


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
        raise ValueError("from 0 to 100000")
    return value


def _rating(value: Any) -> RatingRules:
    read = RatingRules(
        is_on=value["is_on"],
        once_a_day=value["once_a_day"],
        low_reasons=_reasons(value["low_reasons"]),
        high_reasons=_reasons(value["high_reasons"]),
    )
    if not isinstance(read.is_on, bool) or not isinstance(read.once_a_day, bool):
        raise TypeError("true or false")
    return read


def _reasons(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):  # a text is a sequence of texts too
        raise TypeError("a list of texts")
    reasons = tuple(dict.fromkeys(reason.strip() for reason in value if reason.strip()))
    if len(reasons) > _MOST_REASONS or any(len(reason) > _REASON_CHARS for reason in reasons):
        raise ValueError("too many, or too long")
    return reasons


_FIELDS: Mapping[str, tuple[str, Any]] = {
    "hours": ("week", read_week),
    "special_days": ("special_days", read_lines),
    "queue_limit": ("queue_limit", _limit),
    "rating": ("rating", _rating),
    "releases": ("releases", read_rules),
}

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
