"""The administrator's side of the service on a free port, and people who sign in to it."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx

from console import admin_api
from console.accounts import Accounts
from console.admin_staff import StaffOffice
from console.audit import Audit
from console.guard import Guard
from conversations.canned import CannedReplies
from conversations.desk_model import Role, Skill, StaffMember
from conversations.live import LiveEvent, LocalEvents
from conversations.operating import Operating
from conversations.staff import Roster
from core.clock import FixedClock
from core.database import Database
from core.settings import Settings
from tests.conversations.floor import Floor

PASSWORD = "long-enough-9"


@dataclass
class Browser:
    """Somebody signed in."""

    http: httpx.AsyncClient
    id: str

    async def get(self, path: str, **asked: Any) -> Any:
        return (await self.http.get(f"/api/admin{path}", params=asked)).json()

    async def does(self, method: str, path: str, body: Any = None) -> httpx.Response:
        content = None if body is None else json.dumps(body)  # in ASCII, so that it carries whatever there is
        return await self.http.request(method, f"/api/admin{path}", content=content)

    async def refused(self, method: str, path: str, body: Any = None) -> str:
        return str((await self.does(method, path, body)).json()["error"]["code"])

    async def is_signed_in(self) -> bool:
        return (await self.http.get("/api/staff/me")).status_code == 200


class Office:
    """The service with nothing but signing in and administration."""

    def __init__(self, db: Database, clock: FixedClock, settings: Settings, browsers: AsyncExitStack) -> None:
        self.floor, self.roster, audit = Floor(db, clock, settings), Roster(db, clock), Audit(db, clock)
        self.accounts = Accounts(db, clock, settings, self.roster, audit)
        self.guard, self.live, self.heard = Guard(self.accounts, settings), LocalEvents(), list[LiveEvent]()
        self.parts = admin_api.AdminParts(
            guard=self.guard,
            office=StaffOffice(
                self.roster, self.accounts, audit, self.floor.handoffs, self.floor.presence, self.live
            ),
            roster=self.roster,
            audit=audit,
            canned=CannedReplies(db, clock),
            operating=Operating(db, clock),
        )
        self._browsers, self.base = browsers, ""

    async def hears(self, event: LiveEvent) -> None:
        self.heard.append(event)

    async def hires(self, login: str, *roles: Role, name: str = "") -> StaffMember:
        member = await self.roster.add(login, name or login, roles, [Skill.BILLING])
        await self.accounts.give_password(member.id, PASSWORD)
        return member

    async def browser(self, login: str, password: str = PASSWORD) -> Browser:
        http = await self._browsers.enter_async_context(
            httpx.AsyncClient(base_url=self.base, trust_env=False, timeout=30)
        )
        account = await http.post("/api/staff/sign-in", json={"login": login, "password": password})
        http.headers["X-CSRF-Token"] = account.json()["csrf"]
        return Browser(http, account.json()["id"])
