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

    Every conversation is taken to last `average_s`; those in hand end evenly spread over that time. As in
    `routing.assign`, whoever is first in line has the first free desk: one of their skill, or any at all once they have
    waited for `rules.overflow`. Whom a transfer names or a customer knows changes who serves, hardly when.
    """
    online = [desk for desk in desks if desk.presence is Presence.ONLINE and desk.capacity > 0]
    if not online:
        return _unserved(line)
    helped_from_s = [(rules.overflow - (now - waiting.queued)).total_seconds() for waiting in line]
    return _Play(line, online, helped_from_s).played(average_s)


def _unserved(line: Iterable[Waiting]) -> dict[HandoffId, Forecast]:
    """While nobody is online each skill is a line of its own."""
    before, found = dict.fromkeys(Skill, 0), dict[HandoffId, Forecast]()
    for waiting in line:
        found[waiting.id] = Forecast(before[waiting.skill], None)
        before[waiting.skill] += 1
    return found


class _Play:
    """The queue, served step by step; customers are their places in line, desks their numbers."""

    def __init__(
        self, line: Sequence[Waiting], online: Sequence[Desk], helped_from_s: Sequence[float]
    ) -> None:
        self._line, self._online, self._helped_from_s = line, online, helped_from_s
        self._queues: dict[Skill, deque[int]] = {skill: deque() for skill in Skill}
        for place, waiting in enumerate(line):
            self._queues[waiting.skill].append(place)
        self._served = dict.fromkeys(Skill, 0)  # by whoever has the skill
        self._staffed = frozenset[Skill]().union(*(desk.skills for desk in online))
        self._found: dict[HandoffId, Forecast] = {}

    def played(self, average_s: float) -> dict[HandoffId, Forecast]:
        """Serve everybody."""
        slots = _slots(self._online, average_s)
        while heads := self._heads():
            at_s, free = slots[0][0], []
            while slots and slots[0][0] <= at_s:
                free.append(heapq.heappop(slots)[1])
            while found := self._next(free, at_s):
                place, desk = found
                self._serve(place, desk, at_s)
                free.remove(desk)
                heapq.heappush(slots, (at_s + average_s, desk))
            if heads := self._heads():  # whom those still free may help later
                helped_s = min(self._helped_from_s[place] for place in heads)
                for desk in free:
                    heapq.heappush(slots, (helped_s, desk))
        return self._found

    def _heads(self) -> list[int]:
        """Return who is first in line of each skill, in order."""
        return sorted(queue[0] for queue in self._queues.values() if queue)

    def _next(self, free: Sequence[int], at_s: float) -> tuple[int, int] | None:
        """Return the first in line whom somebody free may serve now, and who does."""
        for place in self._heads():
            skilled = [desk for desk in free if self._line[place].skill in self._online[desk].skills]
            if able := skilled or (free if self._helped_from_s[place] <= at_s else ()):
                return place, able[0]
        return None

    def _serve(self, place: int, desk: int, at_s: float) -> None:
        waiting = self._line[place]
        is_staffed = waiting.skill in self._staffed
        ahead = (
            self._served[waiting.skill] if is_staffed else len(self._found)
        )  # else by anybody, after all others
        self._found[waiting.id] = Forecast(ahead, math.ceil(at_s))
        for skill in self._online[desk].skills | {waiting.skill}:
            self._served[skill] += 1
        self._queues[waiting.skill].popleft()


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
