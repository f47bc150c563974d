"""How long everybody in the queue will wait, honestly: the queue is played forward, desk by desk."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.desk_model import HandoffId, Presence, Skill
from conversations.routing import DEFAULT_RULES, Desk, Rules, Waiting


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many are served before a customer by whoever may serve them, and in how long it is their turn."""

    ahead: int
    wait_s: int | None  # None: nobody is online


def forecast(
    line: Sequence[Waiting],
    desks: Iterable[Desk],
    average_s: float,
    now: datetime,
    rules: Rules = DEFAULT_RULES,
) -> dict[HandoffId, Forecast]:
    """Say what each customer of a queue in order (`routing.order`) can be told.

    Every conversation is taken to last `average_s`; those in hand end evenly spread over that time. Whoever is free
    takes the first in line of their skills, and of the others those who have waited for `rules.overflow`.
    """
    online = [desk for desk in desks if desk.presence is Presence.ONLINE and desk.capacity > 0]
    waits = _played(line, online, average_s, now, rules)
    rivals = {skill: _rivals(skill, online) for skill in Skill}
    before = dict.fromkeys(Skill, 0)
    found = {}
    for waiting in line:
        ahead = sum(before[skill] for skill in rivals[waiting.skill])
        found[waiting.id] = Forecast(ahead, waits.get(waiting.id))
        before[waiting.skill] += 1
    return found


def _rivals(skill: Skill, online: Sequence[Desk]) -> frozenset[Skill]:
    """Return whose customers are served by the same people."""
    if not online:
        return frozenset({skill})
    able = [desk.skills for desk in online if skill in desk.skills]
    return (
        frozenset[Skill]().union(*able) if able else frozenset(Skill)
    )  # nobody has it: all will have to help


def _played(
    line: Sequence[Waiting], online: Sequence[Desk], average_s: float, now: datetime, rules: Rules
) -> dict[HandoffId, int]:
    queues: dict[Skill, deque[int]] = {skill: deque() for skill in Skill}
    for place, waiting in enumerate(line):
        queues[waiting.skill].append(place)
    helped_from_s = [(rules.overflow - (now - waiting.queued)).total_seconds() for waiting in line]
    slots, waits = _slots(online, average_s), dict[HandoffId, int]()
    while slots and len(waits) < len(line):
        at_s, number = heapq.heappop(slots)
        own = [queue[0] for skill, queue in queues.items() if queue and skill in online[number].skills]
        others = [queue[0] for queue in queues.values() if queue]
        able = own or [place for place in others if helped_from_s[place] <= at_s]
        if not able:  # nobody yet whom this one may help
            heapq.heappush(slots, (min(helped_from_s[place] for place in others), number))
            continue
        chosen = line[min(able)]
        queues[chosen.skill].popleft()
        waits[chosen.id] = math.ceil(at_s)
        heapq.heappush(slots, (at_s + average_s, number))
    return waits


def _slots(online: Sequence[Desk], average_s: float) -> list[tuple[float, int]]:
    """Return when each place at each desk is free, as a heap of seconds and the desk's number."""
    busy = sorted(
        (nth, number) for number, desk in enumerate(online) for nth in range(min(desk.load, desk.capacity))
    )
    slots = [((rank + 1) * average_s / len(busy), number) for rank, (_, number) in enumerate(busy)]
    for number, desk in enumerate(online):
        slots += [(0.0, number)] * (desk.capacity - desk.load)
    heapq.heapify(slots)
    return slots
