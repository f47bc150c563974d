"""Opening hours in words: today's, and where the days after are closed, until when and what comes then."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import yaml

from conversations.opening import END_OF_DAY, Opening, Span, SpecialDays
from core.clock import CHINA

PATH = Path(__file__).with_suffix(".yml")


def hours_text(opening: Opening, at: datetime) -> str:
    """Return what a customer is told of the hours: ``8:00-18:00``, or ``10月1日至3日国庆节休息，10月4日8:00起``."""
    today = at.astimezone(CHINA).date()
    following = opening.opens(at)
    spans, special = opening.spans_on(today), opening.special_on(today)
    if not spans:
        return _closed(special, _then(following, today))
    said = _word("between").join(map(_span, spans))
    if special is not None and special.name:
        said = _word("named", name=special.name, spans=said)
    tomorrow = today + timedelta(days=1)
    if following is None or following.astimezone(CHINA).date() <= tomorrow:
        return said
    then, special = _then(following, today), opening.special_on(tomorrow)
    then = _closed(special, then) if special is not None else _word("tomorrow_rest", then=then)
    return _word("today", spans=said, then=then)


def _closed(special: SpecialDays | None, then: str | None) -> str:
    if special is None:
        return then or _word("never")
    fields = {"days": _days(special), "name": special.name}
    return _word("rest_then", then=then, **fields) if then else _word("rest", **fields)


def _then(following: datetime | None, today: date) -> str | None:
    """Return when it goes on."""
    if following is None:
        return None
    local = following.astimezone(CHINA)
    shown = time_text(local.time())
    if local.date() == today + timedelta(days=1):
        return _word("tomorrow", time=shown)
    return _word("later", day=_day(local.date()), time=shown)


def _days(special: SpecialDays) -> str:
    first, last = special.first, special.last
    if first == last:
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return _word("same_month", month=first.month, day=first.day, last=last.day)
    return _word("range", first=_day(first), last=_day(last))


def _day(day: date) -> str:
    return _word("day", month=day.month, day=day.day)


def _span(span: Span) -> str:
    return _word("span", start=time_text(span[0]), end=time_text(span[1]))


def time_text(at: time) -> str:
    """Write a time of day: ``8:00``, ``24:00``."""
    return "24:00" if at == END_OF_DAY else f"{at.hour}:{at.minute:02d}"


def _word(key: str, **fields: object) -> str:
    return _words()[key].format(**fields)


@cache
def _words() -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load(PATH.read_text(encoding="utf-8"))["words"]
    return found
