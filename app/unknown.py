"""The unknown questions and the figures, put together: sorted every few minutes by one process, in a child of it."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from sanic import Sanic

from app.unknown_articles import LiveArticles, UnknownArticles, as_begun
from console import figures_api, unknown_api
from console.audit import Audit
from console.guard import Guard
from conversations.figures.days import DayBook
from conversations.figures.report import Figures
from conversations.leased_jobs import LeasedJob
from conversations.staff import Roster
from conversations.unknown.groups import Groups
from conversations.unknown.sorting import Sorting
from core import log
from core.background import give_way
from core.clock import Clock
from core.database import Database
from core.settings import Settings
from knowledge_base.conflicts import Conflicts, conflicts
from knowledge_base.content.store import Content
from knowledge_base.sorting_work import Watch, sort

_EVERY = timedelta(minutes=10)
_PATIENCE_S = 20.0  # of an operator who asks while it is being done
_log = log.get(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_child(work: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Run a function of a module in a process of its own, which ends with it and gives its memory back."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=give_way)
    try:
        return await asyncio.wrap_future(pool.submit(work, *arguments, **named))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class Known(Protocol):
    """The knowledge side, as far as it is needed here."""

    @property
    def content(self) -> Content: ...

    @property
    def retriever(self) -> LiveArticles: ...

    async def live_folder(self) -> Path:
        """Return where the live knowledge base lies."""

    async def live_since(self) -> datetime:
        """Return when the live release was published."""


class Unknown:
    """The unknown questions of one service process."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        process: str,
        knowledge: Known,
    ) -> None:
        self._db, self._clock, self._knowledge = db, clock, knowledge
        self._sorting, self._days = Sorting(db, clock), DayBook(db, clock)
        self._groups = Groups(db, clock, Audit(db, clock).note)
        self._articles = UnknownArticles(knowledge.content, knowledge.retriever)
        self._kept_for = timedelta(days=settings.question_words_days)
        self._job = LeasedJob(db, clock, process, "questions", _EVERY, self._work)

    def mount(self, app: Sanic[Any, Any], guard: Guard, roster: Roster) -> None:
        """Serve what the operator's pages ask."""
        parts = unknown_api.UnknownParts(
            guard=guard,
            roster=roster,
            groups=self._groups,
            articles=self._articles,
            search=self._knowledge.retriever,
            check=self._check,
            refresh=lambda: self._job.run_now(_PATIENCE_S),
        )
        app.blueprint(unknown_api.blueprint(parts))
        figures = Figures(self._db, self._clock)
        app.blueprint(
            figures_api.blueprint(figures_api.FigureParts(guard, figures, roster, self._articles.title_of))
        )

    async def run(self) -> None:
        """Sort whenever it is due, until cancelled."""
        await self._job.run()

    async def _check(
        self, article_id: str, title: str, phrases: Sequence[str], group: Sequence[str]
    ) -> Conflicts:
        real = await self._sorting.served_lately()
        article = await self._articles.as_drafted(article_id) if article_id else as_begun(title)
        folder = await self._knowledge.live_folder()
        return await in_child(conflicts, folder, article, phrases, group, real, self._clock.now())

    async def _work(self) -> None:
        await self._sorting.forget(int((self._clock.now() - self._kept_for).timestamp()))
        collected = await self._sorting.collect()
        waiting, watched = await self._sorting.waiting(), await self._sorting.watched()
        if waiting.texts or watched:
            watches = [Watch(w.target, w.phrases, w.examples, w.texts) for w in watched]
            folder = await self._knowledge.live_folder()
            found = await in_child(sort, folder, waiting.examples, waiting.texts, waiting.customers, watches)
            new = await self._sorting.keep(
                waiting, found.grouping.labels, found.grouping.middles, found.nearest
            )
            for group, alike, is_live in zip(watched, found.alike, found.is_live, strict=True):
                like = [wording for wording, is_like in zip(group.wordings, alike, strict=True) if is_like]
                await self._sorting.answered(group, like)
                if is_live and not group.is_live:
                    await self._groups.gone_live(group.group_id, await self._knowledge.live_since())
                elif group.is_live and not is_live:  # rolled back, or taken out again
                    await self._groups.gone_back(group.group_id)
            _log.info("unknown.sorted", collected=collected, waiting=len(waiting.texts), new_groups=new)
        await self._sorting.grown()
        await self._days.keep()
