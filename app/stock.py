"""The console's catalogue and files wired into the service: every process hears of a change and asks again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from sanic import Sanic

from actions.catalogue import forget
from actions.services import Services
from app import files
from app.shelf import StockedBss
from console.accounts import Accounts
from console.audit import Audit
from console.guard import Guard
from conversations.live import LiveEvent, LiveEvents
from conversations.staff import Roster
from core.database import Database
from core.errors import UpstreamError
from core.settings import Settings

CHANGED = "catalogue.changed"


def mount(
    app: Sanic[Any, Any],
    db: Database,
    settings: Settings,
    services: Services,
    live: LiveEvents,
    bss: StockedBss,
    refresh: Callable[[], Awaitable[None]],
) -> None:
    """Serve files and the catalogue; `refresh` is called in every process when the catalogue is another."""
    clock = services.clock
    accounts = Accounts(db, clock, settings, Roster(db, clock), Audit(db, clock))

    async def heard(event: LiveEvent) -> None:
        if event.kind == CHANGED:
            forget(bss)
            with suppress(UpstreamError):  # asked again in a moment anyway
                await refresh()

    def changed() -> None:
        live.publish(CHANGED, "", {})

    live.subscribe(heard)
    files.mount(
        app, db, clock, Guard(accounts, settings), bss.shelves, changed, settings.data_dir / "imports"
    )
