"""Gateways for tests: on a fresh database, with the engine written by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from bot.delivery import Pushed
from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from conversations.model import Content, Inbound, Message
from conversations.transcript import Transcript
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId, MessageId
from core.settings import Settings


def make_gateway(db: Database, clock: Clock, settings: Settings, engine: EchoEngine) -> Gateway:
    """One service process's gateway, not started."""
    return Gateway(db, clock, settings, engine, Transcript(db, clock, settings))


class HeldEngine(EchoEngine):
    """Takes a message at once and answers it when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def send(
        self,
        conversation_id: ConversationId,
        text: str,
        message_id: MessageId,
        metadata: Mapping[str, object],
    ) -> list[Content]:
        self.asked.set()
        await self.may_answer.wait()
        return await super().send(conversation_id, text, message_id, metadata)


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[Gateway]:
    """Start a gateway and stop it afterwards."""
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


async def crash(gateway: Gateway) -> None:
    """End a gateway the way a killed process ends: nothing is tidied up."""
    tasks = [*gateway._workers.values(), *gateway._loops]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await gateway._patience.stop()
    gateway._turns.stop()


def says(text: str, message_id: str | None = None, user: str = "anna", channel: str = "rest") -> Inbound:
    """A customer's message."""
    return Inbound(channel, user, text, message_id)


def texts(messages: Sequence[Message]) -> list[str]:
    """What messages say."""
    return [message.content.text for message in messages]


class PushedChannel:
    """A channel that pushes, written by hand: keeps what it sent; `is_online` decides whether it can."""

    name = "web"
    is_rationed = False

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.typings: list[bool] = []
        self.is_online = True
        self.takes_at_most = 1_000
        self.arrived = asyncio.Event()

    def reachable(self) -> Collection[str] | None:
        return None if self.is_online else ()

    def can_reach(self, channel_user: str) -> bool:
        return self.is_online

    async def push(self, channel_user: str, messages: Sequence[Message]) -> Pushed:
        taken = messages[: self.takes_at_most]
        self.sent += [(channel_user, message) for message in taken]
        self.arrived.set()
        return Pushed(len(taken))

    async def typing(self, channel_user: str, is_typing: bool) -> None:
        self.typings.append(is_typing)

    async def wait_for(self, count: int, timeout_s: float = 20.0) -> list[str]:
        """Wait until `count` messages have been sent; return their texts."""
        async with asyncio.timeout(timeout_s):
            while len(self.sent) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return [message.content.text for _, message in self.sent]


class HangingChannel(PushedChannel):
    """A channel whose other side never answers."""

    name = "wechat"

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = asyncio.Event()

    async def push(self, channel_user: str, messages: Sequence[Message]) -> Pushed:
        self.has_begun.set()
        await asyncio.Event().wait()
        return Pushed(0)
