"""The order of the queue and who gets whom, for any queue and any desks."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversations.desk_model import HandoffId, Presence, Skill, StaffId
from conversations.routing import Desk, Waiting, assign, may_serve, order
from core.clock import UTC

_NOW = datetime(2026, 10, 15, 4, 0, tzinfo=UTC)
_AGENTS = [StaffId(f"agent{n}") for n in range(5)]
_ago = st.integers(0, 200).map(lambda s: _NOW - timedelta(seconds=s))
_somebody = st.none() | st.sampled_from(_AGENTS)
_waiting = st.builds(
    Waiting,
    id=st.integers(0, 10_000).map(lambda n: HandoffId(f"h{n}")),
    skill=st.sampled_from(Skill),
    queued=_ago,
    arrived=st.none() | _ago,
    is_returned=st.booleans(),
    is_elderly=st.booleans(),
    is_complaint=st.booleans(),
    wanted_agent=_somebody,
    last_agent=_somebody,
    given_up_by=_somebody,
)
_desk = st.builds(
    Desk,
    id=st.sampled_from(_AGENTS),
    skills=st.frozensets(st.sampled_from(Skill)),
    presence=st.sampled_from(Presence),
    capacity=st.integers(0, 4),
    load=st.integers(0, 6),
    idle_since=_ago,
)
_queue = st.lists(_waiting, max_size=12, unique_by=lambda w: w.id)
_desks = st.lists(_desk, max_size=5, unique_by=lambda d: d.id)


def _w(id: str, age_s: int = 0, skill: Skill = Skill.BILLING, **more: object) -> Waiting:
    return Waiting(HandoffId(id), skill, _NOW - timedelta(seconds=age_s), **more)  # type: ignore[arg-type]


def _d(
    id: str, load: int = 0, capacity: int = 3, skill: Skill = Skill.BILLING, idle_s: int = 0, **more: object
) -> Desk:
    since = _NOW - timedelta(seconds=idle_s)
    presence = more.get("presence", Presence.ONLINE)
    return Desk(StaffId(id), frozenset({skill}), presence, capacity, load, since)  # type: ignore[arg-type]


@given(_queue, st.randoms())
def test_order_does_not_depend_on_how_the_queue_was_read(queue: list[Waiting], dice: random.Random) -> None:
    mixed = queue[:]
    dice.shuffle(mixed)
    assert order(mixed) == order(queue)


@given(_queue)
def test_order_is_returned_then_elderly_then_complaint_then_arrival(queue: list[Waiting]) -> None:
    for before, after in zip(order(queue), order(queue)[1:], strict=False):
        if before.is_returned != after.is_returned:
            assert before.is_returned
        elif before.is_elderly != after.is_elderly:
            assert before.is_elderly
        elif before.is_complaint != after.is_complaint:
            assert before.is_complaint
        else:
            assert (before.arrived or before.queued) <= (after.arrived or after.queued)


@given(_queue, _desks)
def test_no_agent_is_given_more_than_their_capacity(queue: list[Waiting], desks: list[Desk]) -> None:
    got = Counter(agent for _, agent in assign(queue, desks, _NOW))
    by_id = {desk.id: desk for desk in desks}
    assert all(by_id[agent].load + count <= by_id[agent].capacity for agent, count in got.items())


@given(_queue, _desks)
def test_every_customer_gets_at_most_one_agent_who_may_serve_them(
    queue: list[Waiting], desks: list[Desk]
) -> None:
    given_out = assign(queue, desks, _NOW)
    customers, agents = {w.id: w for w in queue}, {d.id: d for d in desks}
    assert len({handoff for handoff, _ in given_out}) == len(given_out)
    assert all(may_serve(agents[agent], customers[handoff], _NOW) for handoff, agent in given_out)
    assert all(agents[agent].presence is Presence.ONLINE for _, agent in given_out)


@given(_queue, _desks)
def test_nobody_waits_while_an_agent_who_may_serve_them_has_room(
    queue: list[Waiting], desks: list[Desk]
) -> None:
    given_out = assign(queue, desks, _NOW)
    got, served = Counter(agent for _, agent in given_out), {handoff for handoff, _ in given_out}
    for customer in queue:
        for desk in desks:
            has_room = desk.load + got[desk.id] < desk.capacity
            assert customer.id in served or not (has_room and may_serve(desk, customer, _NOW))


@given(_queue, _desks)
def test_nobody_is_overtaken_at_a_desk_that_could_have_served_them(
    queue: list[Waiting], desks: list[Desk]
) -> None:
    given_out, agents, line = dict(assign(queue, desks, _NOW)), {d.id: d for d in desks}, order(queue)
    for place, customer in enumerate(line):
        if customer.id not in given_out:
            later = [given_out[w.id] for w in line[place + 1 :] if w.id in given_out]
            assert not any(may_serve(agents[agent], customer, _NOW) for agent in later)


def test_least_loaded_agent_for_their_capacity_is_chosen() -> None:
    assert assign([_w("h")], [_d("a", load=1, capacity=2), _d("b", load=2, capacity=5)], _NOW) == [("h", "b")]


def test_of_agents_equally_loaded_the_longest_idle_is_chosen() -> None:
    assert assign([_w("h")], [_d("a", idle_s=10), _d("b", idle_s=20)], _NOW) == [("h", "b")]


def test_customers_are_spread_over_the_agents() -> None:
    given_out = assign([_w(f"h{n}") for n in range(4)], [_d("a"), _d("b")], _NOW)
    assert Counter(agent for _, agent in given_out) == {"a": 2, "b": 2}


def test_agent_who_served_the_customer_before_is_preferred_when_free() -> None:
    again = _w("h", last_agent=StaffId("a"))
    assert assign([again], [_d("a", load=2), _d("b")], _NOW) == [("h", "a")]
    assert assign([again], [_d("a", load=3), _d("b")], _NOW) == [("h", "b")]


def test_transfer_to_a_person_waits_for_that_person_then_goes_to_anybody_of_the_skill() -> None:
    busy, other = _d("a", load=3), _d("b")
    assert assign([_w("h", 59, wanted_agent=StaffId("a"))], [busy, other], _NOW) == []
    assert assign([_w("h", 60, wanted_agent=StaffId("a"))], [busy, other], _NOW) == [("h", "b")]


def test_transfer_does_not_come_straight_back_to_who_transferred_it() -> None:
    assert assign([_w("h", 59, given_up_by=StaffId("a"))], [_d("a")], _NOW) == []
    assert assign([_w("h", 60, given_up_by=StaffId("a"))], [_d("a")], _NOW) == [("h", "a")]


def test_after_two_minutes_any_agent_may_help() -> None:
    stranger = _d("a", skill=Skill.FAULTS)
    assert assign([_w("h", 119)], [stranger], _NOW) == []
    assert assign([_w("h", 120)], [stranger], _NOW) == [("h", "a")]
    assert assign([_w("h", 120)], [stranger, _d("b", load=2)], _NOW) == [("h", "b")]


def test_agent_on_a_break_gets_nobody() -> None:
    assert assign([_w("h", 500)], [_d("a", presence=Presence.BREAK)], _NOW) == []
