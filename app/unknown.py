"""The unknown questions, put together: collected and grouped every few minutes, by one process, in a child of it."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from conversations.figures.days import DayBook
from conversations.leased_jobs import LeasedJob
from conversations.unknown.groups import Groups
from conversations.unknown.sorting import Sorting
from core import log
from core.clock import Clock
from core.database import Database
from core.settings import Settings
from knowledge_base.sorting_work import Watch, sort

_EVERY = timedelta(minutes=10)
_log = log.get(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_child(work: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Run a function of a module in a process of its own, which ends with it and gives its memory back."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    try:
        return await asyncio.wrap_future(pool.submit(work, *arguments, **named))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class Unknown:
    """Sorts the questions that were not served well."""

    def __init__(
        self, db: Database, clock: Clock, settings: Settings, owner: str, live_folder: Callable[[], Path]
    ) -> None:
        self._clock, self._live_folder = clock, live_folder
        self._sorting, self._groups, self._days = Sorting(db, clock), Groups(db, clock), DayBook(db, clock)
        self._kept_for = timedelta(days=settings.question_words_days)
        self.job = LeasedJob(db, clock, owner, "questions", _EVERY, self._work)

    async def refresh(self) -> bool:
        """Do it now, unless somebody does; say whether it was done here."""
        return await self.job.run_once(even_if_not_due=True)

    async def _work(self) -> None:
        await self._sorting.forget(int((self._clock.now() - self._kept_for).timestamp()))
        collected = await self._sorting.collect()
        waiting, watched = await self._sorting.waiting(), await self._sorting.watched()
        if waiting.texts or watched:
            watches = [Watch(w.target, w.phrases, w.examples, w.texts) for w in watched]
            found = await in_child(sort, self._live_folder(), waiting.examples, waiting.texts, watches)
            new = await self._sorting.keep(
                waiting, found.grouping.labels, found.grouping.middles, found.nearest
            )
            for group, alike, is_live in zip(watched, found.alike, found.is_live, strict=True):
                like = [wording for wording, is_like in zip(group.wordings, alike, strict=True) if is_like]
                await self._sorting.answered(group, like)
                if is_live and not group.is_live:
                    await self._groups.gone_live(group.group_id)
            _log.info("unknown.sorted", collected=collected, waiting=len(waiting.texts), new_groups=new)
        await self._sorting.grown()
        await self._days.keep()
