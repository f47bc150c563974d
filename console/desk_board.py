"""The board every desk looks at: who waits, who is in hand, who is there. Read once, shown to each as far as they may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console import desk_views as views
from console.desk_access import DESK, is_supervisor, may_see_waiting
from conversations.desk_model import Handoff, HandoffId, PresenceNow, StaffId, StaffMember
from conversations.handoffs import Handoffs
from conversations.presence import PresenceBook
from conversations.staff import Roster
from core.clock import Clock

_SHOWN_WAITING = 200  # of the head of the queue; nobody reads further, and the number of all is told
Lists = dict[str, list[Handoff]]
Rows = dict[HandoffId, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at one moment."""

    at: datetime
    waiting: Sequence[Handoff]  # in order
    in_hand: Sequence[Handoff]
    staff: Mapping[StaffId, StaffMember]
    presences: Mapping[StaffId, PresenceNow]
    _rows: Rows = field(default_factory=dict)  # written once for all desks

    def may_wait_for(self, staff: StaffMember) -> list[Handoff]:
        """Return the waiting customers somebody may see, in order."""
        return [handoff for handoff in self.waiting if may_see_waiting(staff, handoff)]

    def lists(self, staff: StaffMember) -> Lists:
        """Return what is on somebody's desk, list by list; to supervisors what others have in hand, too."""
        found = {
            "queue": self.may_wait_for(staff)[:_SHOWN_WAITING],
            "mine": [handoff for handoff in self.in_hand if handoff.agent_id == staff.id],
        }
        if is_supervisor(staff):
            found["others"] = [handoff for handoff in self.in_hand if handoff.agent_id != staff.id]
        return found

    def row(self, handoff: Handoff) -> dict[str, Any]:
        """Write a handoff with the names of who is concerned."""
        if handoff.id not in self._rows:
            named = (handoff.agent_id, handoff.wanted_agent)
            names = {one: self.staff[one].name for one in named if one is not None and one in self.staff}
            self._rows[handoff.id] = views.handoff(handoff, names)
        return self._rows[handoff.id]

    def around(self, staff: StaffMember) -> dict[str, Any]:
        """Write what is not a handoff: oneself, how many wait, and to supervisors who is there."""
        found: dict[str, Any] = {
            "now": views.moment(self.at),
            "me": {**views.member(staff), **views.presence(self.presences.get(staff.id))},
            "waiting": len(self.may_wait_for(staff)),
        }
        if is_supervisor(staff):
            loads = dict.fromkeys(self.staff, 0)
            for handoff in self.in_hand:
                if handoff.agent_id in loads:
                    loads[handoff.agent_id] += 1
            found["staff"] = [
                {**views.member(one), **views.presence(self.presences.get(one.id)), "load": loads[one.id]}
                for one in self.staff.values()
                if one.is_active and one.roles & DESK
            ]
        return found

    def whole(self, staff: StaffMember) -> dict[str, Any]:
        """Write all of somebody's board."""
        lists = {name: [self.row(handoff) for handoff in found] for name, found in self.lists(staff).items()}
        return {**self.around(staff), **lists}

    def news(self, staff: StaffMember, known: Rows) -> tuple[dict[str, Any], Rows]:
        """Write what has changed for somebody who knows these rows, and return the rows known then.

        The lists come as ids; `rows` holds the handoffs among them that are new or different.
        """
        lists = self.lists(staff)
        rows = {handoff.id: self.row(handoff) for found in lists.values() for handoff in found}
        fresh = [row for handoff_id, row in rows.items() if known.get(handoff_id) != row]
        ids = {name: [handoff.id for handoff in found] for name, found in lists.items()}
        return {**self.around(staff), **ids, "rows": fresh}, rows


class Boards:
    """Reads the board: three queries, however many customers and desks there are."""

    def __init__(self, handoffs: Handoffs, roster: Roster, presence: PresenceBook, clock: Clock) -> None:
        self._handoffs, self._roster, self._presence, self._clock = handoffs, roster, presence, clock

    async def now(self) -> Board:
        """Return the board as it is."""
        at = self._clock.now()
        waiting, in_hand = await self._handoffs.open_now()
        staff = {member.id: member for member in await self._roster.all()}
        return Board(at, waiting, in_hand, staff, await self._presence.now())
