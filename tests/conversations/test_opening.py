"""When people answer: weekdays, holidays, working days made up for, and until when a call can be promised."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.opening import END_OF_DAY, TIME_TO_CALL, Opening, Span, SpecialDays
from conversations.opening_lines import read_lines, write_line
from conversations.opening_words import hours_text
from core.clock import CHINA
from core.errors import StaffError

SHORT, LONG = ((time(9), time(12)),), ((time(8), time(18)),)
HOLIDAY = read_lines(
    ["2026-09-30 9:00-12:00 节前", "2026-10-01至7日 休息 国庆节", "2026-10-10 上班 国庆调休"]
)
FLOOR = Opening((*(LONG,) * 5, (), ()), HOLIDAY)  # closed at weekends


def at(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    """A time of 2026 in China; 1 October is a Thursday."""
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


# --- examples --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(29, 13, month=9), True),
        (at(30, 11, month=9), True),
        (at(30, 13, month=9), False),  # the day before the holiday ends at noon
        (at(1, 10), False),
        (at(7, 17, 59), False),
        (at(8, 8), True),
        (at(10, 10), True),  # a Saturday that is worked
        (at(11, 10), False),
    ],
)
def test_special_day_has_its_own_hours(moment: datetime, is_open: bool) -> None:
    assert FLOOR.is_open(moment) is is_open


def test_working_day_follows_the_weekday_it_is_made_up_for() -> None:
    week = (LONG, LONG, LONG, LONG, SHORT, (), ())
    monday, friday = read_lines(["2026-10-10 上班", "2026-10-11 上班 按周五"])
    opening = Opening(week, (monday, friday))
    assert (opening.spans_on(date(2026, 10, 10)), opening.spans_on(date(2026, 10, 11))) == (LONG, SHORT)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (at(29, 20, month=9), "8:00-18:00"),
        (at(30, 8, month=9), "9:00-12:00（节前）"),
        (at(30, 13, month=9), "今天9:00-12:00（节前），10月1日至7日国庆节休息，10月8日8:00起"),
        (at(1, 10), "10月1日至7日国庆节休息，10月8日8:00起"),
        (at(7, 22), "10月1日至7日国庆节休息，明天8:00起"),
        (at(10, 7), "8:00-18:00（国庆调休）"),
        (at(10, 19), "今天8:00-18:00（国庆调休），明天休息，10月12日8:00起"),
        (at(17, 12), "10月19日8:00起"),
        (at(18, 12), "明天8:00起"),
    ],
)
def test_customer_is_told_the_holiday_and_when_it_goes_on(moment: datetime, told: str) -> None:
    assert hours_text(FLOOR, moment) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-10-01 休息", "10月1日休息，明天8:00起"),
        ("2026-09-30至2026-10-02 休息 国庆节", "9月30日至10月2日国庆节休息，明天8:00起"),
    ],
)
def test_days_of_rest_are_named_as_they_lie(line: str, told: str) -> None:
    last = at(1, 9) if line.startswith("2026-10") else at(2, 9)
    assert hours_text(Opening((LONG,) * 7, read_lines([line])), last) == told


def test_floor_that_never_opens_again_says_so() -> None:
    closed = Opening(((),) * 7, read_lines(["2026-10-01 休息 盘点"]))
    assert [hours_text(closed, at(day, 9)) for day in (1, 2)] == ["10月1日盘点休息", "暂停服务"]


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (at(28, 9, month=9), at(30, 9, month=9)),
        (at(28, 20, month=9), at(8, 10)),  # would fall on the evening before the holiday
        (at(30, 20, month=9), at(8, 10)),
        (at(8, 10), at(10, 10)),  # on the Saturday that is worked
        (at(9, 10), at(12, 10)),
    ],
)
def test_call_is_promised_for_working_time(asked: datetime, due: datetime) -> None:
    assert FLOOR.due(asked, timedelta(hours=48)) == due


@pytest.mark.parametrize(
    ("moment", "until"),
    [(at(8, 17), at(8, 18)), (at(30, 11, month=9), at(30, 12, month=9)), (at(8, 19), None)],
)
def test_agents_go_home_at_the_end_of_their_hours(moment: datetime, until: datetime | None) -> None:
    assert FLOOR.closes(moment) == until


def test_night_shift_goes_on_over_midnight_and_a_floor_always_open_never_closes() -> None:
    night = Opening((((time(0), time(2)), (time(20), END_OF_DAY)),) * 7)
    assert night.closes(at(8, 23)) == at(9, 2)
    assert Opening().closes(at(8, 23)) is None


# --- lines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "stands_for"),
    [
        ("2026-10-01至2026-10-07 休息 国庆节", "2026-10-01（周四）至2026-10-07（周三） 休息 国庆节"),
        ("2026年10月1日（星期四）至7日（星期三） 国庆节 放假", "2026-10-01（周四）至2026-10-07（周三） 休息 国庆节"),
        ("　2026/10/1～10/7，国庆节休息。", "2026-10-01（周四）至2026-10-07（周三） 休息 国庆节"),
        ("2026-12-31至1月2日 元旦：休息", "2026-12-31（周四）至2027-01-02（周六） 休息 元旦"),
        ("2026-10-10上班", "2026-10-10（周六） 上班"),
        ("2026-10-10 国庆调休上班 按星期五的时间", "2026-10-10（周六） 上班 按周五 国庆"),
        ("2026-10-10 上班 按周一", "2026-10-10（周六） 上班"),
        ("2026-2-16 13:30－18:00、9:00到12:00 除夕", "2026-02-16（周一） 09:00-12:00、13:30-18:00 除夕"),
        ("2026-05-01 全天 劳动节", "2026-05-01（周五） 00:00-24:00 劳动节"),
        ("2026-05-01 上班 10:00-16:00", "2026-05-01（周五） 10:00-16:00"),
    ],
)  # fmt: skip
def test_line_is_read_however_it_is_written(line: str, stands_for: str) -> None:
    (days,) = read_lines([line])
    assert write_line(days) == stands_for


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("国庆节休息", "day_unreadable"),
        ("2026-10-01 休息" + " " * 100, "day_unreadable"),
        ("10月1日休息", "day_year"),
        ("2026年1日休息", "day_year"),
        ("2026-02-30 休息", "day_unknown"),
        ("2026-10-10（周日）上班", "day_weekday"),
        ("2026-10-07至2026-10-01 休息", "day_order"),
        ("2026-10-01至2027-10-02 休息", "day_long"),
        ("2026-10-01", "day_what"),
        ("2026-10-01 国庆节", "day_what"),
        ("2026-10-01 休息 9:00-12:00", "day_what"),
        ("2026-10-01 休息 上班", "day_what"),
        ("2026-10-01 18:00-9:00", "day_hours"),
        ("2026-10-01 9:00-12:00、11:00-18:00", "day_hours"),
        ("2026-10-01 9:00-25:00", "day_hours"),
        ("2026-10-01 休息 " + "节" * 21, "day_name"),
    ],
)
def test_line_that_makes_no_sense_is_refused_with_its_number(line: str, wrong: str) -> None:
    with pytest.raises(StaffError) as refused:
        read_lines(["2025-10-01 休息", "", line])
    assert (refused.value.code, refused.value.fields["line"]) == (f"operating.{wrong}", 3)


def test_day_that_is_named_twice_is_refused_with_both_lines() -> None:
    with pytest.raises(StaffError) as refused:
        read_lines(["2026-10-07 上班", "2026-10-10 上班", "2026-10-01至2026-10-07 休息"])
    fields = refused.value.fields
    assert (refused.value.code, fields["line"], fields["other"]) == ("operating.day_twice", 3, 1)


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(StaffError, match=r"operating\.days_many"):
        read_lines(["2026-10-01 休息"] * 501)


# --- whatever the calendar ---------------------------------------------------------------------------------------


_day = st.lists(st.integers(0, 47), unique=True, max_size=6).map(sorted).map(
    lambda halves: tuple(
        (time(start // 2, start % 2 * 30), END_OF_DAY if end == 47 else time(end // 2, end % 2 * 30))
        for start, end in zip(halves[::2], halves[1::2], strict=False)
    )
)  # fmt: skip
_week = st.lists(_day, min_size=7, max_size=7).map(tuple)
_names = st.sampled_from(["", "春节", "国庆节", "除夕 值班", "2号厅搬家"])


@st.composite
def _calendar(draw: st.DrawFn) -> tuple[SpecialDays, ...]:
    """Ranges with gaps of some days between them, each closed, worked, or with hours of its own."""
    found, day = list[SpecialDays](), date(2026, 9, 25)
    for _ in range(draw(st.integers(0, 5))):
        first = day + timedelta(days=draw(st.integers(0, 9)))
        last = first + timedelta(days=draw(st.integers(0, 9)))
        spans: tuple[Span, ...] = draw(st.one_of(st.just(()), _day))
        like = draw(st.none() if spans else st.one_of(st.none(), st.integers(0, 6)))
        found.append(SpecialDays(first, last, spans, like, draw(_names)))
        day = last + timedelta(days=1)
    return tuple(found)


_openings = st.builds(Opening, _week, _calendar())
_moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: at(20, 0, month=9) + timedelta(minutes=minutes))


@given(_calendar())
def test_lines_read_back_as_written_in_whatever_order(calendar: tuple[SpecialDays, ...]) -> None:
    assert read_lines([write_line(days) for days in reversed(calendar)]) == calendar


@given(_openings, _moments)
def test_next_opening_is_open_and_nothing_is_before_it(opening: Opening, moment: datetime) -> None:
    opens = opening.opens(moment)
    if opens is None:
        assert not any(opening.week)
        return
    assert opens >= moment
    assert opening.is_open(opens)
    hours = int((opens - moment).total_seconds() // 1800)
    assert not any(opening.is_open(moment + timedelta(minutes=30 * step)) for step in range(min(hours, 200)))


def _worked(opening: Opening, since: datetime, until: datetime) -> timedelta:
    """Count working time minute by minute: an oracle that walks no spans."""
    steps = [
        since + timedelta(minutes=step) for step in range(int((until - since).total_seconds() // 60) + 1)
    ]
    return sum((b - a for a, b in pairwise(steps) if opening.is_open(a + (b - a) / 2)), timedelta(0))


@given(_openings, _moments, st.integers(0, 72))
def test_promise_falls_on_working_time_with_time_to_keep_it(
    opening: Opening, moment: datetime, hours: int
) -> None:
    asked = moment + timedelta(hours=hours)
    due = opening.due(moment, timedelta(hours=hours))
    assert due >= asked
    if not any(opening.week):
        return
    assert opening.is_open(due)
    if due - moment < timedelta(days=8):
        assert _worked(opening, moment, due) >= TIME_TO_CALL - timedelta(minutes=1)


@given(_openings, _moments)
def test_agents_work_until_they_close(opening: Opening, moment: datetime) -> None:
    until = opening.closes(moment)
    if until is None:
        return
    assert opening.is_open(until)
    assert not opening.is_open(until + timedelta(seconds=1))
    half_hours = int((until - moment).total_seconds() // 1800)
    assert all(opening.is_open(moment + timedelta(minutes=30 * step)) for step in range(half_hours + 1))


@given(_openings, _moments)
def test_whatever_the_hours_they_can_be_told(opening: Opening, moment: datetime) -> None:
    told = hours_text(opening, moment)
    assert told
    assert "{" not in told
