"""One asyncio lock for each conversation in work; Rasa's own in-memory store polls once a second."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any, AsyncGenerator, Dict, Optional

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore


class AsyncLockStore(LockStore):
    """Orders the messages of a conversation inside one process, which is all that our routing needs."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._locks: Dict[str, asyncio.Lock] = {}
        self._waiting: Dict[str, int] = {}

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncGenerator[Optional[TicketLock], None]:
        """Hold the conversation; raise LockError when it is not free within `lock_lifetime` seconds."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        self._waiting[conversation_id] = self._waiting.get(conversation_id, 0) + 1
        try:
            try:
                await asyncio.wait_for(lock.acquire(), lock_lifetime)
            except asyncio.TimeoutError as error:
                raise LockError(f"conversation {conversation_id} stayed locked") from error
            try:
                yield None
            finally:
                lock.release()
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id], self._locks[conversation_id]

    def get_lock(self, conversation_id: str) -> Optional[TicketLock]:
        """Return nothing: there are no tickets here."""
        return None

    def delete_lock(self, conversation_id: str) -> None:
        """Do nothing: there are no tickets here."""

    def save_lock(self, lock: TicketLock) -> None:
        """Do nothing: there are no tickets here."""
