"""The staff's side of the service, put together: signing in, the desk and its administration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import yaml
from sanic import Sanic

import console
from actions.services import Services
from app.knowledge import Knowledge
from app.people import Desk
from app.unknown import Unknown
from console import admin_api, desk_api, desk_socket, follow_ups_api, login, pages, reply_budget, static
from console.accounts import Accounts, ensure_sandbox_staff
from console.admin_staff import StaffOffice
from console.audit import Audit
from console.customer import CustomerCards
from console.desk_access import DeskAccess
from console.desk_board import Boards
from console.desk_hub import DeskHub
from console.guard import Guard
from console.reply_budget import BudgetOf
from console.suggestions import Suggestions
from conversations.canned import CannedReplies
from conversations.directory import Directory
from conversations.ratings import Ratings
from conversations.staff import Roster
from core.database import Database
from core.ids import OfferingId


def mount(
    app: Sanic[Any, Any],
    db: Database,
    desk: Desk,
    services: Services,
    knowledge: Knowledge,
    unknown: Unknown,
    name_of: Callable[[OfferingId], str],
    budget_of: BudgetOf,
) -> Callable[[], Awaitable[None]]:
    """Serve the console; return what fills a fresh database, to be called after the migrations."""
    clock, settings, transcript = services.clock, services.settings, services.transcript
    roster, audit = Roster(db, clock), Audit(db, clock)
    accounts = Accounts(db, clock, settings, roster, audit)
    guard, canned = Guard(accounts, settings), CannedReplies(db, clock)
    ratings = Ratings(db, clock)
    access = DeskAccess(Directory(db, clock, settings), desk.handoffs, desk.follow_ups)
    boards = Boards(desk.handoffs, roster, desk.presence, clock)
    hub = DeskHub(boards, access, transcript, desk.presence)
    desk.live.subscribe(hub.on_event)
    parts = desk_api.DeskParts(
        guard=guard,
        audit=audit,
        access=access,
        boards=boards,
        roster=roster,
        handoffs=desk.handoffs,
        presence=desk.presence,
        transcript=transcript,
        canned=canned,
        ratings=ratings,
        customers=CustomerCards(services.bss, services.identity, ratings, clock, name_of),
        follow_ups=desk.follow_ups,
        suggestions=Suggestions(transcript, knowledge.retriever, clock),
        live=desk.live,
        clock=clock,
    )
    app.blueprint(desk_api.blueprint(parts))
    app.blueprint(follow_ups_api.blueprint(guard, desk.follow_ups, roster, clock, desk.operating.due))
    app.blueprint(reply_budget.blueprint(guard, access, budget_of))
    office = StaffOffice(roster, accounts, audit, desk.handoffs, desk.presence, desk.live)
    app.blueprint(
        admin_api.blueprint(admin_api.AdminParts(guard, office, roster, audit, canned, desk.operating))
    )
    knowledge.mount(app, guard, roster)
    unknown.mount(app, guard, roster)
    desk_socket.mount(app, guard, hub)
    login.mount(app, guard, accounts)
    static.mount(app)
    pages.mount(app, guard)

    async def fill() -> None:
        if settings.sandbox:
            await ensure_sandbox_staff(roster, accounts)
        await canned.seed(_first_replies())

    return fill


def _first_replies() -> dict[str, tuple[str, str]]:
    path = console.FOLDER / "canned_defaults.yml"
    return {
        key: (title, text) for key, (title, text) in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }
