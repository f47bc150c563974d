"""Service processes around one database: each with its own folder of releases, answering from its own retriever."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.newsroom import Newsroom
from console.audit import Audit
from conversations.live import live_events
from conversations.model import new_id
from core.clock import SystemClock
from core.database import Database
from core.ids import ConversationId
from core.offering import Offering
from core.release_rules import GateLimits
from core.settings import Settings
from knowledge_base.article_files import read_articles
from knowledge_base.content.form import draft_of
from knowledge_base.content.hits import Hits
from knowledge_base.content.model import Release, ReleaseState
from knowledge_base.content.releases import Releases
from knowledge_base.content.renewing import Renewing
from knowledge_base.content.seed import Seed
from knowledge_base.content.serving import LiveRetriever, Shown
from knowledge_base.content.store import Content
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Answer
from tests.knowledge_base.small_corpus import RING, write_small

T = TypeVar("T")
UNTESTED = (ReleaseState.DRAFTED, ReleaseState.TESTING)


@dataclass(frozen=True)
class Process:
    """One service process, as far as knowledge goes."""

    content: Content
    releases: Releases
    newsroom: Newsroom
    retriever: LiveRetriever
    hits: Hits
    audit: Audit

    def answer(self, question: str, conversation: str = "c") -> str:
        """Return what a customer gets; empty where nothing answers."""
        found = self.retriever.ask(
            question, at=SystemClock().now(), conversation=ConversationId(conversation)
        )
        return found.text if isinstance(found, Answer) else ""

    async def tested(self, release: Release) -> Release:
        """Wait until the gate has spoken."""
        return await until(lambda: self._tested(release), 200.0)  # it gives way to everything else

    async def _tested(self, release: Release) -> Release | None:
        found = await self.releases.release(release.id)
        return None if found.state in UNTESTED else found

    async def made(self, by: str = "wang") -> Release:
        """Make a release of every draft, and wait for the gate."""
        release = await self.releases.make(by)
        await self.newsroom.changed()
        return await self.tested(release)

    async def published(self) -> Release:
        """Make a release of every draft and put it live."""
        made = await self.made()
        live = await self.releases.publish(made.id, "zhao")
        await self.newsroom.changed()
        return live


class House:
    """Starts processes on one database."""

    def __init__(self, database_url: str, built: Path, folder: Path, ended: AsyncExitStack) -> None:
        self._url, self._built, self._folder, self._ended = database_url, built, folder, ended
        self.catalogue: Sequence[Offering] = (RING,)  # as the billing system tells it now

    async def process(self, name: str = "one") -> Process:
        """Start a process; one of the same name finds the folder of the one before."""
        data = self._folder / name
        data.mkdir(exist_ok=True)
        if not (data / "knowledge").exists():
            shutil.copytree(self._built, data / "knowledge")
        settings = Settings(_env_file=None, data_dir=data, database_url=self._url)  # type: ignore[call-arg]
        db, clock = Database(self._url), SystemClock()
        audit, hits, live = Audit(db, clock), Hits(db, clock), live_events(db)
        releases = Releases(db, clock, audit.note)
        renewing = Renewing(db, clock, lambda: self.catalogue)
        retriever = LiveRetriever(Shown(open_retriever(data / "knowledge")), hits.note, renewing.renewed)
        newsroom = Newsroom(
            settings, clock, releases, retriever, hits, live, new_id(), _limits, renewing, lambda: self.catalogue
        )  # fmt: skip
        await self._plant(db, newsroom, releases)
        await live.start()
        await newsroom.start()
        self._ended.push_async_callback(db.close)
        self._ended.push_async_callback(live.stop)
        self._ended.push_async_callback(newsroom.stop)
        return Process(Content(db, clock, audit.note), releases, newsroom, retriever, hits, audit)

    async def _plant(self, db: Database, newsroom: Newsroom, releases: Releases) -> None:
        drafts = [draft_of(article) for article in read_articles(write_small(self._folder / "articles"))]
        if await Seed(db, SystemClock()).plant(drafts, [RING], newsroom.model()):
            live, _ = await releases.standing()
            assert live is not None
            newsroom.folders.take_shipped(live.id)


async def until(look: Callable[[], Awaitable[T | None]], within_s: float) -> T:
    """Look again and again until something is there."""
    deadline = time.monotonic() + within_s
    while (found := await look()) is None:
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.02)
    return found


async def _limits() -> GateLimits:
    return GateLimits()
