"""What time alone does: expired codes are erased from the vault, unconfirmed payments and orders end."""

from __future__ import annotations

import asyncio

from conversations.pending import PendingActions
from conversations.vault import Vault
from core import log
from core.clock import Clock
from core.database import Database
from core.settings import Settings

_log = log.get(__name__)


class Housekeeping:
    """Runs now and then in every service process; doing it twice does no harm."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._vault, self._pending = Vault(db, clock, settings), PendingActions(db, clock, settings)

    async def tidy(self) -> None:
        """Do what is due."""
        erased, expired = await self._vault.forget_expired(), await self._pending.expire_old()
        if erased or expired:
            _log.info("housekeeping.done", codes_erased=erased, pending_expired=expired)

    async def run(self, every_s: float = 60.0) -> None:
        """Tidy until cancelled."""
        while True:
            try:
                await self.tidy()
            except Exception:
                _log.exception("housekeeping.failed")
            await asyncio.sleep(every_s)
