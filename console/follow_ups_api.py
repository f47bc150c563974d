"""What agents have promised to come back to: one's list, and ticking off, putting off and giving on what is on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

from sanic import Blueprint, HTTPResponse, Request, json

from console import desk_views as views
from console.accounts import Session
from console.desk_access import DESK, is_supervisor, may_see_follow_up
from console.guard import Guard
from console.reading import Body
from conversations.desk_model import FollowUp, FollowUpId, StaffId, StaffMember
from conversations.follow_ups import FollowUps
from conversations.staff import Roster
from core.clock import CHINA, Clock
from core.errors import NotAllowed, StaffError

_EVENING = time(18)
Due = Callable[[datetime, timedelta], Awaitable[datetime]]
"""Until when something can be promised: working time, no earlier than so long after a moment."""


def blueprint(guard: Guard, follow_ups: FollowUps, roster: Roster, clock: Clock, due: Due) -> Blueprint:
    """Return the routes under /api/desk/follow-ups."""
    routes = Blueprint("follow_ups", url_prefix="/api/desk/follow-ups")
    needs = guard.needs(*DESK)

    async def written(found: list[FollowUp]) -> list[dict[str, object]]:
        names = {member.id: member.name for member in await roster.all()}
        return [views.follow_up(follow_up, names) for follow_up in found]

    async def at_desk() -> list[StaffMember]:
        return [member for member in await roster.all() if member.is_active and member.roles & DESK]

    async def seen(session: Session, follow_up_id: str) -> FollowUpId:
        found = await follow_ups.get(FollowUpId(follow_up_id))
        if not may_see_follow_up(session.staff, found):
            raise NotAllowed("follow_up.not_yours", follow_up_id)
        return found.id

    @routes.get("/", name="follow_ups", strict_slashes=False)
    @needs
    async def listed(request: Request, session: Session) -> HTTPResponse:
        """Return what is still to do, the most urgent first; to supervisors everybody's."""
        staff = session.staff
        mine = await follow_ups.open_now(staff.id)
        all_of_them = await follow_ups.open_now() if is_supervisor(staff) else []
        others = [follow_up for follow_up in all_of_them if follow_up.owner != staff.id]
        return json({"mine": await written(mine), "others": await written(others)})

    @routes.post("/<follow_up_id:str>/finish", name="finish")
    @needs
    async def finish(request: Request, session: Session, follow_up_id: str) -> HTTPResponse:
        """Tick it off, with what came of it, and what the customer is told."""
        body, own = Body.of(request), await seen(session, follow_up_id)
        outcome, telling = body.text("outcome", None), body.text("telling", None, "")
        return json((await written([await follow_ups.finish(own, session.staff, outcome, telling)]))[0])

    @routes.post("/<follow_up_id:str>/move", name="move")
    @needs
    async def move(request: Request, session: Session, follow_up_id: str) -> HTTPResponse:
        """Put it off, or give it to a colleague."""
        body, own = Body.of(request), await seen(session, follow_up_id)
        due = body.moment("due") if "due" in body.values else None
        owner = StaffId(named) if (named := body.text("owner", 32, "")) else None
        if owner is not None and all(member.id != owner for member in await at_desk()):
            raise StaffError("staff.unknown", owner)  # whoever never sits at the desk would not see it
        return json((await written([await follow_ups.move(own, due, owner)]))[0])

    @routes.get("/owners", name="owners")
    @needs
    async def owners(request: Request, session: Session) -> HTTPResponse:
        """Return who may take one on: everybody at the desk."""
        return json([{"id": member.id, "name": member.name} for member in await at_desk()])

    @routes.get("/due", name="due")
    @needs
    async def proposed(request: Request, session: Session) -> HTTPResponse:
        """Return the time to propose for a new one: tomorrow evening, later where nobody works then."""
        now = clock.now()
        tomorrow = now.astimezone(CHINA).date() + timedelta(days=1)
        found = await due(now, datetime.combine(tomorrow, _EVENING, CHINA) - now)
        return json({"due": views.moment(found)})

    return routes
