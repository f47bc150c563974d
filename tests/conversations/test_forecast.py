"""What a waiting customer is told of their wait: never less than what then happens."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversations.desk_model import HandoffId, Presence, Skill, StaffId
from conversations.forecast import Forecast, forecast
from conversations.routing import DEFAULT_RULES, Desk, Waiting, order
from core.clock import UTC

_NOW, _AVERAGE_S = datetime(2026, 10, 15, 4, 0, tzinfo=UTC), 300.0
BILLING, PLANS, FAULTS = Skill.BILLING, Skill.PLANS, Skill.FAULTS
_waiting = st.builds(
    Waiting,
    id=st.uuids().map(lambda made: HandoffId(made.hex)),
    skill=st.sampled_from(Skill),
    queued=st.integers(0, 200).map(lambda s: _NOW - timedelta(seconds=s)),
    is_elderly=st.booleans(),
)
_desk = st.builds(
    Desk,
    id=st.uuids().map(lambda made: StaffId(made.hex)),
    skills=st.frozensets(st.sampled_from(Skill), min_size=1),
    presence=st.sampled_from(Presence),
    capacity=st.integers(1, 4),
    load=st.integers(0, 5),
    idle_since=st.just(_NOW),
)


def _line(*skills: Skill) -> list[Waiting]:
    return [
        Waiting(HandoffId(str(n)), skill, _NOW - timedelta(seconds=60 - n)) for n, skill in enumerate(skills)
    ]


def _desk_of(id: str, *skills: Skill, capacity: int = 1, load: int = 1) -> Desk:
    return Desk(StaffId(id), frozenset(skills), Presence.ONLINE, capacity, load, _NOW)


def _told(line: list[Waiting], *desks: Desk) -> list[tuple[int, int | None]]:
    found = forecast(line, desks, _AVERAGE_S, _NOW)
    return [(found[waiting.id].ahead, found[waiting.id].wait_s) for waiting in line]


def test_busy_agents_end_their_conversations_one_after_the_other() -> None:
    two = (_desk_of("a", BILLING), _desk_of("b", BILLING))
    assert _told(_line(BILLING, BILLING, BILLING), *two) == [(0, 150), (1, 300), (2, 450)]


def test_free_agent_is_no_wait() -> None:
    assert _told(_line(BILLING, BILLING), _desk_of("a", BILLING, capacity=2, load=0)) == [(0, 0), (1, 0)]


def test_customers_of_other_skills_count_where_the_same_people_serve_them() -> None:
    line = _line(PLANS, PLANS, BILLING)
    both, only = _desk_of("a", BILLING, PLANS), _desk_of("b", BILLING)
    assert _told(line, both)[-1] == (2, 900)  # said to be next, they would have been lied to
    assert _told(_line(PLANS, BILLING), _desk_of("c", PLANS), only) == [(0, 150), (0, 300)]


def test_first_in_line_has_the_next_desk_once_others_may_help() -> None:
    desks = (_desk_of("c", PLANS), _desk_of("b", BILLING))
    assert _told(_line(PLANS, PLANS, BILLING), *desks) == [(0, 150), (1, 300), (1, 450)]


def test_where_nobody_has_the_skill_others_help_once_one_has_waited_long_enough() -> None:
    (told,) = _told(_line(FAULTS), _desk_of("a", BILLING, load=0))
    assert told == (0, int(DEFAULT_RULES.overflow.total_seconds()) - 60)


def test_who_has_waited_long_enough_for_anybody_is_not_overtaken_by_the_helpers_own_customers() -> None:
    faults = Waiting(HandoffId("f"), FAULTS, _NOW - timedelta(seconds=200))
    billing = Waiting(HandoffId("b"), BILLING, _NOW - timedelta(seconds=60))
    told = _told([faults, billing], _desk_of("a", BILLING))
    assert told == [(0, 300), (1, 600)]  # as `assign` will have it


def test_of_two_who_are_free_at_once_each_has_their_own_customer() -> None:
    faults = Waiting(HandoffId("f"), FAULTS, _NOW - timedelta(seconds=200))
    billing = Waiting(HandoffId("b"), BILLING, _NOW - timedelta(seconds=60))
    free = (_desk_of("a", BILLING, load=0), _desk_of("b", FAULTS, load=0))
    assert _told([faults, billing], *free) == [(0, 0), (0, 0)]


def test_nothing_is_made_up_when_nobody_is_there() -> None:
    away = Desk(StaffId("a"), frozenset({BILLING}), Presence.BREAK, 3, 0, _NOW)
    assert _told(_line(PLANS, BILLING, BILLING), away) == [(0, None), (0, None), (1, None)]


@given(st.lists(_waiting, max_size=15), st.lists(_desk, max_size=4))
def test_everybody_is_told_a_time_where_anybody_is_online_and_nobody_is_skipped(
    queue: list[Waiting], desks: list[Desk]
) -> None:
    line = order(queue)
    found = forecast(line, desks, _AVERAGE_S, _NOW)
    is_anyone_online = any(desk.presence is Presence.ONLINE for desk in desks)
    assert [told.wait_s is not None for told in found.values()] == [is_anyone_online] * len(line)
    for skill in Skill:  # in one's own line nobody is before somebody who came first
        own: list[Forecast] = [found[waiting.id] for waiting in line if waiting.skill is skill]
        waits = [told.wait_s or 0 for told in own]
        assert waits == sorted(waits)
        assert [told.ahead for told in own] == sorted({told.ahead for told in own})


@given(st.lists(_waiting, min_size=1, max_size=15), st.lists(_desk, max_size=4), _desk)
def test_one_more_agent_with_every_skill_makes_nobody_wait_longer(
    queue: list[Waiting], desks: list[Desk], helper: Desk
) -> None:
    line = order(queue)
    free = Desk(helper.id, frozenset(Skill), Presence.ONLINE, 50, 0, _NOW)
    assert {told.wait_s for told in forecast(line, [*desks, free], _AVERAGE_S, _NOW).values()} == {0}


@given(st.lists(_waiting, min_size=2, max_size=15), st.lists(_desk, max_size=4))
def test_whom_anybody_may_help_by_now_is_served_before_everybody_behind_them(
    queue: list[Waiting], desks: list[Desk]
) -> None:
    line = order(queue)
    found = [forecast(line, desks, _AVERAGE_S, _NOW)[waiting.id].wait_s or 0 for waiting in line]
    for place, waiting in enumerate(line):
        if _NOW - waiting.queued >= DEFAULT_RULES.overflow:
            assert all(found[place] <= behind for behind in found[place:])
