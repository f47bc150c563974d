"""Runs the simulator: ``python -m bot.channels.wechat.simulator --port 8020 --db var/wechat.db``."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.channels.wechat.accounts import Mode
from bot.channels.wechat.simulator.account import Account
from bot.channels.wechat.simulator.server import create_app
from core import log
from core.serving import serve


def main() -> None:
    """Parse the command line and serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m bot.channels.wechat.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8020)
    parser.add_argument("--db", type=Path, default=None, help="default: everything is forgotten at the end")
    parser.add_argument(
        "--callback", default="http://127.0.0.1:8000/wechat/demo", help="the service's address"
    )
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.SAFE.value)
    parser.add_argument("--log-level", default="INFO")
    options = parser.parse_args()
    log.configure(options.log_level, as_json=True)
    account = Account(callback_url=options.callback, mode=Mode(options.mode))
    app = create_app(options.db, f"http://{options.host}:{options.port}", account)
    serve(app, options.host, options.port)


if __name__ == "__main__":
    main()
