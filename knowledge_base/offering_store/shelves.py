"""The merged catalogue, kept until either side of it changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from core.errors import UpstreamError
from core.offering import Offering
from knowledge_base.offering_store.merging import Shelf, merge
from knowledge_base.offering_store.store import OfferingStore

Billing = Callable[[], Awaitable[Sequence[Offering]]]
_FRESH_S = 30.0  # how long the billing system is not asked again


class Shelves:
    """Asks the billing system and the operator's own offerings, and merges what they say."""

    def __init__(self, billing: Billing, store: OfferingStore) -> None:
        self._ask, self.store = billing, store
        self._billing: Sequence[Offering] | None = None
        self._asked = float("-inf")
        self._merged: tuple[object, Shelf] | None = None
        self._lock = asyncio.Lock()

    async def billing(self) -> Sequence[Offering]:
        """Return the billing system's catalogue; what was known stays known while it is down. Raises UpstreamError."""
        async with self._lock:
            if self._billing is None or time.monotonic() - self._asked > _FRESH_S:
                try:
                    told = await self._ask()
                except UpstreamError:
                    if self._billing is None:
                        raise
                    told = self._billing
                if self._billing is None or tuple(told) != tuple(self._billing):
                    self._billing = tuple(told)
                self._asked = time.monotonic()
            return self._billing

    def forget(self) -> None:
        """Ask the billing system again the next time."""
        self._asked = float("-inf")

    async def shelf(self) -> Shelf:
        """Return the merged catalogue; the same object as long as nothing changes."""
        billing, state = await self.billing(), await self.store.state()
        return await self._shelf(billing, state)

    async def offerings(self) -> Sequence[Offering]:
        """Return the merged catalogue's offerings."""
        return (await self.shelf()).offerings

    async def _shelf(self, billing: Sequence[Offering], state: tuple[int, datetime | None]) -> Shelf:
        key = (id(billing), state)
        if self._merged is None or self._merged[0] != key:
            self._merged = (key, merge(billing, await self.store.all()))
        return self._merged[1]
