"""When people answer: the hours of each weekday, and the days on which others count. Pure; a day is China's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from core.clock import CHINA, UTC

WEEK = 7
END_OF_DAY = time.max
TIME_TO_CALL = timedelta(hours=2)  # of working time, which a promise of a call leaves at least
_DAYS_AHEAD = 400  # nobody plans further; whoever is closed for that long is closed for good
_INSTANT = timedelta(microseconds=1)  # from the end of a day to the next

Span = tuple[time, time]
"""From and until; until `END_OF_DAY` means until midnight."""


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Days on which other hours count than on their weekdays: those of the weekday `like`, or `spans` (none: closed)."""

    first: date
    last: date
    spans: tuple[Span, ...] = ()
    like: int | None = None  # from Monday, 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """The hours of seven days from Monday, and the special days in order, none of them twice."""

    week: tuple[tuple[Span, ...], ...] = field(default_factory=lambda: (((time(0), END_OF_DAY),),) * WEEK)
    special: tuple[SpecialDays, ...] = ()

    def special_on(self, day: date) -> SpecialDays | None:
        """Return what makes a day a special one."""
        place = bisect_right(self.special, day, key=lambda days: days.first) - 1
        return self.special[place] if place >= 0 and day <= self.special[place].last else None

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Return the hours of a day; none: closed."""
        special = self.special_on(day)
        if special is None:
            return self.week[day.weekday()]
        return special.spans if special.like is None else self.week[special.like]

    def is_open(self, at: datetime) -> bool:
        """Say whether agents work at this time."""
        local = at.astimezone(CHINA)
        return any(start <= local.time() <= end for start, end in self.spans_on(local.date()))

    def opens(self, at: datetime) -> datetime | None:
        """Return the first moment, from this one on, at which agents work; None if they never do again."""
        return next((max(start, at) for start, _ in self._spans_from(at)), None)

    def closes(self, at: datetime) -> datetime | None:
        """Return until when agents work who work now; None when they go on for more than a day, or do not work."""
        spans = self._spans_from(at)
        start, until = next(spans, (None, at))
        if start is None or start > at:
            return None
        for start, end in spans:
            if start - until > _INSTANT:
                return until
            until = end
            if until - at > timedelta(days=1):
                return None
        return until

    def due(self, at: datetime, within: timedelta) -> datetime:
        """Return until when a call can be promised: working time, no earlier than asked, with `TIME_TO_CALL` of it before.

        That time lies after the moment asked for where nobody works then. Where nobody ever works again it is as asked.
        """
        asked, worked = at + within, timedelta(0)
        since = at if self.is_open(asked) else asked
        for start, end in self._spans_from(since):
            begin = max(start, since)
            found = max(asked, begin + TIME_TO_CALL - worked)
            if found <= end:
                return found.astimezone(UTC)
            worked += end - begin
        return asked

    def _spans_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans that are not over at a time."""
        today = at.astimezone(CHINA).date()
        for ahead in range(_DAYS_AHEAD):
            day = today + timedelta(days=ahead)
            for start, end in self.spans_on(day):
                until = datetime.combine(day, end, CHINA)
                if until >= at:
                    yield datetime.combine(day, start, CHINA), until


def read_week(value: Any) -> tuple[tuple[Span, ...], ...]:
    """Read seven lists of ``["08:00", "22:00"]``; raises ValueError or TypeError."""
    days = tuple(read_spans(day) for day in value)
    if len(days) != WEEK:
        raise ValueError("seven days")
    return days


def read_spans(pairs: Sequence[Sequence[str]]) -> tuple[Span, ...]:
    """Read the spans of a day, in order; raises ValueError when one ends before it begins, or two overlap or touch."""
    spans = tuple(sorted(_span(pair) for pair in pairs))
    if any(before[1] >= after[0] for before, after in pairwise(spans)):
        raise ValueError("spans apart from each other")
    return spans


def written_spans(spans: Sequence[Span]) -> list[list[str]]:
    """Write the spans of a day as `read_spans` reads them."""
    return [[_written(start), _written(end)] for start, end in spans]


def _span(pair: Sequence[str]) -> Span:
    start, end = pair
    span = _time(start), END_OF_DAY if end in ("24:00", "23:59") else _time(end)
    if span[0] >= span[1]:
        raise ValueError("a span ends after it begins")
    return span


def _time(value: str) -> time:
    read = time.fromisoformat(value)
    if read.strftime("%H:%M") != value:  # seconds, or a time of another zone
        raise ValueError("hours and minutes")
    return read


def _written(at: time) -> str:
    return "24:00" if at == END_OF_DAY else at.strftime("%H:%M")
