"""The console's catalogue, files and watch wired into the service: every process hears of a change and asks again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sanic import Sanic

from actions.catalogue import forget
from actions.services import Services
from app import files
from app.people import Desk
from app.shelf import StockedBss
from console import notices_api
from console.accounts import Accounts
from console.audit import Audit
from console.guard import Guard
from conversations.leased_jobs import LeasedJob
from conversations.live import LiveEvent
from conversations.staff import Roster
from core import log
from core.database import Database
from core.errors import UpstreamError
from core.settings import Settings
from knowledge_base.watch.rounds import Rounds

CHANGED = "catalogue.changed"
_EVERY = timedelta(minutes=30)  # nothing is done where nothing has changed and no day has begun
_PATIENCE_S = 60.0  # while it is being done for what was there before
_log = log.get(__name__)


class Stock:
    """The catalogue's side of one service process."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        services: Services,
        desk: Desk,
        bss: StockedBss,
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        """`refresh` is called in every process when the catalogue is another."""
        self._db, self._settings, self._clock = db, settings, services.clock
        self._bss, self._live, self._refresh = bss, desk.live, refresh
        within = timedelta(days=settings.notice_days)
        self.rounds = Rounds(db, self._clock, bss.shelves.offerings, within)
        self.job = LeasedJob(db, self._clock, desk.process, "watch", _EVERY, self.rounds.look)
        self._tasks: set[asyncio.Task[Any]] = set()

    def mount(self, app: Sanic[Any, Any]) -> None:
        """Serve files, the catalogue and the notices."""
        db, clock = self._db, self._clock
        guard = Guard(
            Accounts(db, clock, self._settings, Roster(db, clock), Audit(db, clock)), self._settings
        )
        files.mount(
            app, db, clock, guard, self._bss.shelves, self._changed, self._settings.data_dir / "imports"
        )
        app.blueprint(notices_api.blueprint(notices_api.NoticeParts(guard, self.rounds, self._look)))
        self._live.subscribe(self._heard)
        app.register_listener(self._start, "after_server_start")
        app.register_listener(self._stop, "before_server_stop")

    async def flags(self, article_ids: Collection[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return what the watch says of some articles; nothing while the billing system has told no catalogue yet."""
        try:
            found = await self.rounds.of(article_ids)
        except UpstreamError:
            return {}
        return {
            article_id: [notices_api.notice_view(one) for one in notices]
            for article_id, notices in found.items()
        }

    def look_soon(self) -> None:
        """Watch the articles against a catalogue that is another; where several processes say so, one does it."""
        self._run(self._look())

    def _changed(self) -> None:
        self._live.publish(CHANGED, "", {})
        self.look_soon()

    async def _heard(self, event: LiveEvent) -> None:
        if event.kind == CHANGED:
            forget(self._bss)
            with suppress(UpstreamError):  # asked again in a moment anyway
                await self._refresh()

    async def _look(self) -> None:
        try:
            await self.job.run_now(_PATIENCE_S)
        except UpstreamError as error:
            _log.warning("watch.not_looked", code=error.code)

    async def _start(self, app: Sanic[Any, Any]) -> None:
        self._run(self.job.run())

    async def _stop(self, app: Sanic[Any, Any]) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
