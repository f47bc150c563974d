"""The dialogue engine's server: Rasa with our fixes, on loopback.

Run with Rasa's interpreter:
``python -m bot.engine.server --model var/models/rasa.tar.gz --actions-url http://127.0.0.1:8000/actions/webhook``.
It serves Rasa's REST channel and HTTP API (`/status`, `/model/parse`, `/conversations/<id>/tracker`).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=FutureWarning)

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main() -> None:
    """Parse the command line and serve until stopped."""
    arguments = _parse(sys.argv[1:])
    if not Path(arguments.model).exists():
        sys.exit(f"{arguments.model} is missing. Run: make train")
    _configure_logs(arguments.log_level)

    from rasa.core import run
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    from bot.engine import action_call, circuit, memory, rules, runner, trackers, unneeded, validation
    from bot.engine.action_endpoint import ActionEndpoint

    for fix in (validation, circuit, runner, trackers, rules, unneeded, action_call, memory):
        fix.install()
    Path(arguments.trackers).parent.mkdir(parents=True, exist_ok=True)
    endpoints = AvailableEndpoints(
        action=ActionEndpoint(arguments.actions_url, os.environ.get("TONGDA_ACTION_TOKEN", "")),
        tracker_store=EndpointConfig(
            type="bot.engine.tracker_store.LiveTrackerStore", db=str(Path(arguments.trackers).resolve())
        ),
        lock_store=EndpointConfig(type="bot.engine.lock_store.AsyncLockStore"),
    )
    run.serve_application(
        model_path=arguments.model,
        channel="rest",
        interface=arguments.host,
        port=arguments.port,
        cors=None,
        enable_api=True,
        endpoints=endpoints,
    )


def _parse(argv: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--host", default="127.0.0.1", choices=_LOOPBACK)
    parser.add_argument("--actions-url", required=True)
    parser.add_argument("--trackers", default="var/rasa-trackers.db", help="SQLite file of the trackers")
    parser.add_argument("--log-level", default=os.environ.get("TONGDA_LOG_LEVEL", "WARNING"))
    return parser.parse_args(argv)


def _configure_logs(level: str) -> None:
    """Keep customers' words out of the logs: without this, Rasa's structlog prints every message at debug level."""
    from rasa.utils.log_utils import configure_structlog

    number = max(logging.getLevelName(level.upper()), logging.INFO)
    logging.basicConfig(level=number, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    configure_structlog(number)
    for noisy in ("apscheduler", "matplotlib", "sanic.access", "tensorflow", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
