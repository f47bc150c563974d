"""A service with the WeChat channel, over an engine written by hand, called by the simulator on loopback."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sanic import Sanic
from sqlalchemy import Select, select

from app.metrics import Metrics
from app.wechat import Wechat, mount
from bot.channels.wechat.channel import Notify
from bot.channels.wechat.simulator.account import Account
from bot.channels.wechat.simulator.server import create_app
from bot.channels.wechat.tables import claims
from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from conversations.model import Content
from core.clock import Clock, SystemClock
from core.database import Database
from core.settings import Settings
from tests.bot.gateways import crash, make_gateway
from tests.bot.wechat.simulated import HandService, Simulator, address, bound, served

_NAMES = itertools.count()


@dataclass
class Service:
    """One service process."""

    gateway: Gateway
    wechat: Wechat
    engine: EchoEngine
    metrics: Metrics
    db: Database

    async def kill(self) -> None:
        """End as a killed process ends: nothing is tidied up."""
        callbacks, delivery = self.wechat.callbacks, self.gateway.delivery
        doomed = [
            *(work.task for work in callbacks._working.values() if work.task),
            *callbacks._settling,
            *delivery._tasks,
            *self.wechat.tasks,
        ]
        while pending := [task for task in doomed if not task.done()]:
            for task in pending:  # again: Python 3.11's wait_for swallows a cancellation at the wrong moment
                task.cancel()
            await asyncio.wait(pending, timeout=0.1)
        await crash(self.gateway)

    def counted(self, event: str) -> float:
        """Return how often something happened."""
        value = self.metrics.registry.get_sample_value(
            "tongda_wechat_events_total", {"account": "demo", "event": event}
        )
        return value or 0.0


@asynccontextmanager
async def service(
    url: str,
    settings: Settings,
    listening: socket.socket,
    engine: EchoEngine | None = None,
    clock: Clock | None = None,
    notify: Notify | None = None,
) -> AsyncIterator[Service]:
    """Start a service process on a bound socket."""
    db, engine, clock = Database(url), engine or EchoEngine(), clock or SystemClock()
    gateway = make_gateway(db, clock, settings, engine)
    app: Sanic[Any, Any] = Sanic(f"wechat-service-{next(_NAMES)}", configure_logging=False)
    app.config.AUTO_EXTEND = False
    metrics = Metrics()
    wechat = mount(app, db, clock, settings, gateway, metrics, notify)
    async with served(app, listening):
        await gateway.start()
        await wechat.start()
        try:
            yield Service(gateway, wechat, engine, metrics, db)
        finally:
            await wechat.stop()
            await gateway.stop()
            await db.close()


@dataclass
class World:
    """A simulator and the service behind its callback."""

    simulator: Simulator
    service: Service

    async def says(self, text: str, openid: str = "anna") -> list[str]:
        """Write as a user; return what the phone shows new once the callback is done with."""
        before = len(await self.simulator.shows(openid))
        await self.simulator.says(openid, text)
        return (await self.simulator.shows(openid))[before + 1 :]

    async def settled(self, timeout_s: float = 20.0) -> None:
        """Wait until the service has noted that its replies arrived; what is pushed before is kept for the next sweep."""
        unsettled = select(claims.c.key).where(claims.c.state.in_(("open", "decided")))
        async with asyncio.timeout(timeout_s):
            while await self._has(unsettled):
                await asyncio.sleep(0.02)

    async def counts(self, event: str, times: int, timeout_s: float = 20.0) -> None:
        """Wait until something has happened so often."""
        async with asyncio.timeout(timeout_s):
            while self.service.counted(event) < times:
                await asyncio.sleep(0.02)

    async def _has(self, query: Select[tuple[str]]) -> bool:
        async with self.service.db.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def shown(self, count: int, openid: str = "anna", timeout_s: float = 20.0) -> list[str]:
        """Wait until the phone shows so many lines; return them."""
        async with asyncio.timeout(timeout_s):
            while len(found := await self.simulator.shows(openid)) < count:
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def world(
    url: str, settings: Settings, try_s: float = 4.5, notify: Notify | None = None, **changes: Any
) -> AsyncIterator[World]:
    """Start both; `try_s` is what a callback may take, instead of WeChat's five seconds."""
    listening, own = bound(), bound()
    account = Account(callback_url=address(listening) + "/wechat/demo")
    chosen = settings.model_copy(
        update={"wechat_passive_s": 4.0, "wechat_api_base": address(own), "wechat_timeout_s": 3.0} | changes
    )
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(served(create_app(None, address(own), account, try_s), own))
        running = await stack.enter_async_context(service(url, chosen, listening, notify=notify))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=base, timeout=30, trust_env=False))
        simulator = Simulator(base, http, HandService(), {})
        await simulator.user()
        yield World(simulator, running)


def answers(*contents: Content) -> Callable[[str], list[Content]]:
    """Let the engine say this, whatever it is asked."""
    return lambda _text: list(contents)
