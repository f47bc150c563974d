"""Files in and out of the console, and the catalogue it edits, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sanic import Sanic

from app.exports import Exports
from console import catalogue_api, import_api
from console.audit import Audit
from console.guard import Guard
from conversations.staff import Roster
from core.clock import Clock
from core.database import Database
from knowledge_base.content.store import Content
from knowledge_base.exchange.article_import import ArticleImporter
from knowledge_base.exchange.job_store import JobKind, JobStore
from knowledge_base.exchange.jobs import Importer, Imports
from knowledge_base.exchange.offering_import import OfferingImporter
from knowledge_base.offering_store.shelves import Shelves


def mount(
    app: Sanic[Any, Any],
    db: Database,
    clock: Clock,
    guard: Guard,
    shelves: Shelves,
    changed: Callable[[], None],
    folder: Path,
) -> None:
    """Serve imports, exports and the catalogue; `changed` is told when the catalogue is another."""
    audit, roster = Audit(db, clock), Roster(db, clock)
    content = Content(db, clock, audit.note)
    importers: dict[JobKind, Importer] = {
        JobKind.ARTICLES: ArticleImporter(db, content),
        JobKind.OFFERINGS: OfferingImporter(shelves, changed),
    }
    imports = Imports(JobStore(db, clock, audit.note), importers, folder)
    app.blueprint(
        import_api.blueprint(import_api.ImportParts(guard, audit, roster, imports, Exports(db.url)))
    )
    app.blueprint(
        catalogue_api.blueprint(catalogue_api.CatalogueParts(guard, audit, roster, shelves, clock, changed))
    )

    resuming: list[asyncio.Task[None]] = []

    async def start(app: Sanic[Any, Any]) -> None:
        resuming.append(asyncio.create_task(imports.resume_forever()))

    async def stop(app: Sanic[Any, Any]) -> None:
        for task in resuming:
            task.cancel()
        await asyncio.gather(*resuming, return_exceptions=True)
        await imports.stop()

    app.register_listener(start, "after_server_start")
    app.register_listener(stop, "before_server_stop")
