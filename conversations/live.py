"""Live events: what one service process tells all of them, so that every desk and widget sees it at once.

An event is a hint that something has changed, with ids only; whoever cares reads the database. So a lost one costs a
moment, not a message: after a gap the subscribers get `RESUMED` and look again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from conversations.live_fanout import Fanout, Handler, LiveEvent, decode, encode
from conversations.live_postgres import RESUMED, PostgresEvents
from core.database import Database

__all__ = ["RESUMED", "Handler", "LiveEvent", "LiveEvents", "LocalEvents", "PostgresEvents", "live_events"]


class LiveEvents(Protocol):
    """The port; every adapter passes `tests/conversations/test_live.py`."""

    def publish(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        """Tell every process, this one included; returns at once. Raises StaffError("live.too_large")."""

    def subscribe(self, handler: Handler) -> Callable[[], None]:
        """Call `handler` with every event, one after the other in order; return what ends it."""

    async def start(self) -> None:
        """Begin to receive."""

    async def stop(self) -> None:
        """Send what is published, then receive no more."""


class LocalEvents:
    """Live events of the only process (SQLite)."""

    def __init__(self) -> None:
        self._fanout = Fanout()

    def publish(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        """As the port says."""
        self._fanout.hand_out(decode(encode(kind, subject, payload)))

    def subscribe(self, handler: Handler) -> Callable[[], None]:
        """As the port says."""
        return self._fanout.subscribe(handler)

    async def start(self) -> None:
        """As the port says."""
        self._fanout.start()

    async def stop(self) -> None:
        """As the port says."""
        await self._fanout.stop()


def live_events(db: Database) -> LiveEvents:
    """Return the adapter that goes with the database: its notifications on PostgreSQL, this process on SQLite."""
    if db.is_sqlite:
        return LocalEvents()
    return PostgresEvents(db.url)
