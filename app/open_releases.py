"""The releases that a process has open: the live one at once, a candidate beside it, and folders built where they lack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from app.knowledge_worker import folders_of
from core import log
from core.errors import StaffError
from core.settings import Settings
from knowledge_base.content.builder import Builder, go_on, said_error
from knowledge_base.content.model import Release, ReleaseId
from knowledge_base.content.releases import Releases
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Retriever

_log = log.get(__name__)
_RETRY_S = 30.0  # after a candidate could not be opened
_WARMING = "怎么充值话费"  # touches every part of an index before the first customer does


class OpenReleases:
    """Opens releases, each once; what stays the same between two is shared with the one shown now."""

    def __init__(
        self,
        settings: Settings,
        releases: Releases,
        builder: Builder,
        environment: Mapping[str, str],
        shown: Callable[[], Retriever],
    ) -> None:
        self.folders = folders_of(settings)
        self._encoder, self._releases, self._shown = settings.encoder, releases, shown
        self._builder, self._environment = builder, environment
        self._open: dict[ReleaseId, Retriever] = {}
        self._opening: dict[ReleaseId, asyncio.Task[None]] = {}
        self._again: dict[ReleaseId, float] = {}  # when one that could not be opened is tried again

    def get(self, release_id: ReleaseId) -> Retriever | None:
        """Return a release where it is open already."""
        return self._open.get(release_id)

    async def opened(self, release: Release) -> Retriever:
        """Return a release, opened and if need be built first; raise StaffError or RuntimeError where it cannot be."""
        await self.settled(release.id)  # it may have gone live while it was being opened beside
        return self._open.get(release.id) or await self._made(release)

    def open_beside(self, release: Release, then: Callable[[], None]) -> None:
        """Open a release in the background and say `then`; one that could not be is tried again after a while."""
        is_too_soon = asyncio.get_running_loop().time() < self._again.get(release.id, 0.0)
        if release.id in self._open or release.id in self._opening or is_too_soon:
            return
        opening = asyncio.create_task(self._try(release, then))
        self._opening[release.id] = opening
        opening.add_done_callback(lambda _: self._opening.pop(release.id, None))

    async def settled(self, release_id: ReleaseId) -> None:
        """Wait until a release that is being opened beside is open, or cannot be."""
        if opening := self._opening.get(release_id):
            await asyncio.wait({opening})

    def keep(self, ids: Collection[ReleaseId]) -> None:
        """Close all others."""
        self._open = {key: value for key, value in self._open.items() if key in ids}

    async def stop(self) -> None:
        """Give up what is being opened."""
        tasks = list(self._opening.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def open_folder(self, release_id: ReleaseId) -> Retriever:
        """Open what lies in a release's folder."""
        folder, before = self.folders.of(release_id), self._shown()
        return await asyncio.to_thread(_open, folder, self._encoder, before)

    async def nearest(self, release: Release) -> ReleaseId | None:
        """Return the nearest release with the same model whose folder lies here; None: all is made anew."""
        here = release
        while here.base is not None and not here.with_model:
            if self.folders.has(here.base):
                return here.base
            here = await self._releases.release(here.base)
        return None

    async def _try(self, release: Release, then: Callable[[], None]) -> None:
        try:
            await self._made(release)
            then()
        except Exception:
            _log.exception("release.not_opened", release=release.number)
            self._again[release.id] = asyncio.get_running_loop().time() + _RETRY_S

    async def _made(self, release: Release) -> Retriever:
        if not self.folders.has(release.id):
            await self._build_folder(release)
        try:
            found = await self.open_folder(release.id)
        except StaffError as error:  # of another encoder or an older format
            _log.warning("release.folder_refused", release=release.number, detail=error.detail)
            await self._build_folder(release, anew=True)
            found = await self.open_folder(release.id)
        self._open[release.id] = found
        return found

    async def _build_folder(self, release: Release, anew: bool = False) -> None:
        """Build what this machine lacks, out of the database, on the nearest release that lies here."""
        base = None if anew else await self.nearest(release)
        built = await self._builder.build(release.id, base, None, self._environment, go_on)
        if built is None or built.error:
            raise said_error(built.error if built is not None else "")
        if base is None:  # the model it was made with may be gone
            await self._releases.note_model(release.id, self.folders.shipped_model())


def _open(folder: Path, encoder: str, before: Retriever) -> Retriever:
    retriever = open_retriever(folder, encoder, before)
    retriever.search(_WARMING)
    return retriever
