"""A service with nothing but its channels, on a free loopback port, over a dialogue engine written by hand."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sanic import Sanic

from bot.channels import rest, socketio
from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from conversations.feedback import Feedback
from conversations.live import LiveEvents, LocalEvents
from core.clock import FixedClock
from core.database import Database
from core.settings import Settings
from tests.bot.gateways import make_gateway, running

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Served:
    """A running service."""

    base: str
    gateway: Gateway
    engine: EchoEngine
    http: httpx.AsyncClient
    live: LiveEvents


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve(sqlite_url: str, clock: FixedClock, settings: Settings) -> Serve:
    """Start a service with some settings changed."""

    @asynccontextmanager
    async def started(**changes: Any) -> AsyncIterator[Served]:
        chosen, engine, db = settings.model_copy(update=changes), EchoEngine(), Database(sqlite_url)
        async with running(make_gateway(db, clock, chosen, engine)) as gateway:
            app: Sanic[Any, Any] = Sanic(f"channels-{next(_NUMBERS)}", configure_logging=False)
            app.config.AUTO_EXTEND = False  # sanic-ext: its CORS middleware needs its own start event
            app.config.TOUCHUP = False  # it rewrites Sanic's own source, once in a process
            rest.mount(app, gateway, chosen)
            live = LocalEvents()
            await live.start()
            socketio.mount(app, gateway, chosen, Feedback(db, clock), live)
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            server: Any = await app.create_server(sock=listening, return_asyncio_server=True)
            await server.startup()
            await server.start_serving()
            try:
                async with httpx.AsyncClient(base_url=base, timeout=60) as http:
                    yield Served(base, gateway, engine, http, live)
            finally:
                await server.before_stop()
                await server.close()
                await live.stop()
                await db.close()

    return started


@pytest.fixture
async def served(serve: Serve) -> AsyncIterator[Served]:
    """A service with the default settings (the sandbox's)."""
    async with serve() as running_service:
        yield running_service
