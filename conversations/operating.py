"""What an administrator sets while the service runs: opening hours, how many may wait, how ratings are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_tables import operating_settings
from conversations.locking import lock_name
from core.clock import CHINA, Clock
from core.database import Database
from core.errors import StaffError
from core.release_rules import ReleaseRules, read_rules, written_rules

_FRESH = timedelta(seconds=5)  # how long what was read counts
_WEEK = 7
_MOST_REASONS, _REASON_CHARS = 8, 20
_END_OF_DAY = time.max

Span = tuple[time, time]
"""From and until, in China's time; until `time.max` means until midnight."""


@dataclass(frozen=True, slots=True)
class RatingRules:
    """How customers are asked; reasons are the words offered after a low (1-3) and a high (4-5) score."""

    is_on: bool = True
    once_a_day: bool = False
    low_reasons: tuple[str, ...] = ("没解决问题", "等待太久", "听不懂我的话", "态度不好", "规则不合理")
    high_reasons: tuple[str, ...] = ("回答准确", "处理很快", "态度好", "操作方便")


@dataclass(frozen=True, slots=True)
class Rules:
    """All of it; `week` has one tuple of spans for each day from Monday, empty: closed."""

    week: tuple[tuple[Span, ...], ...] = field(default_factory=lambda: (((time(0), _END_OF_DAY),),) * _WEEK)
    queue_limit: int = 200
    rating: RatingRules = field(default_factory=RatingRules)
    releases: ReleaseRules = field(default_factory=ReleaseRules)

    def is_open(self, at: datetime) -> bool:
        """Say whether agents work at this time."""
        local = at.astimezone(CHINA)
        return any(start <= local.time() <= end for start, end in self.week[local.weekday()])

    def hours_text(self, at: datetime) -> str:
        """Return that day's hours in words; an empty day says when the next one begins."""
        local = at.astimezone(CHINA)
        if today := self.week[local.weekday()]:
            return "、".join(f"{_shown(start)}-{_shown(end)}" for start, end in today)
        for days in range(1, _WEEK + 1):
            if spans := self.week[(local.weekday() + days) % _WEEK]:
                day = (
                    "明天"
                    if days == 1
                    else f"{(local + timedelta(days=days)).month}月{(local + timedelta(days=days)).day}日"
                )
                return f"{day}{_shown(spans[0][0])}起"
        return "暂停服务"


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
        """Return the rules before and after. Set `hours`, `queue_limit`, `rating` or `releases`, in the form `written` returns; raise StaffError("operating.invalid")."""
        read = _read(Rules(), {name: value})  # refuses what cannot be read
        if read is None:
            raise StaffError("operating.invalid", name, field=name)
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
        return (await self.rules()).is_open(at)

    async def hours_text(self, at: datetime) -> str:
        """Return that day's hours in words."""
        return (await self.rules()).hours_text(at)

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
    """Return the rules as plain values: ``hours`` a list of seven lists of ``["08:00", "22:00"]``, and so on."""
    rating = rules.rating
    return {
        "hours": [[[_written(start), _written(end)] for start, end in day] for day in rules.week],
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
            rules = replace(rules, **{_FIELDS[name][0]: _FIELDS[name][1](value)})
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return rules


def _week(value: Any) -> tuple[tuple[Span, ...], ...]:
    days = tuple(tuple(sorted(_span(pair) for pair in day)) for day in value)
    if len(days) != _WEEK or any(before[1] >= after[0] for day in days for before, after in pairwise(day)):
        raise ValueError("seven days, and spans that do not overlap")
    return days


def _span(pair: Sequence[str]) -> Span:
    start, end = pair
    span = _time(start), _END_OF_DAY if end in ("24:00", "23:59") else _time(end)
    if span[0] >= span[1]:
        raise ValueError("a span ends after it begins")
    return span


def _time(value: str) -> time:
    read = time.fromisoformat(value)
    if read.strftime("%H:%M") != value:  # seconds, or a time of another zone
        raise ValueError("hours and minutes")
    return read


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
    "hours": ("week", _week),
    "queue_limit": ("queue_limit", _limit),
    "rating": ("rating", _rating),
    "releases": ("releases", read_rules),
}


def _written(at: time) -> str:
    return "24:00" if at == _END_OF_DAY else at.strftime("%H:%M")


def _shown(at: time) -> str:
    return "24:00" if at == _END_OF_DAY else f"{at.hour}:{at.minute:02d}"
