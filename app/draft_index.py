"""The drafts as they stand, searchable: made beside the live release when somebody tries them out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from knowledge_base.content.builder import Builder, go_on, said_error
from knowledge_base.content.model import ReleaseId
from knowledge_base.content.releases import Releases
from knowledge_base.retrieval import Retriever

OpenFolder = Callable[[ReleaseId], Awaitable[Retriever]]


class DraftIndex:
    """The newest index of the drafts in this process, and the one that is being made."""

    def __init__(
        self, releases: Releases, builder: Builder, environment: Mapping[str, str], open_folder: OpenFolder
    ) -> None:
        self._releases, self._builder = releases, builder
        self._environment, self._open = environment, open_folder
        self._shown: Retriever | None = None
        self._key: ReleaseId | None = None
        self._making: asyncio.Task[None] | None = None

    async def get(self, live: ReleaseId | None) -> Retriever | None:
        """Return an index of the drafts on top of what is live; None while it is being made. Raises StaffError."""
        key = ReleaseId(f".drafts-{await self._releases.drafts_key()}")
        if live is None or self._key == key:
            return self._shown
        if self._making is None:
            self._making = asyncio.create_task(self._make(key, live))
        elif self._making.done():
            done, self._making = self._making, None
            done.result()  # what stood in the way is said once
        return None

    async def stop(self) -> None:
        """Give up what is being made."""
        if self._making is not None:
            self._making.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await self._making

    async def _make(self, key: ReleaseId, live: ReleaseId) -> None:
        built = await self._builder.build(key, live, None, self._environment, go_on, drafts=True)
        if built is None or built.error:
            raise said_error(built.error if built is not None else "")
        self._shown = await self._open(key)
        self._key, self._making = key, None
