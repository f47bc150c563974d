"""Opening hours, the queue's limit and the rules of ratings: what counts, what is refused, what survives a bad row."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from conversations.desk_tables import operating_settings
from conversations.operating import Operating, RatingRules, Rules, _read, rules_in, written
from core.clock import CHINA, UTC, FixedClock
from core.database import Database
from core.errors import StaffError

DAY = [["08:00", "22:00"]]
SPLIT = [["09:00", "12:00"], ["13:30", "18:00"]]
WEEKDAYS = [SPLIT] * 5 + [DAY, []]  # closed on Sunday
RATING = written(Rules())["rating"]


@pytest.fixture
def operating(database: Database, clock: FixedClock) -> Operating:
    """The rules of a service process."""
    return Operating(database, clock)


def in_china(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of October 2026; the 12th is a Monday."""
    return datetime(2026, 10, day, hour, minute, second, tzinfo=CHINA)


async def _store(database: Database, clock: FixedClock, **values: object) -> None:
    async with database.write() as connection:
        for name, value in values.items():
            row = {"name": name, "value": value, "updated": clock.now(), "updated_by": "test"}
            await connection.execute(insert(operating_settings).values(**row))


# --- hours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (in_china(12, 8, 59, 59), False),
        (in_china(12, 9), True),
        (in_china(12, 12, 30), False),  # lunch
        (in_china(12, 13, 30), True),
        (in_china(12, 18, 1), False),
        (in_china(17, 8), True),  # Saturday
        (in_china(18, 12), False),  # Sunday
    ],
)
async def test_desk_is_open_within_that_days_spans(operating: Operating, at: datetime, is_open: bool) -> None:
    await operating.change("hours", WEEKDAYS, "root")
    assert await operating.is_open(at) is is_open


async def test_desk_that_closes_at_midnight_is_open_until_then_and_not_after(operating: Operating) -> None:
    await operating.change("hours", [[["20:00", "24:00"]], [["00:00", "02:00"]], *[[]] * 5], "root")
    last = in_china(12, 23, 59, 59) + timedelta(microseconds=999_999)
    assert [await operating.is_open(at) for at in (last, in_china(13, 0), in_china(13, 2, 1))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (in_china(12, 20), "9:00-12:00、13:30-18:00"),
        (in_china(17, 3), "8:00-22:00"),
        (in_china(18, 12), "明天9:00起"),
        (in_china(18, 12).astimezone(UTC), "明天9:00起"),
    ],
)
async def test_hours_are_said_for_the_day_in_china(operating: Operating, at: datetime, words: str) -> None:
    await operating.change("hours", WEEKDAYS, "root")
    assert await operating.hours_text(at) == words


async def test_closed_days_name_the_next_day_that_opens(operating: Operating) -> None:
    await operating.change("hours", [DAY, *[[]] * 6], "root")
    assert await operating.hours_text(in_china(28, 12)) == "11月2日8:00起"
    await operating.change("hours", [[]] * 7, "root")
    assert await operating.hours_text(in_china(28, 12)) == "暂停服务"


async def test_desk_is_always_open_until_hours_are_set(operating: Operating) -> None:
    assert await operating.is_open(in_china(18, 3))
    assert await operating.hours_text(in_china(18, 3)) == "0:00-24:00"


# --- changing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hours", [DAY] * 6),
        ("hours", [DAY] * 8),
        ("hours", [[["22:00", "08:00"]]] * 7),
        ("hours", [[["08:00", "08:00"]]] * 7),
        ("hours", [[["08:00", "12:00"], ["11:00", "18:00"]]] * 7),  # overlap
        ("hours", [[["08:00"]]] * 7),
        ("hours", [[["8", "22"]]] * 7),
        ("hours", [[["25:00", "26:00"]]] * 7),
        ("hours", [[["08:00+08:00", "22:00+08:00"]]] * 7),
        ("hours", [[["08:00:30", "22:00"]]] * 7),
        ("hours", [[[8, 22]]] * 7),
        ("hours", [["08:00", "22:00"]] * 7),
        ("hours", None),
        ("hours", "全天"),
        ("special_days", "2026-10-01 休息"),
        ("special_days", [20261001]),
        ("special_days", None),
        ("queue_limit", -1),
        ("queue_limit", 100_001),
        ("queue_limit", True),
        ("queue_limit", "20"),
        ("queue_limit", 2.5),
        ("rating", {**RATING, "is_on": "yes"}),
        ("rating", {**RATING, "once_a_day": 1}),
        ("rating", {**RATING, "low_reasons": "太慢"}),
        ("rating", {**RATING, "low_reasons": [3]}),
        ("rating", {**RATING, "high_reasons": ["很" * 21]}),
        ("rating", {**RATING, "high_reasons": [str(index) for index in range(9)]}),
        ("rating", {"is_on": True}),
        ("rating", []),
        ("colour", "red"),
    ],
)
async def test_bad_value_is_refused_and_nothing_changes(
    operating: Operating, database: Database, name: str, value: object
) -> None:
    with pytest.raises(StaffError, match=r"operating\.invalid"):
        await operating.change(name, value, "root")
    async with database.read() as connection:
        assert await rules_in(connection) == Rules()


