"""The bot without a desk: an embedder that has no agents still ends conversations and answers a call for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.replies import Reply
from bot.service_texts import ServiceTexts
from conversations import rows
from conversations.directory import move
from conversations.model import Conversation, Event, Message, Sender, State
from conversations.worklist import Effect, Work
from core.clock import Clock


class BotAlone:
    """Nobody can be handed over to, and nobody is asked for a rating."""

    def __init__(self, clock: Clock, texts: ServiceTexts) -> None:
        self._clock, self._texts = clock, texts

    async def in_queue(self, work: Work) -> Reply | None:
        """Let the bot answer."""
        return None

    async def in_rating(self, work: Work) -> Reply:
        """Say goodbye once more to who writes after the end."""
        return Reply([self._texts.content("courtesy")], Sender.SYSTEM)

    def handing_over(self, work: Work, control: Mapping[str, Any]) -> Reply:
        """Say that no agents are connected."""

        async def say(
            connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
        ) -> list[Message]:
            content = self._texts.content("handoff_not_connected")
            return await rows.append(connection, conversation, [content], Sender.SYSTEM, now)

        return Reply(effect=say)

    def ending(self) -> Effect:
        """Close the conversation, unless the customer has written again meanwhile."""

        async def close(
            connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
        ) -> list[Message]:
            if not has_more and conversation.state is State.BOT:
                await move(connection, conversation.id, Event.FINISH_UNRATED, self._clock)
            return []

        return close
