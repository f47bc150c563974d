"""Files in and out of the console, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sanic import Sanic

from console import import_api
from console.audit import Audit
from console.guard import Guard
from core.clock import Clock
from core.database import Database
from knowledge_base.content.form import written
from knowledge_base.content.store import Content
from knowledge_base.exchange.article_import import ArticleImporter
from knowledge_base.exchange.job_store import JobKind, JobStore
from knowledge_base.exchange.jobs import Imports


class WrittenArticles:
    """What exports are made of."""

    def __init__(self, content: Content) -> None:
        self._content = content

    async def written(self, live: bool) -> Sequence[Mapping[str, Any]]:
        """Return every draft, or everything live."""
        return [written(draft) for draft in await self._content.all_drafts(live)]


def mount(
    app: Sanic[Any, Any],
    db: Database,
    clock: Clock,
    guard: Guard,
    audit: Audit,
    content: Content,
    folder: Path,
) -> Imports:
    """Serve imports and exports; whoever starts the service stops what is returned."""
    imports = Imports(JobStore(db, clock), {JobKind.ARTICLES: ArticleImporter(db, content)}, folder)
    app.blueprint(
        import_api.blueprint(import_api.ImportParts(guard, audit, imports, WrittenArticles(content)))
    )
    return imports
