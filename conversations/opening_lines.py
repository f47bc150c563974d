"""Special days as an administrator writes them, a line each: ``2026-10-01至2026-10-07 休息 国庆节``.

First a day or a range, then what it is (休息, 上班 like a Monday, 上班 按周五, or times), and a name if it has one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from conversations.opening import SpecialDays, read_spans, written_spans
from core.errors import StaffError

MOST_LINES, _MOST_DAYS, _NAME_CHARS, _LINE_CHARS = 500, 366, 20, 100
_WEEKDAYS = "一二三四五六日"
_REST, _WORK = "休息", "上班"
_CLOSED = ("放假调休", "停止服务", "不上班", _REST, "放假", "关闭")
_WORKING = ("调休上班", "正常上班", "工作日", _WORK, "补班")
_ALL_DAY = ("全天", "24小时")
_TO = r"\s*(?:至|到|[-~—–]+)\s*"
_DAY = (
    r"(?:(?P<y{0}>\d{{4}})\s*[-/.年]\s*)?(?:(?P<m{0}>\d{{1,2}})\s*[-/.月]\s*)?(?P<d{0}>\d{{1,2}})(?![\d:])\s*[日号]?"
    r"\s*(?:\((?:周|星期|礼拜)(?P<w{0}>[一二三四五六日天])\))?"
)
_LINE = re.compile(_DAY.format(1) + f"(?:{_TO}{_DAY.format(2)})?(?P<rest>.*)")
_SPAN = re.compile(rf"(\d{{1,2}})[:.](\d{{2}}){_TO}(\d{{1,2}})[:.](\d{{2}})")
_LIKE = re.compile(r"按(?:周|星期|礼拜)([一二三四五六日天])(?:的?时间)?")
_BETWEEN = re.compile(r"[\s,;、。:]+")


def read_lines(lines: object) -> tuple[SpecialDays, ...]:
    """Read all lines, in any order; empty ones are skipped.

    Raises StaffError with the number of the line, from 1, that cannot be read or names a day again.
    """
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise TypeError("a list of lines")
    if len(lines) > MOST_LINES:
        raise StaffError("operating.days_many", most=MOST_LINES)
    found = [(_read(number, line), number) for number, line in enumerate(lines, 1) if line.strip()]
    found.sort(key=lambda pair: pair[0].first)
    for (before, other), (days, number) in pairwise(found):
        if days.first <= before.last:
            line, other = max(number, other), min(number, other)
            raise StaffError("operating.day_twice", line=line, other=other, day=_day(days.first))
    return tuple(days for days, _ in found)


def write_line(days: SpecialDays) -> str:
    """Write a line as `read_lines` reads it, with the weekdays for checking."""
    when = _day(days.first) + (f"至{_day(days.last)}" if days.last != days.first else "")
    if days.like is not None:
        what = _WORK + (f" 按周{_WEEKDAYS[days.like]}" if days.like else "")
    else:
        what = "、".join("-".join(pair) for pair in written_spans(days.spans)) or _REST
    return f"{when} {what} {days.name}".rstrip()


def _read(number: int, line: str) -> SpecialDays:
    text = unicodedata.normalize("NFKC", line).strip()
    hit = _LINE.fullmatch(text) if len(line) <= _LINE_CHARS else None
    if hit is None:
        raise StaffError("operating.day_unreadable", line=number, text=line.strip()[:_NAME_CHARS])
    if hit["y1"] is None or hit["m1"] is None:
        raise StaffError("operating.day_year", line=number)
    first = _date(number, hit["y1"], hit["m1"], hit["d1"], hit["w1"])
    last = first
    if hit["d2"] is not None:
        month = int(hit["m2"] or first.month)
        year = int(hit["y2"] or first.year + (month < first.month))  # 12月31日至1月2日
        last = _date(number, year, month, hit["d2"], hit["w2"])
    if last < first:
        raise StaffError("operating.day_order", line=number)
    if last - first >= timedelta(days=_MOST_DAYS):
        raise StaffError("operating.day_long", line=number, most=_MOST_DAYS)
    return _told(number, SpecialDays(first, last), hit["rest"])


def _date(number: int, year: str | int, month: str | int, day: str, weekday: str | None) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise StaffError("operating.day_unknown", line=number, day=f"{year}-{month}-{day}") from None
    if weekday is not None and found.weekday() != _weekday(weekday):
        raise StaffError("operating.day_weekday", line=number, day=_day(found))
    return found


def _told(number: int, days: SpecialDays, rest: str) -> SpecialDays:
    """Add what a line says about its days."""
    pairs = [[f"{h:0>2}:{m}", f"{to_h:0>2}:{to_m}"] for h, m, to_h, to_m in _SPAN.findall(rest)]
    is_closed, is_working, like, names = False, False, 0, list[str]()
    for word in filter(None, _BETWEEN.split(_SPAN.sub(" ", rest))):
        if (hit := _LIKE.fullmatch(word)) is not None:
            like, is_working = _weekday(hit[1]), True
            continue
        if word in _ALL_DAY:
            pairs.append(["00:00", "24:00"])
            continue
        closed, working = _ending(word, _CLOSED), _ending(word, _WORKING)
        is_closed, is_working = is_closed or bool(closed), is_working or (bool(working) and not closed)
        names.append(word.removesuffix(closed or working))
    name = " ".join(filter(None, names))
    if len(name) > _NAME_CHARS:
        raise StaffError("operating.day_name", line=number, most=_NAME_CHARS)
    if is_closed + bool(pairs or is_working) != 1:
        raise StaffError("operating.day_what", line=number)
    try:
        spans = read_spans(pairs)
    except ValueError:
        raise StaffError("operating.day_hours", line=number) from None
    return replace(days, spans=spans, like=like if is_working and not spans else None, name=name)


def _ending(word: str, endings: Sequence[str]) -> str:
    return next((ending for ending in endings if word.endswith(ending)), "")


def _weekday(character: str) -> int:
    return _WEEKDAYS.index(character.replace("天", "日"))


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}（周{_WEEKDAYS[day.weekday()]}）"
