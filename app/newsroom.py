"""Every process answers from the live release: it swaps when another one goes live, and builds what waits to be tested."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from app.draft_index import DraftIndex
from app.open_releases import OpenReleases
from app.paths import ROOT
from conversations.live import LiveEvent, LiveEvents
from core import log
from core.clock import Clock
from core.errors import AppError
from core.offering import Offering
from core.release_rules import GateLimits
from core.settings import Settings
from knowledge_base.content.builder import Builder
from knowledge_base.content.hits import Hits
from knowledge_base.content.model import SYSTEM, Release, ReleaseId, ReleaseState
from knowledge_base.content.release_reading import Standing
from knowledge_base.content.releases import Releases
from knowledge_base.content.renewing import Renewing
from knowledge_base.content.serving import LiveRetriever, Shown
from knowledge_base.retrieval import Retriever

_log = log.get(__name__)
CHANGED = "knowledge.changed"  # the live event: look at what stands
_POLL_S = 1.0  # where an event was missed
_BEAT_S = 5.0  # of a lease while the gate works
_FLUSH_S = 5.0
_KEPT = 6  # published releases whose folders stay, for a quick way back

Limits = Callable[[], Awaitable[GateLimits]]


class Newsroom:
    """The loops of one service process around the releases."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        releases: Releases,
        retriever: LiveRetriever,
        hits: Hits,
        live: LiveEvents,
        process: str,
        limits: Limits,
        renewing: Renewing | None = None,
        offerings: Callable[[], Sequence[Offering]] = tuple,
    ) -> None:
        self._settings, self._clock, self._releases = settings, clock, releases
        self._retriever, self._hits, self._live = retriever, hits, live
        self._process, self._limits, self._renewing = process, limits, renewing
        self._builder = Builder("app.knowledge_worker")
        self._environment = {**os.environ, **_environment(settings)}
        self._open = OpenReleases(
            settings, releases, self._builder, self._environment, lambda: retriever.shown.live
        )
        self.folders = self._open.folders
        self._syncing = asyncio.Lock()
        self._seen, self._work = asyncio.Event(), asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._is_stopping = False
        self._drafts = DraftIndex(
            releases, self._builder, self._environment, self._open.open_folder, offerings
        )
        self.serves: ReleaseId | None = None  # the live release this process answers from

    # --- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Answer from the live release, then keep looking until `stop`.

        What cannot be opened now is tried again every second; until then customers get what was shipped, not nothing.
        """
        await self._or_log(self._show)
        self._live.subscribe(self._on_event)
        self._loops = [
            asyncio.create_task(self._forever(self._look, self._seen, _POLL_S)),
            asyncio.create_task(self._forever(self._test_next, self._work, _POLL_S)),
            asyncio.create_task(self._forever(self._flush, asyncio.Event(), _FLUSH_S)),
        ]

    async def stop(self) -> None:
        """End the loops; a build under way is given up, and taken up again by whoever starts next."""
        self._is_stopping = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._open.stop()
        await self._drafts.stop()
        with suppress(Exception):
            await self._hits.flush()

    async def changed(self) -> None:
        """Tell every process that something stands differently; this one has swapped when the call returns."""
        self._live.publish(CHANGED, self._process, {})
        self._work.set()
        await self._or_log(self._swap)

    async def _swap(self) -> None:
        standing = await self._show()
        if standing.candidate is not None and standing.candidate.canary is not None:
            await self.sync()

    async def _or_log(self, do: Callable[[], Awaitable[object]]) -> None:
        try:
            await do()
        except Exception:  # what the caller did stands in the database; the loop tries again
            _log.exception("release.not_shown")

    async def _on_event(self, event: LiveEvent) -> None:
        if event.kind == CHANGED:
            self._work.set()
            self._seen.set()

    async def _forever(self, do: Callable[[], Awaitable[None]], wake: asyncio.Event, every_s: float) -> None:
        while not self._is_stopping:  # `wait_for` may swallow a cancellation that comes with the wake
            wake.clear()
            try:
                await do()
            except Exception:
                _log.exception("knowledge.loop_failed", loop=getattr(do, "__name__", ""))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(wake.wait(), every_s)

    async def _flush(self) -> None:
        await self._hits.flush()

    # --- what is shown ---------------------------------------------------------------------------------------

    async def _look(self) -> None:
        standing = await self._releases.standing()
        await self._end_canary(standing)
        await self._show()

    async def _end_canary(self, standing: Standing) -> None:
        """End a canary whose time has come; of all processes one does, and the others see it done."""
        candidate = standing.candidate
        canary = candidate.canary if candidate is not None else None
        if candidate is None or canary is None or self._clock.now() < canary.until:
            return
        with suppress(AppError):
            await self._releases.end_canary(candidate.id, canary.then_full, SYSTEM)
            _log.info("release.canary_over", release=candidate.number, full=canary.then_full)
            self._live.publish(CHANGED, self._process, {})

    async def sync(self) -> None:
        """Show what stands in the database, and wait until a candidate that is ready is open: its going live is a swap."""
        standing = await self._show()
        if standing.candidate is not None:
            await self._open.settled(standing.candidate.id)
            await self._show()

    async def _show(self) -> Standing:
        """Show what stands; a candidate is opened beside, so that nothing about it holds up the live release."""
        async with self._syncing:
            standing = await self._releases.standing()
            if standing.live is None:
                return standing
            live = await self._open.opened(standing.live)
            candidate = standing.candidate
            canary = candidate.canary if candidate is not None else None
            trial = self._open.get(candidate.id) if candidate is not None and canary is not None else None
            if self._renewing is not None:
                await self._renewing.look(standing.live)
            self._retriever.show(Shown(live, trial, canary.percent if canary is not None else 0))
            if candidate is not None and candidate.state is ReleaseState.READY:
                self._open.open_beside(candidate, self._seen.set)
            if self.serves != standing.live.id:
                is_model_waiting = standing.live.model != self.model()
                _log.info("release.serving", release=standing.live.number, newer_model=is_model_waiting)
                self.serves = standing.live.id
                self._work.set()
                await self._clean(standing)
            kept = {standing.live.id, *([candidate.id] if candidate is not None else [])}
            self._open.keep(kept)
            return standing

    def model(self) -> str:
        """Name the encoder, gate and judgement that the next release is made with."""
        return self.folders.shipped_model()

    def candidate(self, release_id: ReleaseId) -> Retriever | None:
        """Return a candidate that this process has open."""
        return self._open.get(release_id)

    async def drafts(self) -> Retriever | None:
        """Return an index of the drafts as they stand; None while it is being made. Raises StaffError."""
        return await self._drafts.get(self.serves)

    def left_out(self) -> Sequence[str]:
        """Return the titles of the drafts that could not be filled in, and are not in the index of drafts."""
        return self._drafts.left_out

    async def _clean(self, standing: Standing) -> None:
        recent = await self._releases.recent(limit=50)
        published = [release.id for release in recent if release.published is not None][:_KEPT]
        others = [release.id for release in (*standing,) if release is not None]
        if standing.live is not None and standing.live.base is not None:  # where one click leads back to
            others.append(standing.live.base)
        gone = await asyncio.to_thread(self.folders.clean, {*published, *others})
        if gone:
            _log.info("release.cleaned", count=len(gone))

    # --- what waits to be tested -----------------------------------------------------------------------------

    async def _test_next(self) -> None:
        release = await self._releases.take(self._process)
        if release is not None:
            await self._test(release)

    async def _test(self, release: Release) -> None:
        said: dict[str, Any] = {"step": "waiting", "done": 0, "total": 0}
        is_ours = True

        async def progress(words: Any) -> bool:
            said.update(words)
            return is_ours

        async def beat() -> None:
            nonlocal is_ours
            while is_ours:
                is_ours = await self._releases.note_progress(release.id, self._process, said)
                await asyncio.sleep(_BEAT_S if said["step"] == "building" else 1.0)

        beating = asyncio.create_task(beat())
        try:
            base, limits = await self._open.nearest(release), await self._limits()
            before = release.base if release.base is not None and self.folders.has(release.base) else base
            built = await self._builder.build(
                release.id, base, limits, self._environment, progress, before=before
            )
            if built is None:
                return
            if built.gate is None:
                await self._releases.failed(release.id, self._process, built.error)
            else:
                await self._releases.tested(
                    release.id, self._process, built.articles, built.gate, built.findings
                )
        except (RuntimeError, OSError, ValueError):
            _log.exception("release.build_failed", release=release.number)
            await self._releases.failed(release.id, self._process, "")
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        await self.changed()


def _environment(settings: Settings) -> dict[str, str]:
    """Return what the worker must know of the settings, however this process came by them."""
    return {
        "TONGDA_DATA_DIR": str(settings.data_dir),
        "TONGDA_DATABASE_URL": settings.database_url,
        "TONGDA_ENCODER": settings.encoder,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
