"""What the desk does, over HTTP: JSON in, JSON out; every verb answers with what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sanic import Blueprint, HTTPResponse, Request, json

from console import desk_views as views
from console.accounts import Session
from console.audit import Audit
from console.customer import CustomerCards
from console.desk_access import DESK, DeskAccess, is_supervisor, may_see_waiting
from console.desk_board import Boards
from console.guard import Guard, Needs
from console.reading import Body, day_start
from console.suggestions import Suggestions
from conversations.canned import CannedReplies, filled
from conversations.desk_model import Disposition, FollowUp, Handoff, HandoffId, Presence, Role, Skill, StaffId
from conversations.follow_ups import FollowUps
from conversations.handoffs import Handoffs
from conversations.live import LiveEvents
from conversations.model import State
from conversations.presence import PresenceBook
from conversations.ratings import Ratings
from conversations.staff import Roster
from conversations.transcript import Transcript
from core.clock import Clock
from core.errors import NotAllowed
from core.ids import ConversationId, Msisdn

_HISTORY = 1_000  # messages of one conversation; longer ones show their end
_EARLIER, _OLDER = 200, timedelta(days=30)  # messages of earlier conversations


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What the desk's routes stand on."""

    guard: Guard
    audit: Audit
    access: DeskAccess
    boards: Boards
    roster: Roster
    handoffs: Handoffs
    presence: PresenceBook
    transcript: Transcript
    canned: CannedReplies
    ratings: Ratings
    customers: CustomerCards
    follow_ups: FollowUps
    suggestions: Suggestions
    live: LiveEvents
    clock: Clock


def blueprint(parts: DeskParts) -> Blueprint:
    """Return the routes under /api/desk."""
    routes = Blueprint("desk", url_prefix="/api/desk")
    needs = parts.guard.needs
    _overview(routes, parts, needs(*DESK))
    _reading(routes, parts, needs(*DESK))
    _working(routes, parts, needs(*DESK))
    _supervising(routes, parts, needs(Role.SUPERVISOR, Role.ADMIN))
    return routes


def _overview(routes: Blueprint, parts: DeskParts, needs: Needs) -> None:
    @routes.get("/overview", name="overview")
    @needs
    async def overview(request: Request, session: Session) -> HTTPResponse:
        """Return the queue, one's own conversations and presence; to supervisors everybody's."""
        staff, since = session.staff, day_start(parts.clock.now())
        found = (await parts.boards.now()).whole(staff)
        found["today"] = views.figures(await parts.handoffs.figures(staff.id, since))
        if is_supervisor(staff):
            found["all_today"] = views.figures(await parts.handoffs.figures(None, since))
        return json(found)

    @routes.post("/presence", name="presence")
    @needs
    async def presence(request: Request, session: Session) -> HTTPResponse:
        """Set one's own presence."""
        body = Body.of(request)
        wanted, reason = body.choice("presence", Presence), body.text("reason", 40, "")
        now = await parts.presence.set(session.staff.id, wanted, reason if wanted is Presence.BREAK else "")
        parts.live.publish("presence.changed", session.staff.id, {"presence": wanted.value})
        return json(views.presence(now))

    @routes.get("/colleagues", name="colleagues")
    @needs
    async def colleagues(request: Request, session: Session) -> HTTPResponse:
        """Return to whom a conversation may be transferred: agents who are not offline."""
        presences = await parts.presence.now()
        return json(
            [
                {"id": m.id, "name": m.name, "skills": sorted(s.value for s in m.skills), **views.presence(presences.get(m.id))}
                for m in await parts.roster.all()
                if m.is_active and m.id != session.staff.id and Role.AGENT in m.roles
                and m.id in presences and presences[m.id].presence is not Presence.OFFLINE
            ]
        )  # fmt: skip


