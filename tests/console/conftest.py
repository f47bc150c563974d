"""Signing in over real HTTP: a Sanic application with the guard, the login and a few routes behind it."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sanic import HTTPResponse, Request, Sanic, json

from console import login, static
from console.accounts import Accounts, Session
from console.audit import Audit
from console.guard import Guard
from conversations.desk_model import Role, StaffMember
from conversations.staff import Roster
from core.clock import FixedClock
from core.database import Database
from core.errors import AppError, CustomerError, NotAllowed, StaffError, UpstreamTimeout
from core.settings import Settings

PASSWORD = "long-enough-9"
_NUMBERS = itertools.count()
RAISED: dict[str, Exception] = {
    "taken": StaffError("handoff.taken"),
    "unknown": StaffError("canned.unknown"),
    "invalid": StaffError("staff.invalid", "login", field="login"),
    "not_yours": NotAllowed("conversation.not_yours"),
    "customer": CustomerError("identity.too_many_codes"),
    "upstream": UpstreamTimeout("bss.timeout", "secret detail"),
    "wordless": AppError("never.worded", "secret detail"),
    "bug": RuntimeError("secret detail"),
}


@dataclass(frozen=True, slots=True)
class Books:
    """Who works here, how they sign in, and what was noted of it."""

    roster: Roster
    accounts: Accounts
    audit: Audit

    async def hire(self, login: str, *roles: Role, must_change: bool = False) -> StaffMember:
        """Add somebody whose password is PASSWORD."""
        member = await self.roster.add(login, login, roles or (Role.AGENT,))
        await self.accounts.give_password(member.id, PASSWORD, must_change)
        return member

    async def noted(self) -> list[str]:
        """Return what the audit log says was done, oldest first."""
        return [entry.what for entry in reversed(await self.audit.entries())]


def books_on(db: Database, clock: FixedClock, settings: Settings) -> Books:
    """Open the books of a database."""
    roster, audit = Roster(db, clock), Audit(db, clock)
    return Books(roster, Accounts(db, clock, settings, roster, audit), audit)


@pytest.fixture
def books(database: Database, clock: FixedClock, settings: Settings) -> Books:
    """The books, on each kind of database."""
    return books_on(database, clock, settings)


@dataclass(frozen=True, slots=True)
class Door:
    """A running service."""

    base: str
    books: Books
    clock: FixedClock
    http: httpx.AsyncClient

    async def sign_in(self, login: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
        """Sign in; after a success the client has the cookie and shows the CSRF token."""
        body = {"login": login, "password": password}
        answer = await self.http.post("/api/staff/sign-in", json=body, headers=headers)
        if answer.status_code == 200:
            self.http.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return answer


Open = Callable[..., AbstractAsyncContextManager[Door]]


@pytest.fixture
def open_door(sqlite_url: str, clock: FixedClock, settings: Settings) -> Open:
    """Start the service with some settings changed."""

    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[Door]:
        chosen, db = settings.model_copy(update=changes), Database(sqlite_url)
        books = books_on(db, clock, chosen)
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server: Any = await _app(books, chosen).create_server(sock=listening, return_asyncio_server=True)
        await server.startup()
        await server.start_serving()
        try:
            async with httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as http:
                yield Door(base, books, clock, http)
        finally:
            await server.close()
            await db.close()

    return opened


@pytest.fixture
async def door(open_door: Open) -> AsyncIterator[Door]:
    """The service with the default settings (the sandbox's)."""
    async with open_door() as opened:
        yield opened


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Return a refusal's status and code."""
    return answer.status_code, answer.json()["error"]["code"]


def _app(books: Books, settings: Settings) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(f"door-{next(_NUMBERS)}", configure_logging=False)
    app.config.AUTO_EXTEND = False  # as in tests/bot/conftest.py
    app.config.TOUCHUP = False
    guard = Guard(books.accounts, settings)
    login.mount(app, guard, books.accounts)
    static.mount(app)

    @guard.needs()
    async def anybody(request: Request, session: Session) -> HTTPResponse:
        if name := request.args.get("raise"):
            raise RAISED[name]
        return json({"login": session.staff.login})

    @guard.needs(Role.ADMIN, Role.SUPERVISOR)
    async def above(request: Request, session: Session) -> HTTPResponse:
        return json({"login": session.staff.login})

    app.add_route(anybody, "/api/anybody", methods=["GET", "POST", "DELETE"], name="anybody")
    app.add_route(above, "/api/above", methods=["GET"], name="above")
    app.add_route(guard.page("<p>desk</p>", (Role.AGENT,)), "/agent", methods=["GET"], name="agent")
    return app
