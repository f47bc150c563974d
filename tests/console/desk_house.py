"""The agent desk of the service on a free port, agents who sign in to it, and customers who queue."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sanic import Sanic

from bss.port import Bss
from console import desk_api, desk_socket, follow_ups_api, login
from console.accounts import Accounts
from console.audit import Audit
from console.customer import CustomerCards
from console.desk_access import DeskAccess
from console.desk_board import Boards
from console.desk_hub import DeskHub
from console.guard import COOKIE, Guard
from console.suggestions import Suggestions
from conversations.canned import CannedReplies
from conversations.desk_model import Handoff, Role, Skill, StaffMember
from conversations.identity import Identity
from conversations.live import LocalEvents
from conversations.operating import Operating
from conversations.ratings import Ratings
from conversations.staff import Roster
from core.clock import FixedClock
from core.database import Database
from core.ids import Msisdn
from core.settings import Settings
from knowledge_base.retrieval import Hit
from tests.conversations.floor import Floor

PASSWORD = "long-enough-9"


class NothingFound:
    """A knowledge base without articles."""

    def suggest(self, question: str, limit: int = 3) -> list[Hit]:
        return []


@dataclass
class Seat:
    """Somebody signed in at the desk."""

    http: httpx.AsyncClient
    staff: StaffMember

    async def get(self, path: str) -> Any:
        return (await self.http.get(f"/api/desk{path}")).json()

    async def does(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.http.request(method, f"/api/desk{path}", json=body)

    async def refused(self, method: str, path: str, body: Any = None) -> str:
        answer = await self.does(method, path, body)
        return str(answer.json()["error"]["code"]) if answer.status_code >= 400 else "not refused"

    @property
    def cookie(self) -> str:
        """The session's cookie, as a header."""
        return f"{COOKIE}={self.http.cookies[COOKIE]}"


class DeskHouse:
    """The service with nothing but signing in and the desk."""

    def __init__(self, db: Database, clock: FixedClock, settings: Settings, bss: Bss) -> None:
        self.floor, self.audit, self.live = Floor(db, clock, settings), Audit(db, clock), LocalEvents()
        self.roster, self.identity = Roster(db, clock), Identity(db, clock, settings)
        self.accounts = Accounts(db, clock, settings, self.roster, self.audit)
        self.guard, self.canned = Guard(self.accounts, settings), CannedReplies(db, clock)
        self.follow_ups, ratings = self.floor.follow_ups, Ratings(db, clock)
        self.operating = Operating(db, clock)
        access = DeskAccess(self.floor.directory, self.floor.handoffs, self.follow_ups)
        boards = Boards(self.floor.handoffs, self.roster, self.floor.presence, clock)
        self.hub = DeskHub(boards, access, self.floor.transcript, self.floor.presence)
        self.live.subscribe(self.hub.on_event)
        self.parts = desk_api.DeskParts(
            guard=self.guard,
            audit=self.audit,
            access=access,
            boards=boards,
            roster=self.roster,
            handoffs=self.floor.handoffs,
            presence=self.floor.presence,
            transcript=self.floor.transcript,
            canned=self.canned,
            ratings=ratings,
            customers=CustomerCards(bss, self.identity, ratings, clock, str),
            follow_ups=self.follow_ups,
            suggestions=Suggestions(self.floor.transcript, NothingFound(), clock),
            live=self.live,
            clock=clock,
        )
        self._browsers, self.base = AsyncExitStack(), ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DeskHouse]:
        """Serve on a free port."""
        app: Sanic[Any, Any] = Sanic(f"desk-{uuid.uuid4().hex}", configure_logging=False)
        app.config.AUTO_EXTEND = app.config.TOUCHUP = False
        login.mount(app, self.guard, self.accounts)
        app.blueprint(desk_api.blueprint(self.parts))
        app.blueprint(
            follow_ups_api.blueprint(
                self.guard, self.follow_ups, self.roster, self.floor.clock, self.operating.due
            )
        )
        desk_socket.mount(app, self.guard, self.hub)
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        server: Any = await app.create_server(sock=listening, return_asyncio_server=True)
        await server.startup()
        await server.start_serving()
        await self.live.start()
        self.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield self
        finally:
            await self._browsers.aclose()
            await server.close()
            await self.live.stop()

    async def sits(self, login: str, *skills: Skill, roles: tuple[Role, ...] = (Role.AGENT,)) -> Seat:
        """Hire somebody and sign them in."""
        member = await self.roster.add(login, login, roles, skills)
        await self.accounts.give_password(member.id, PASSWORD)
        http = await self._browsers.enter_async_context(
            httpx.AsyncClient(base_url=self.base, trust_env=False, timeout=60)
        )
        account = await http.post("/api/staff/sign-in", json={"login": login, "password": PASSWORD})
        http.headers["X-CSRF-Token"] = account.json()["csrf"]
        return Seat(http, member)

    async def proves(self, handoff: Handoff, number: Msisdn) -> None:
        """Let the customer of a handoff prove a number."""
        code = await self.identity.issue_code(handoff.conversation_id, number)
        assert (await self.identity.check_code(handoff.conversation_id, code)).is_ok

    async def noted(self, what: str) -> list[tuple[str, str]]:
        """Return who did something, and to what, as the audit log has it, newest first."""
        return [(entry.who, entry.subject) for entry in await self.audit.entries(what)]
