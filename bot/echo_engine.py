"""A dialogue engine written by hand: obeys the port, answers from a function, and can be put out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from conversations.model import Content
from core.errors import UpstreamUnavailable
from core.ids import ConversationId, MessageId


def echo(text: str) -> list[Content]:
    """Answer with what was said."""
    return [Content(f"收到：{text}")]


class EchoEngine:
    """Keeps what it was sent; `is_down` refuses, `delay_s` takes its time, `dies_after_turn` answers nobody."""

    def __init__(self, answer: Callable[[str], list[Content]] = echo) -> None:
        self.answer = answer
        self.is_down = False
        self.dies_after_turn = False  # the turn is taken, and the connection breaks before the answer
        self.delay_s = 0.0
        self.sent: list[tuple[ConversationId, str]] = []
        self.metadata: list[Mapping[str, object]] = []
        self.lookups = 0
        self._taken: dict[tuple[ConversationId, MessageId], list[Content]] = {}

    def process_of(self, conversation_id: ConversationId) -> str:
        """There is one process."""
        return "echo"

    async def send(
        self,
        conversation_id: ConversationId,
        text: str,
        message_id: MessageId,
        metadata: Mapping[str, object],
    ) -> list[Content]:
        """Take one turn."""
        self._refuse_if_down()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
            self._refuse_if_down()
        self.sent.append((conversation_id, text))
        self.metadata.append(dict(metadata))
        self._taken[conversation_id, message_id] = self.answer(text)
        if self.dies_after_turn:
            raise UpstreamUnavailable("engine.unavailable", "the connection broke")
        return self._taken[conversation_id, message_id]

    async def answers_to(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> list[Content] | None:
        """Remember a turn."""
        self._refuse_if_down()
        self.lookups += 1
        return self._taken.get((conversation_id, message_id))

    async def is_ready(self, conversation_id: ConversationId | None = None) -> bool:
        """Ready unless it is down."""
        return not self.is_down

    def _refuse_if_down(self) -> None:
        if self.is_down:
            raise UpstreamUnavailable("engine.unavailable", "down")
