"""Running a Sanic application in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from typing import Any

import uvloop
from sanic import Sanic

# Objects, then rounds; Python's own 700, 10, 10 look after every few messages.
_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20


def serve(app: Sanic[Any, Any], host: str, port: int) -> None:
    """Run an application in this process, on uvloop's event loop, until SIGTERM or Ctrl-C."""
    uvloop.run(serve_until_stopped(app, host, port))


async def serve_until_stopped(app: Sanic[Any, Any], host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Sanic's own runner listens before its signal handlers are in place, and a signal in between is lost; here the
    handlers come first, and nothing is accepted before the application's `before_server_start` listeners are done.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server: Any = await app.create_server(
        host,
        port,
        access_log=False,
        return_asyncio_server=True,
        asyncio_server_kwargs={"start_serving": False},
    )
    await server.startup()
    await server.before_start()
    _leave_what_stays()
    await server.start_serving()
    await server.after_start()
    await stop.wait()
    await server.before_stop()
    await server.close()
    await server.after_stop()


def _leave_what_stays() -> None:
    """Keep the garbage collector from walking again and again through what was loaded at the start and stays for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
