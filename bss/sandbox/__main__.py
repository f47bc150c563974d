"""Runs the sandbox: ``python -m bss.sandbox --port 8010 --db var/sandbox.db``."""

from __future__ import annotations

import argparse
from pathlib import Path

from bss.sandbox.server import create_app
from core import log
from core.clock import SystemClock
from core.serving import serve
from core.settings import SandboxSettings


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
    serve(app, options.host, options.port)


if __name__ == "__main__":
    main()
