"""The billing system with the operator's own offerings on its shelves: what everybody asks for the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from bss.tmf import TmfBss
from core.clock import Clock
from core.offering import Offering
from core.settings import Settings
from knowledge_base.offering_store.shelves import Shelves
from knowledge_base.offering_store.store import OfferingStore


class StockedBss(TmfBss):
    """`TmfBss`, but for the catalogue: that is merged with what the operator wrote (docs/decisions/0012)."""

    def __init__(self, settings: Settings, clock: Clock, store: OfferingStore) -> None:
        super().__init__(
            settings.bss_base, settings.bss_token.get_secret_value(), settings.bss_timeout_s, clock
        )
        self.shelves = Shelves(super().offerings, store)

    async def offerings(self) -> Sequence[Offering]:
        """Return the merged catalogue."""
        return await self.shelves.offerings()
