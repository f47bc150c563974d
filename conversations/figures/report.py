"""The figures of a span: the days that are kept are summed in the database, the last few are counted anew."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select

from conversations.figures.days import facts_of, first_day
from conversations.figures.model import Fact, Measure, Span, day_of
from conversations.figures.rates import BY_DAY, Sum
from conversations.figures.tables import counted_days, daily_figures
from core.clock import Clock
from core.database import Database

_FRESH_S = 20.0  # how long the count of an open day serves whoever asks again
_BY_DAY = [measure.value for measure in BY_DAY]
_D = daily_figures.c
ByMeasure = defaultdict[Measure, Sum]


def _sums() -> ByMeasure:
    return defaultdict(Sum)


@dataclass(slots=True)
class Report:
    """What was counted in a span; every mapping holds only what occurred, `days` and `channels` only what is in `BY_DAY`."""

    span: Span
    totals: ByMeasure = field(default_factory=_sums)
    keys: defaultdict[Measure, defaultdict[str, Sum]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Sum))
    )
    days: defaultdict[date, ByMeasure] = field(default_factory=lambda: defaultdict(_sums))
    channels: defaultdict[str, ByMeasure] = field(default_factory=lambda: defaultdict(_sums))

    def seconds(self, measure: Measure) -> Mapping[int, int]:
        """Return how often each duration occurred."""
        return {int(key): found.count for key, found in self.keys[measure].items()}

    def add_day(self, day: date, facts: Iterable[Fact], channel: str | None) -> None:
        """Add a day that was counted just now."""
        for fact in facts:
            is_by_day = fact.measure in BY_DAY
            if is_by_day:
                self.channels[fact.channel][fact.measure].add(fact.count, fact.total)
            if channel is None or fact.channel == channel:
                self.totals[fact.measure].add(fact.count, fact.total)
                self.keys[fact.measure][fact.key].add(fact.count, fact.total)
                if is_by_day:
                    self.days[day][fact.measure].add(fact.count, fact.total)


class Figures:
    """Reports for whoever looks after the service."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._open: dict[date, tuple[float, list[Fact]]] = {}

    def today(self) -> date:
        """Return the day in China."""
        return day_of(self._clock.now())

    async def report(self, span: Span, channel: str | None = None) -> Report:
        """Return the figures of a span, of all channels or of one."""
        async with self._db.read() as connection:
            return await connection.run_sync(self._report, span, channel)

    def _report(self, connection: Connection, span: Span, channel: str | None) -> Report:
        report = Report(span)
        within = counted_days.c.day.between(span.first, span.last)
        kept = set(connection.execute(select(counted_days.c.day).where(within)).scalars())
        if kept:
            _add_kept(connection, report, channel, kept)
        first = first_day(connection)
        for day in span.days:
            if first is not None and first <= day <= self.today() and day not in kept:
                report.add_day(day, self._count(connection, day), channel)
        return report

    def _count(self, connection: Connection, day: date) -> list[Fact]:
        counted = self._open.get(day)
        if counted is None or time.monotonic() - counted[0] > _FRESH_S:
            now = self._clock.now()
            counted = time.monotonic(), facts_of(connection, day, int(now.timestamp()))
            if len(self._open) > 60:
                self._open.clear()
            self._open[day] = counted
        return counted[1]


def _add_kept(connection: Connection, report: Report, channel: str | None, kept: set[date]) -> None:
    count, total = func.sum(_D.count).label("n"), func.sum(_D.total).label("sum")
    within = _D.day.between(report.span.first, report.span.last), _D.day.in_(select(counted_days.c.day))
    chosen = (*within, _D.channel == channel) if channel is not None else within
    by_key = select(_D.measure, _D.key, count, total).where(*chosen).group_by(_D.measure, _D.key)
    for name, key, n, summed in connection.execute(by_key):
        measure = Measure(name)
        report.totals[measure].add(int(n), int(summed))
        report.keys[measure][key].add(int(n), int(summed))
    by_day = select(_D.day, _D.channel, _D.measure, count, total).where(*within, _D.measure.in_(_BY_DAY))
    for day, on, name, n, summed in connection.execute(by_day.group_by(_D.day, _D.channel, _D.measure)):
        measure = Measure(name)
        report.channels[on][measure].add(int(n), int(summed))
        if channel is None or on == channel:
            report.days[day][measure].add(int(n), int(summed))