@pytest.mark.parametrize("limit", [0, 100_000])
async def test_limit_of_the_queue_is_set(operating: Operating, limit: int) -> None:
    await operating.change("queue_limit", 5, "root")
    assert (await operating.change("queue_limit", limit, "root"))[1].queue_limit == limit
    assert await operating.queue_limit() == limit


async def test_holiday_closes_the_desk_and_a_working_day_opens_it(operating: Operating) -> None:
    await operating.change("hours", WEEKDAYS, "root")
    lines = ["2026-10-18（星期日）上班 调休", "", "2026-10-12至14日 盘点 休息"]
    _, changed = await operating.change("special_days", lines, "root")
    assert written(changed)["special_days"] == [
        "2026-10-12（周一）至2026-10-14（周三） 休息 盘点",
        "2026-10-18（周日） 上班 调休",
    ]
    assert [await operating.is_open(in_china(day, 10)) for day in (12, 14, 15, 18)] == [
        False,
        False,
        True,
        True,
    ]
    assert await operating.hours_text(in_china(12, 10)) == "10月12日至14日盘点休息，10月15日9:00起"
    assert await operating.due(in_china(11, 10), timedelta(hours=48)) == in_china(15, 11)
    assert await operating.closes(in_china(18, 10)) == in_china(18, 12)


async def test_special_day_that_cannot_be_read_is_refused_by_its_line(operating: Operating) -> None:
    await operating.change("special_days", ["2026-10-01 休息"], "root")
    with pytest.raises(StaffError, match=r"operating\.day_unknown") as refused:
        await operating.change("special_days", ["2026-10-01 休息", "2026-13-01 休息"], "root")
    assert refused.value.fields["line"] == 2
    assert len((await operating.rules()).special_days) == 1


async def test_rules_of_ratings_are_set_and_tidied(operating: Operating) -> None:
    _, changed = await operating.change("rating", {**RATING, "low_reasons": [" 慢 ", "慢", " "]}, "root")
    assert changed.rating == RatingRules(low_reasons=("慢",))


async def test_change_of_one_rule_keeps_the_others(operating: Operating) -> None:
    await operating.change("queue_limit", 7, "root")
    _, changed = await operating.change("hours", WEEKDAYS, "root")
    assert (changed.queue_limit, changed.week[6]) == (7, ())


async def test_another_process_sees_a_change_within_seconds(
    operating: Operating, database: Database, clock: FixedClock
) -> None:
    other = Operating(database, clock)
    assert await other.queue_limit() == 200
    await operating.change("queue_limit", 3, "root")
    clock.advance(timedelta(seconds=5))
    assert await other.queue_limit() == 3


# --- what is stored --------------------------------------------------------------------------------------------


async def test_unreadable_row_counts_as_the_default_and_spoils_no_other(
    operating: Operating, database: Database, clock: FixedClock
) -> None:
    await _store(database, clock, hours="08:00-22:00", rating={"is_on": True}, queue_limit=9, colour=1)
    rules = await operating.rules()
    assert rules == Rules(queue_limit=9)


async def test_row_that_became_unreadable_can_be_set_again(
    operating: Operating, database: Database, clock: FixedClock
) -> None:
    await operating.change("queue_limit", 9, "root")
    async with database.write() as connection:
        await connection.execute(update(operating_settings).values(value={"limit": 9}))
    clock.advance(timedelta(seconds=5))
    assert await operating.queue_limit() == 200
    assert (await operating.change("queue_limit", 8, "root"))[1].queue_limit == 8


_minutes = st.lists(st.integers(0, 1439), unique=True, max_size=6).map(sorted)


def _day(minutes: list[int]) -> tuple[tuple[time, time], ...]:
    at = [time(minute // 60, minute % 60) for minute in minutes]
    return tuple(zip(at[::2], at[1::2], strict=False))


_rules = st.builds(
    Rules,
    week=st.lists(_minutes.map(_day), min_size=7, max_size=7).map(tuple),
    queue_limit=st.integers(0, 100_000),
    rating=st.builds(RatingRules, st.booleans(), st.booleans()),
)


@given(_rules.filter(lambda rules: not any(end == time(23, 59) for day in rules.week for _, end in day)))
def test_rules_read_back_as_written(rules: Rules) -> None:
    assert _read(Rules(), written(rules)) == rules


def test_default_rules_read_back_as_written() -> None:
    assert _read(Rules(queue_limit=1), written(Rules())) == Rules()
    assert written(Rules())["hours"][0] == [["00:00", "24:00"]]
