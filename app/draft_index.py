"""The drafts as they stand, searchable: made beside the live release when somebody tries them out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from core.offering import Offering
from knowledge_base.content.builder import Builder, go_on, said_error
from knowledge_base.content.model import ReleaseId
from knowledge_base.content.offerings import hash_of_offerings
from knowledge_base.content.releases import Releases
from knowledge_base.retrieval import Retriever

OpenFolder = Callable[[ReleaseId], Awaitable[Retriever]]


class DraftIndex:
    """The newest index of the drafts in this process, and the one that is being made."""

    def __init__(
        self,
        releases: Releases,
        builder: Builder,
        environment: Mapping[str, str],
        open_folder: OpenFolder,
        offerings: Callable[[], Sequence[Offering]],
    ) -> None:
        self._releases, self._builder = releases, builder
        self._environment, self._open, self._offerings = environment, open_folder, offerings
        self._catalogue: tuple[Sequence[Offering], str] = ((), "")  # the one looked at last, and its hash
        self.left_out: Sequence[
            str
        ] = ()  # titles of the drafts that are not in it: a placeholder finds nothing
        self._shown: Retriever | None = None
        self._key: ReleaseId | None = None
        self._making: asyncio.Task[None] | None = None

    async def get(self, live: ReleaseId | None) -> Retriever | None:
        """Return an index of the drafts on top of what is live; None while it is being made. Raises StaffError."""
        offerings = self._offerings()
        if self._catalogue[0] is not offerings:
            self._catalogue = offerings, hash_of_offerings(offerings)[:8]
        key = ReleaseId(f".drafts-{await self._releases.drafts_key()}-{self._catalogue[1]}")
        if live is None or self._key == key:
            return self._shown
        if self._making is None:
            self._making = asyncio.create_task(self._make(key, live, offerings))
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

    async def _make(self, key: ReleaseId, live: ReleaseId, offerings: Sequence[Offering]) -> None:
        built = await self._builder.build(key, live, None, self._environment, go_on, drafts=offerings)
        if built is None or built.error:
            raise said_error(built.error if built is not None else "")
        self._shown = await self._open(key)
        self._key, self._making, self.left_out = key, None, built.left_out
