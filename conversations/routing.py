"""Who is served next, and by whom: pure functions of the queue and the desks, so that every process decides alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conversations.desk_model import Handoff, HandoffId, Presence, Skill, StaffId


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a preference lasts, counted from when the customer was queued."""

    reserved: timedelta = timedelta(seconds=60)  # for the agent a transfer names
    overflow: timedelta = timedelta(seconds=120)  # then the skill no longer matters


DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer in the queue, as far as routing cares."""

    id: HandoffId
    skill: Skill
    queued: datetime
    arrived: datetime | None = None  # first asked for a person: a transfer costs nobody their place
    is_returned: bool = False
    is_elderly: bool = False
    is_complaint: bool = False
    wanted_agent: StaffId | None = None
    last_agent: StaffId | None = None
    given_up_by: StaffId | None = None  # who has just transferred this customer away

    @classmethod
    def of(cls, handoff: Handoff, given_up_by: StaffId | None = None) -> Waiting:
        """Return what routing needs of a handoff."""
        return cls(
            id=handoff.id,
            skill=handoff.request.skill,
            queued=handoff.queued,
            arrived=handoff.requested,
            is_returned=handoff.is_returned,
            is_elderly=handoff.request.is_elderly,
            is_complaint=handoff.request.is_complaint,
            wanted_agent=handoff.wanted_agent,
            last_agent=handoff.last_agent,
            given_up_by=given_up_by,
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent and how busy they are: `load` of `capacity` conversations in hand."""

    id: StaffId
    skills: frozenset[Skill]
    presence: Presence
    capacity: int
    load: int
    idle_since: datetime  # the last conversation came or went, or the agent came online

    @property
    def is_free(self) -> bool:
        """Say whether the agent takes another conversation now."""
        return self.presence is Presence.ONLINE and self.load < self.capacity


def order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return the queue: returned by a vanished agent, then elderly, then complaints, then who came first."""
    return sorted(
        waiting,
        key=lambda w: (not w.is_returned, not w.is_elderly, not w.is_complaint, w.arrived or w.queued, w.id),
    )


def may_serve(desk: Desk, waiting: Waiting, now: datetime, rules: Rules = DEFAULT_RULES) -> bool:
    """Say whether this customer may be routed to this desk at all, room aside."""
    if desk.presence is not Presence.ONLINE:
        return False
    waited = now - waiting.queued
    if waiting.wanted_agent == desk.id:
        return True
    if waiting.wanted_agent is not None and waited < rules.reserved:
        return False
    if waiting.given_up_by == desk.id and waited < rules.reserved:
        return False
    return waiting.skill in desk.skills or waited >= rules.overflow


def assign(
    waiting: Iterable[Waiting], desks: Iterable[Desk], now: datetime, rules: Rules = DEFAULT_RULES
) -> list[tuple[HandoffId, StaffId]]:
    """Give the queue, from its head, to the free desks; nobody overtakes at a desk both could have had.

    Of the desks that may serve a customer: the one a transfer names, then who knows them (`Handoff.last_agent`), then
    the skilled before the others, the least loaded for their capacity, and the longest idle.
    """
    free = {desk.id: desk for desk in desks if desk.is_free}
    given: list[tuple[HandoffId, StaffId]] = []
    for next_one in order(waiting):
        able = [desk for desk in free.values() if may_serve(desk, next_one, now, rules)]
        if not able:
            continue
        chosen = min(able, key=lambda desk: _preference(desk, next_one))
        given.append((next_one.id, chosen.id))
        busier = replace(chosen, load=chosen.load + 1, idle_since=now)
        if busier.is_free:
            free[chosen.id] = busier
        else:
            del free[chosen.id]
    return given


def _preference(desk: Desk, waiting: Waiting) -> tuple[bool, bool, bool, float, datetime, StaffId]:
    return (
        desk.id != waiting.wanted_agent,
        desk.id != waiting.last_agent,
        waiting.skill not in desk.skills,
        desk.load / desk.capacity,
        desk.idle_since,
        desk.id,
    )
