"""Answers for channels that are asked: a request waits for the answer to its message, and takes what there is.

When an answer takes too long the customer is told so, and gets it with the next request.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from bot.patience import Patience
from conversations.model import ContactId, Message, Processing
from conversations.outbox import Outbox
from conversations.transcript import Transcript
from core.ids import ConversationId


class Handout:
    """Hands out what waits for a customer; of several requests at once each gets its own answer."""

    def __init__(
        self,
        transcript: Transcript,
        outbox: Outbox,
        patience: Patience,
        in_outage: Collection[ConversationId],
        say_waiting: Callable[[Message], Awaitable[None]],
    ) -> None:
        self._transcript, self._outbox, self._patience = transcript, outbox, patience
        self._in_outage, self._say_waiting = in_outage, say_waiting
        self._asking: defaultdict[ContactId, Counter[int]] = defaultdict(Counter)  # who waits for which seq

    async def answer_to(self, message: Message) -> list[Message]:
        """Wait for the answer to a message just taken in; return what its customer has not been given yet."""
        with self._asks(message):
            is_open = message.processing is not Processing.ANSWERED
            if is_open:
                await self.wait_for(message)
            given = await self._take(message)
            if is_open and not _answers(given, message):
                await self._say_waiting(message)  # no answer yet: say so rather than nothing
                given += await self._take(message)
            if not _answers(given, message):  # a repeated message: its answer was given before
                given += await self._transcript.replies_to(message.id)
            return given

    async def fetch(self, contact_id: ContactId) -> list[Message]:
        """Return what a customer has not been given yet, but for answers a request of theirs is waiting for."""
        return await self._outbox.take(contact_id, kept=list(self._asking.get(contact_id, ())))

    async def wait_for(self, message: Message, at_most_s: float | None = None) -> None:
        """Wait until there is something to give for a message; in an outage there is nothing to wait for."""
        if message.conversation_id not in self._in_outage:
            await self._patience.wait(message, lambda: self._is_answered(message), at_most_s)

    async def _is_answered(self, message: Message) -> bool:
        current = await self._transcript.message(message.id)
        return current is None or current.processing is Processing.ANSWERED

    async def _take(self, message: Message) -> list[Message]:
        others = [seq for seq in self._asking[message.contact_id] if seq != message.seq]
        return await self._outbox.take(message.contact_id, message.seq, others)

    @contextmanager
    def _asks(self, message: Message) -> Iterator[None]:
        """Note that a request waits for a message's answer, so that no other request takes it."""
        asking = self._asking[message.contact_id]
        asking[message.seq] += 1
        try:
            yield
        finally:
            asking[message.seq] -= 1
            if asking[message.seq] == 0:
                del asking[message.seq]
            if not asking:
                self._asking.pop(message.contact_id, None)


def _answers(given: Sequence[Message], message: Message) -> bool:
    return any(said.in_reply_to == message.id for said in given)
