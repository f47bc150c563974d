"""The console's files and catalogue on a free port, with people who sign in to it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sanic import Sanic

from app import files
from console import login
from console.accounts import Accounts
from console.audit import Audit
from console.guard import Guard
from conversations.desk_model import Role
from conversations.staff import Roster
from core.clock import FixedClock
from core.database import Database
from core.offering import Offering
from core.settings import Settings
from knowledge_base.content.store import Content
from knowledge_base.exchange.job_store import JobStore
from knowledge_base.offering_store.shelves import Shelves
from knowledge_base.offering_store.store import OfferingStore
from tests.ports import free_port

PASSWORD = "long-enough-9"


class FilesDesk:
    """The service with nothing but signing in, files and the catalogue."""

    def __init__(self, db: Database, clock: FixedClock, settings: Settings, folder: Path) -> None:
        self.db, self.clock, self.settings = db, clock, settings
        self.roster, self.audit = Roster(db, clock), Audit(db, clock)
        self.accounts = Accounts(db, clock, settings, self.roster, self.audit)
        self.guard, self.content = Guard(self.accounts, settings), Content(db, clock, self.audit.note)
        self.base, self._browsers, self._folder = "", AsyncExitStack(), folder
        self.jobs, self.changes = JobStore(db, clock, self.audit.note), 0
        self.billing: list[Offering] = []
        self.shelves = Shelves(self._ask_billing, OfferingStore(db, clock, self.audit.note))

    @asynccontextmanager
    async def open(self, mount: Callable[[Sanic[Any, Any]], None] | None = None) -> AsyncIterator[FilesDesk]:
        """Serve on a free port."""
        app: Sanic[Any, Any] = Sanic(f"files-{uuid.uuid4().hex}", configure_logging=False)
        app.config.AUTO_EXTEND = app.config.TOUCHUP = False
        app.config.REQUEST_MAX_SIZE = 1_000_000  # as app/service.py
        login.mount(app, self.guard, self.accounts)
        files.mount(app, self.db, self.clock, self.guard, self.shelves, self._changed, self._folder)
        if mount is not None:
            mount(app)
        port = free_port()
        server: Any = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True)
        await server.startup()
        await server.start_serving()
        self.base = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await self._browsers.aclose()
            await server.before_stop()  # imports end here; one left over would fail in a later test
            await server.close()

    async def _ask_billing(self) -> list[Offering]:
        return list(self.billing)

    def _changed(self) -> None:
        self.changes += 1

    async def signs_in(self, name: str, *roles: Role) -> Staff:
        """Hire somebody and sign them in."""
        member = await self.roster.add(name, name, roles)
        await self.accounts.give_password(member.id, PASSWORD)
        http = await self._browsers.enter_async_context(
            httpx.AsyncClient(base_url=self.base, trust_env=False, timeout=60)
        )
        account = await http.post("/api/staff/sign-in", json={"login": name, "password": PASSWORD})
        http.headers["X-CSRF-Token"] = account.json()["csrf"]
        return Staff(http)

    async def noted(self) -> list[str]:
        """Return what the audit log says was done, oldest first, signing in left out."""
        return [
            entry.what
            for entry in reversed(await self.audit.entries())
            if not entry.what.startswith("login.")
        ]


class Staff:
    """Somebody signed in."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **asked: Any) -> Any:
        return (await self.http.get(f"/api/{path}", params=asked)).json()

    async def sends(self, name: str, data: bytes, **asked: Any) -> httpx.Response:
        """Send a file to the import."""
        return await self.http.post("/api/knowledge/import", params={"filename": name, **asked}, content=data)

    async def sends_stream(
        self, parts: AsyncIterator[bytes], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send a file piece by piece; its length is stated only by `headers`."""
        path = "/api/knowledge/import"
        return await self.http.post(path, params={"filename": "a.csv"}, content=parts, headers=headers)

    async def imports(self, name: str, data: bytes, **asked: Any) -> dict[str, Any]:
        """Import a file and return the job when it has come to rest."""
        sent = await self.sends(name, data, **asked)
        assert sent.status_code == 202, sent.text
        return await self.settled(sent.json()["id"])

    async def settled(self, job_id: str) -> dict[str, Any]:
        """Wait for a job."""
        for _ in range(1200):
            job: dict[str, Any] = await self.get(f"knowledge/imports/{job_id}")
            if job["state"] not in ("reading", "applying"):
                return job
            await asyncio.sleep(0.05)
        raise AssertionError(job)
