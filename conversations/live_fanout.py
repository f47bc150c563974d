"""Live events inside one process: their form on the wire, and their subscribers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from core import log
from core.errors import StaffError

_log = log.get(__name__)
MAX_BYTES = 7_900  # of an event; PostgreSQL carries less than 8000
_GRACE_S = 1.0  # for handlers, when the process stops


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """What has changed (`queue.changed`, `conversation.said`, `typing`, ...), whose (an id), and a few values."""

    kind: str
    subject: str
    payload: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[LiveEvent], Awaitable[None]]


def encode(kind: str, subject: str, payload: Mapping[str, object]) -> str:
    """Return an event as text; raise StaffError("live.too_large") when it is more than ids."""
    text = json.dumps([kind, subject, dict(payload)], ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_BYTES:
        raise StaffError("live.too_large", kind)
    return text


def decode(text: str) -> LiveEvent:
    """Read what `encode` wrote."""
    kind, subject, payload = json.loads(text)
    return LiveEvent(kind, subject, payload)


class Fanout:
    """The subscribers of one process; each has its own line, so a slow one keeps nobody waiting."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[asyncio.Queue[LiveEvent], Handler]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._next, self._is_running = 0, False

    def subscribe(self, handler: Handler) -> Callable[[], None]:
        """As `LiveEvents.subscribe`."""
        self._next += 1
        number = self._next
        self._lines[number] = (asyncio.Queue(), handler)
        if self._is_running:
            self._serve(number)
        return lambda: self._drop(number)

    def start(self) -> None:
        """Begin to hand out."""
        self._is_running = True
        for number in self._lines:
            self._serve(number)

    def hand_out(self, event: LiveEvent) -> None:
        """Give an event to every subscriber."""
        if self._is_running:
            for line, _ in self._lines.values():
                line.put_nowait(event)

    async def stop(self) -> None:
        """Let what was handed out be handled, for a moment, and hand out no more."""
        self._is_running = False
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(
                asyncio.gather(*(line.join() for line, _ in self._lines.values())), timeout=_GRACE_S
            )
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _serve(self, number: int) -> None:
        self._tasks[number] = asyncio.get_running_loop().create_task(self._handle(*self._lines[number]))

    def _drop(self, number: int) -> None:
        self._lines.pop(number, None)
        if (task := self._tasks.pop(number, None)) is not None:
            task.cancel()

    async def _handle(self, line: asyncio.Queue[LiveEvent], handler: Handler) -> None:
        while True:
            event = await line.get()
            try:
                await handler(event)
            except Exception:
                _log.exception("live.handler_failed", kind=event.kind)
            finally:
                line.task_done()