def _reading(routes: Blueprint, parts: DeskParts, needs: Needs) -> None:
    async def kept_number(session: Session, conversation_id: ConversationId) -> Msisdn | None:
        """Return the number kept for who has promised to come back to the customer."""
        owed = await parts.access.owed(session.staff, conversation_id)
        return await parts.follow_ups.number(owed.id) if owed is not None else None

    @routes.get("/conversations/<conversation_id:str>", name="conversation")
    @needs
    async def conversation(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Return a conversation: transcript, bot part included, handoffs, notes, and its rating if there is one."""
        found, stays = await parts.access.conversation(session.staff, conversation_id)
        names = {member.id: member.name for member in await parts.roster.all()}
        lines = await parts.transcript.last(found.id, _HISTORY)
        rating = await parts.ratings.of(found.id)
        promised = {
            follow_up.id: views.follow_up(follow_up, names)
            for follow_up in (
                *await parts.follow_ups.of_conversation(found.id),
                *await parts.follow_ups.of_contact(found.contact_id),  # owed since an earlier conversation
            )
        }
        return json(
            {
                **views.conversation(found),
                "messages": [views.message(line) for line in lines],
                "handoffs": [views.handoff(stay, names) for stay in stays],
                "notes": [views.note(note) for note in await parts.handoffs.notes(found.id)],
                "follow_ups": list(promised.values()),
                "rating": {"stars": rating.stars, "is_solved": rating.is_solved} if rating else None,
            }
        )

    @routes.get("/conversations/<conversation_id:str>/before", name="before")
    @needs
    async def before(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Return what the same customer said in earlier conversations of the last month."""
        found, _ = await parts.access.conversation(session.staff, conversation_id)
        lines = await parts.transcript.earlier(found.id, parts.clock.now() - _OLDER, _EARLIER)
        return json([views.message(line) for line in lines])

    @routes.get("/conversations/<conversation_id:str>/customer", name="customer")
    @needs
    async def customer(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Return the customer card, numbers masked."""
        found, _ = await parts.access.conversation(session.staff, conversation_id)
        return json(
            await parts.customers.card(found.id, found.contact_id, await kept_number(session, found.id))
        )

    @routes.post("/conversations/<conversation_id:str>/reveal", name="reveal")
    @needs
    async def reveal(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Return the customer's full number; it stands in the audit log before it is shown."""
        found, _ = await parts.access.conversation(session.staff, conversation_id)
        number = await parts.customers.number(found.id, await kept_number(session, found.id))
        await parts.audit.record(session.staff.id, "number.revealed", found.id)
        return json({"number": number})

    @routes.get("/conversations/<conversation_id:str>/suggestions", name="suggestions")
    @needs
    async def suggestions(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Return articles that answer the customer's last message."""
        found, _ = await parts.access.conversation(session.staff, conversation_id)
        return json(await parts.suggestions.for_conversation(found))

    @routes.get("/canned", name="canned")
    @needs
    async def canned(request: Request, session: Session) -> HTTPResponse:
        """Return the canned replies of one's skills, filled in for a conversation where one is named."""
        everything = is_supervisor(session.staff)
        replies = await parts.canned.all(None if everything else session.staff.skills)
        values = {"agent": session.staff.name}
        if named := request.args.get("conversation"):
            found, _ = await parts.access.conversation(session.staff, named)
            values |= await parts.customers.names(found.id)
        return json([{**views.canned(reply), "filled": filled(reply.text, values)} for reply in replies])


def _working(routes: Blueprint, parts: DeskParts, needs: Needs) -> None:
    @routes.post("/handoffs/<handoff_id:str>/accept", name="accept")
    @needs
    async def accept(request: Request, session: Session, handoff_id: str) -> HTTPResponse:
        """Take a waiting customer."""
        handoff = await parts.handoffs.get(HandoffId(handoff_id))
        if not may_see_waiting(session.staff, handoff):
            raise NotAllowed("conversation.not_yours", handoff_id)
        given = await parts.handoffs.accept(handoff.id, session.staff.id)
        return json(views.handoff(given, {session.staff.id: session.staff.name}))

    @routes.post("/conversations/<conversation_id:str>/messages", name="say")
    @needs
    async def say(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Say something to the customer; the same client_id is one message."""
        body = Body.of(request)
        await parts.access.own(session.staff, conversation_id)
        text, client_id = body.text("text", None), body.text("client_id", 100)
        conversation = (await parts.access.conversation(session.staff, conversation_id))[0]
        said = await parts.handoffs.say(conversation.id, session.staff, text, client_id)
        if canned_id := body.text("canned", 32, ""):
            await parts.canned.count_use(canned_id)
        return json(views.message(said))

    @routes.post("/conversations/<conversation_id:str>/typing", name="typing")
    @needs
    async def typing(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Show the customer that somebody writes."""
        handoff = await parts.access.own(session.staff, conversation_id)
        told = {"contact": handoff.contact_id, "by": "agent", "is_typing": Body.of(request).flag("is_typing")}
        parts.live.publish("typing", handoff.conversation_id, told)
        return json({})

    @routes.post("/conversations/<conversation_id:str>/notes", name="note")
    @needs
    async def note(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Write a private note; of a supervisor who does not serve the customer it is a whisper to the agent."""
        found, stays = await parts.access.conversation(session.staff, conversation_id)
        serves = any(stay.agent_id == session.staff.id and stay.ended is None for stay in stays)
        is_whisper = is_supervisor(session.staff) and not serves and found.state is State.HUMAN
        text = Body.of(request).text("text", None)
        return json(views.note(await parts.handoffs.note(found.id, session.staff, text, is_whisper)))

    @routes.post("/conversations/<conversation_id:str>/transfer", name="transfer")
    @needs
    async def transfer(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Give a customer on, to a skill or a colleague, with a reason."""
        body, own = Body.of(request), await parts.access.own(session.staff, conversation_id)
        skill = body.choice("skill", Skill) if body.text("skill", 16, "") else None
        to = StaffId(colleague) if (colleague := body.text("to", 32, "")) else None
        reason = body.text("reason", None)
        moved = await parts.handoffs.transfer(own.id, session.staff.id, skill=skill, to=to, reason=reason)
        return json(views.handoff(moved, {}))

    @routes.post("/conversations/<conversation_id:str>/hand-back", name="hand_back")
    @needs
    async def hand_back(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """Give a customer back to the bot."""
        own = await parts.access.own(session.staff, conversation_id)
        return json(views.handoff(await parts.handoffs.hand_back(own.id, session.staff.id), {}))

    @routes.post("/conversations/<conversation_id:str>/resolve", name="resolve")
    @needs
    async def resolve(request: Request, session: Session, conversation_id: str) -> HTTPResponse:
        """End a conversation; what is to be followed up comes onto the agent's list, and the customer hears until when."""
        own, body = await parts.access.own(session.staff, conversation_id), Body.of(request)
        disposition, staff = body.choice("disposition", Disposition), session.staff
        if disposition is not Disposition.FOLLOW_UP:
            return json(views.handoff(await parts.handoffs.resolve(own.id, staff.id, disposition), {}))
        task, due = body.text("task", None), body.moment("due")
        number = await parts.customers.proven(own.conversation_id)

        promised: list[FollowUp] = []

        async def promise(ended: Handoff) -> None:
            promised.append(await parts.follow_ups.open(ended, staff.id, task, due, number))

        ended = await parts.handoffs.resolve(own.id, staff.id, disposition, promise, due)
        for follow_up in promised:
            parts.follow_ups.tell_desks(follow_up)
        return json(views.handoff(ended, {}))


def _supervising(routes: Blueprint, parts: DeskParts, needs: Needs) -> None:
    @routes.post("/handoffs/<handoff_id:str>/take-over", name="take_over")
    @needs
    async def take_over(request: Request, session: Session, handoff_id: str) -> HTTPResponse:
        """Take a customer from the queue or from an agent."""

        async def noted(taken: Handoff) -> None:
            await parts.audit.record(session.staff.id, "conversation.taken_over", taken.conversation_id)

        taken = await parts.handoffs.take_over(HandoffId(handoff_id), session.staff, noted)
        return json(views.handoff(taken, {session.staff.id: session.staff.name}))

    @routes.post("/staff/<staff_id:str>/presence", name="set_presence")
    @needs
    async def set_presence(request: Request, session: Session, staff_id: str) -> HTTPResponse:
        """Set somebody else's presence: who forgot to sign out goes offline, their customers back to the queue."""
        member = await parts.roster.get(StaffId(staff_id))
        wanted = Body.of(request).choice("presence", Presence)
        async with parts.audit.together():
            now = await parts.presence.set(member.id, wanted, set_by=session.staff.id)
            await parts.audit.record(session.staff.id, "presence.set", member.id, {"presence": wanted.value})
        parts.live.publish("presence.changed", member.id, {"presence": wanted.value})
        if wanted is Presence.OFFLINE:  # their desk may still be open somewhere, and beat
            await parts.handoffs.give_back_of(member.id)
        return json(views.presence(now))
