"""What the bot knows, put together: content in the database, releases, and what this process answers from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sanic import Sanic

from app.newsroom import Newsroom
from app.paths import ARTICLES, DataPaths
from app.people import Desk
from app.steps import fingerprint
from bss.sandbox.catalogue import load_offerings
from console import knowledge_api
from console.audit import Audit
from console.guard import Guard
from console.knowledge_parts import Flags, KnowledgeParts, no_flags
from conversations.canary import CanaryFigures
from conversations.staff import Roster
from core import log
from core.clock import Clock
from core.database import Database
from core.offering import Offering
from core.release_rules import GateLimits
from core.settings import Settings
from knowledge_base.article_files import read_articles
from knowledge_base.content.form import draft_of
from knowledge_base.content.gate_rows import Reports
from knowledge_base.content.hits import Hits
from knowledge_base.content.lists import Lists
from knowledge_base.content.model import ArticleDraft
from knowledge_base.content.questions import Questions
from knowledge_base.content.releases import Releases
from knowledge_base.content.renewing import Renewing
from knowledge_base.content.seed import Seed
from knowledge_base.content.serving import LiveRetriever, Shown
from knowledge_base.content.store import Content
from knowledge_base.load import open_retriever

_log = log.get(__name__)
_SHIPPED = "shipped"  # holds the fingerprint of the shipped articles that the database has seen


class Knowledge:
    """The knowledge side of one service process."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        desk: Desk,
        offerings: Callable[[], Sequence[Offering]],
    ) -> None:
        self._db, self._clock, self._operating, self._offerings = db, clock, desk.operating, offerings
        self.audit = Audit(db, clock)
        self.content = Content(db, clock, self.audit.note)
        self.releases = Releases(db, clock, self.audit.note)
        self.questions = Questions(db, clock, self.audit.note)
        self.hits = Hits(db, clock)
        self.flags: Flags = no_flags  # who watches the articles puts it here before they are served
        shipped = open_retriever(DataPaths(settings.data_dir).knowledge, settings.encoder)
        renewing = Renewing(db, clock, offerings)
        self.retriever = LiveRetriever(Shown(shipped), self.hits.note, renewing.renewed)
        self.newsroom = Newsroom(
            settings, clock, self.releases, self.retriever, self.hits, desk.live, desk.process, self._limits, renewing, offerings
        )  # fmt: skip

    def mount(self, app: Sanic[Any, Any], guard: Guard, roster: Roster) -> None:
        """Serve the knowledge console's HTTP."""
        parts = KnowledgeParts(
            guard=guard,
            audit=self.audit,
            roster=roster,
            content=self.content,
            lists=Lists(self._db, self._clock),
            releases=self.releases,
            reports=Reports(self._db),
            canaries=CanaryFigures(self._db),
            questions=self.questions,
            hits=self.hits,
            retriever=self.retriever,
            news=self.newsroom,
            operating=self._operating,
            offerings=self._offerings,
            clock=self._clock,
            flags=self.flags,
        )
        app.blueprint(knowledge_api.blueprint(parts))

    async def start(self) -> None:
        """Fill a fresh database with what is shipped, then answer from the live release."""
        await self._plant()
        await self.newsroom.start()

    async def stop(self) -> None:
        """End what runs."""
        await self.newsroom.stop()

    async def is_live(self) -> bool:
        """Say whether customers are answered from what was published, not from what was shipped."""
        return self.newsroom.serves is not None

    async def live_since(self) -> datetime:
        """Return when the live release was published; the present where nothing was yet."""
        live, _ = await self.releases.standing()
        return (live.published if live is not None else None) or self._clock.now()

    async def live_folder(self) -> Path:
        """Return where the live knowledge base lies on this machine."""
        live, _ = await self.releases.standing()
        folders = self.newsroom.folders
        return folders.of(live.id) if live is not None and folders.has(live.id) else folders.shipped

    async def _limits(self) -> GateLimits:
        return (await self._operating.rules()).releases.limits

    async def _plant(self) -> None:
        folders, seed = self.newsroom.folders, Seed(self._db, self._clock)
        known, now = folders.root / _SHIPPED, await asyncio.to_thread(fingerprint, [ARTICLES])
        live, _ = await self.releases.standing()
        if live is not None and known.exists() and known.read_text() == now:
            return
        drafts = await asyncio.to_thread(_shipped_drafts)
        if await seed.plant(drafts, load_offerings(), self.newsroom.model()):
            live, _ = await self.releases.standing()
            if live is not None:
                await asyncio.to_thread(folders.take_shipped, live.id)
        elif count := await seed.refresh(drafts):
            _log.info("knowledge.shipped_anew", drafts=count)
        folders.root.mkdir(parents=True, exist_ok=True)
        known.write_text(now)


def _shipped_drafts() -> list[ArticleDraft]:
    return [draft_of(article) for article in read_articles(ARTICLES)]
