"""How long a customer waits unasked: who waits for which message, and what happens when it takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from conversations.model import Message
from core.ids import MessageId

_LOOK_EVERY_S = 0.25  # for an answer that another process is working on


class Patience:
    """Watches unanswered messages; `lost` is called for each that takes longer than `after_s`."""

    def __init__(self, after_s: float, lost: Callable[[Message], Coroutine[None, None, None]]) -> None:
        self._after_s, self._lost = after_s, lost
        self._events: dict[MessageId, asyncio.Event] = {}
        self._timers: dict[MessageId, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, message: Message, is_counted: bool = True) -> None:
        """Start counting for a message just received; without counting it can only be waited for."""
        self._events[message.id] = asyncio.Event()
        if not is_counted:
            return
        loop = asyncio.get_running_loop()
        self._timers[message.id] = loop.call_later(self._after_s, self._lose, message)

    def _lose(self, message: Message) -> None:
        self._timers.pop(message.id, None)
        task = asyncio.get_running_loop().create_task(self._lost(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def wake(self, message_id: MessageId) -> None:
        """Let those go who wait for this message: there is something to give them."""
        event = self._events.get(message_id)
        if event is not None:
            event.set()

    def settled(self, message_id: MessageId) -> None:
        """Stop counting: the message is answered."""
        timer = self._timers.pop(message_id, None)
        if timer is not None:
            timer.cancel()
        self.wake(message_id)
        self._events.pop(message_id, None)

    async def wait(
        self, message: Message, is_answered: Callable[[], Awaitable[bool]], at_most_s: float | None = None
    ) -> None:
        """Wait until woken, or until `is_answered` (asked now and then: another process may be at work), but not for ever."""
        event = self._events.get(message.id) or asyncio.Event()
        loop = asyncio.get_running_loop()
        give_up, look_after_s = (
            loop.time() + (self._after_s * 1.5 if at_most_s is None else at_most_s),
            _LOOK_EVERY_S,
        )
        while (left_s := give_up - loop.time()) > 0:
            try:
                await asyncio.wait_for(event.wait(), min(look_after_s, left_s))
            except TimeoutError:
                if await is_answered():
                    return
                look_after_s = min(look_after_s * 1.5, 2.0)
            else:
                return

    async def stop(self) -> None:
        """Stop counting altogether."""
        for timer in self._timers.values():
            timer.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
