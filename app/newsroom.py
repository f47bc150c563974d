"""Every process answers from the live release: it swaps when another one goes live, and builds what waits to be tested."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from app.draft_index import DraftIndex
from app.knowledge_worker import folders_of
from app.paths import ROOT
from conversations.live import LiveEvent, LiveEvents
from core import log
from core.clock import Clock
from core.errors import AppError, StaffError
from core.release_rules import GateLimits
from core.settings import Settings
from knowledge_base.content.builder import Builder, go_on, said_error
from knowledge_base.content.hits import Hits
from knowledge_base.content.model import SYSTEM, Release, ReleaseId, ReleaseState
from knowledge_base.content.release_reading import Standing
from knowledge_base.content.releases import Releases
from knowledge_base.content.renewing import Renewing
from knowledge_base.content.serving import LiveRetriever, Shown
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Retriever

_log = log.get(__name__)
CHANGED = "knowledge.changed"  # the live event: look at what stands
_POLL_S = 1.0  # where an event was missed
_BEAT_S = 5.0  # of a lease while the gate works
_FLUSH_S = 5.0
_KEPT = 6  # published releases whose folders stay, for a quick way back
_WARMING = "怎么充值话费"  # touches every part of an index before the first customer does

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
    ) -> None:
        self._settings, self._clock, self._releases = settings, clock, releases
        self._retriever, self._hits, self._live = retriever, hits, live
        self._process, self._limits, self._renewing = process, limits, renewing
        self.folders = folders_of(settings)
        self._builder = Builder("app.knowledge_worker")
        self._environment = {**os.environ, **_environment(settings)}
        self._open: dict[ReleaseId, Retriever] = {}
        self._syncing = asyncio.Lock()
        self._seen, self._work = asyncio.Event(), asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._is_stopping = False
        self._drafts = DraftIndex(releases, self._builder, self._environment, self._open_folder)
        self.serves: ReleaseId | None = None  # the live release this process answers from

    # --- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Answer from the live release, then keep looking until `stop`.

        What cannot be opened now is tried again every second; until then customers get what was shipped, not nothing.
        """
        await self._sync_or_log()
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
        await self._drafts.stop()
        with suppress(Exception):
            await self._hits.flush()

    async def changed(self) -> None:
        """Tell every process that something stands differently; this one has swapped when the call returns."""
        self._live.publish(CHANGED, self._process, {})
        self._work.set()
        await self._sync_or_log()

    async def _sync_or_log(self) -> None:
        try:
            await self.sync()
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
        await self.sync()

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
        """Show what stands in the database; a candidate that is ready is opened already, so that going live is a swap."""
        async with self._syncing:
            standing = await self._releases.standing()
            if standing.live is None:
                return
            live = await self._opened(standing.live)
            candidate = standing.candidate
            trial: Retriever | None = None
            if candidate is not None and candidate.state is ReleaseState.READY:
                trial = await self._opened(candidate)
            is_canary = candidate is not None and candidate.canary is not None
            percent = (
                candidate.canary.percent if candidate is not None and candidate.canary is not None else 0
            )
            if self._renewing is not None:
                await self._renewing.look(standing.live)
            self._retriever.show(Shown(live, trial if is_canary else None, percent))
            if self.serves != standing.live.id:
                is_model_waiting = standing.live.model != self.model()
                _log.info("release.serving", release=standing.live.number, newer_model=is_model_waiting)
                self.serves = standing.live.id
                self._work.set()
                await self._clean(standing)
            kept = {standing.live.id, *([candidate.id] if candidate is not None else [])}
            self._open = {key: value for key, value in self._open.items() if key in kept}

    def model(self) -> str:
        """Name the encoder, gate and judgement that the next release is made with."""
        return self.folders.shipped_model()

    def candidate(self, release_id: ReleaseId) -> Retriever | None:
        """Return a candidate that this process has open."""
        return self._open.get(release_id)

    async def drafts(self) -> Retriever | None:
        """Return an index of the drafts as they stand; None while it is being made. Raises StaffError."""
        return await self._drafts.get(self.serves)

    async def _opened(self, release: Release) -> Retriever:
        known = self._open.get(release.id)
        if known is not None:
            return known
        if not self.folders.has(release.id):
            await self._build_folder(release)
        try:
            found = await self._open_folder(release.id)
        except StaffError as error:  # of another encoder or an older format
            _log.warning("release.folder_refused", release=release.number, detail=error.detail)
            await self._build_folder(release, anew=True)
            found = await self._open_folder(release.id)
        self._open[release.id] = found
        return found

    async def _open_folder(self, release_id: ReleaseId) -> Retriever:
        before = self._retriever.shown.live
        return await asyncio.to_thread(_open, self.folders.of(release_id), self._settings.encoder, before)

    async def _build_folder(self, release: Release, anew: bool = False) -> None:
        """Build what this machine lacks, out of the database, on the nearest release that lies here."""
        base = None if anew else await self._nearest(release)
        built = await self._builder.build(release.id, base, None, self._environment, go_on)
        if built is None or built.error:
            raise said_error(built.error if built is not None else "")
        if base is None:  # the model it was made with may be gone
            await self._releases.note_model(release.id, self.model())

    async def _nearest(self, release: Release) -> ReleaseId | None:
        """Return the nearest release with the same model whose folder lies here; None: all is made anew."""
        here = release
        while here.base is not None and not here.with_model:
            if self.folders.has(here.base):
                return here.base
            here = await self._releases.release(here.base)
        return None

    async def _clean(self, standing: Standing) -> None:
        recent = await self._releases.recent(limit=50)
        published = [release.id for release in recent if release.published is not None][:_KEPT]
        others = [release.id for release in (*standing,) if release is not None]
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
            base, limits = await self._nearest(release), await self._limits()
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


def _open(folder: Any, encoder: str, before: Retriever | None) -> Retriever:
    retriever = open_retriever(folder, encoder, before)
    retriever.search(_WARMING)
    return retriever


def _environment(settings: Settings) -> dict[str, str]:
    """Return what the worker must know of the settings, however this process came by them."""
    return {
        "TONGDA_DATA_DIR": str(settings.data_dir),
        "TONGDA_DATABASE_URL": settings.database_url,
        "TONGDA_ENCODER": settings.encoder,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
