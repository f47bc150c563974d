"""Runs the sandbox: ``python -m bss.sandbox --port 8010 --db var/sandbox.db``."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path
from typing import Any

from bss.sandbox.api.common import App
from bss.sandbox.server import create_app
from core import log
from core.clock import SystemClock
from core.settings import SandboxSettings

logger = log.get(__name__)


async def serve(app: App, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Sanic's own runner listens before its signal handlers are in place, and a signal in between is lost; here the
    handlers come first, and nothing is accepted before the store is open.
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
    await server.start_serving()
    await server.after_start()
    logger.info("sandbox.started", host=host, port=port)
    await stop.wait()
    await server.before_stop()
    await server.close()
    await server.after_stop()
    logger.info("sandbox.stopped")


def main() -> None:
    """Parse the command line and serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m bss.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--db", type=Path, default=Path("var/sandbox.db"))
    parser.add_argument("--seed", type=int, default=None, help="default: TONGDA_SANDBOX_SEED")
    parser.add_argument("--public-url", default="", help="where payment links point; default: host and port")
    parser.add_argument(
        "--token", default="", help="bearer token that TM Forum calls must show; default: none"
    )
    parser.add_argument("--log-level", default="INFO")
    options = parser.parse_args()
    log.configure(options.log_level, as_json=True)
    app = create_app(
        db_path=options.db,
        seed=SandboxSettings().seed if options.seed is None else options.seed,
        base_url=options.public_url or f"http://{options.host}:{options.port}",
        clock=SystemClock(),
        token=options.token,
    )
    asyncio.run(serve(app, options.host, options.port))


if __name__ == "__main__":
    main()
