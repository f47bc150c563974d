"""Parse texts with a trained model and no server: one JSON line in, one JSON line out.

Run with Rasa's interpreter: ``.venv-rasa/bin/python -m bot.engine.parse --model var/models/rasa.tar.gz < texts.jsonl``.
Each input line is a JSON string; each output line is ``{"intent", "confidence", "ranking": [[name, confidence], ...]}``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys


async def parse(model: str) -> None:
    """Read texts from standard input until it ends; write their parses to standard output."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    agent = Agent.load(model)
    for line in sys.stdin:
        found = await agent.parse_message(json.loads(line))
        ranking = [[entry["name"], entry["confidence"]] for entry in found.get("intent_ranking", [])[:5]]
        intent = found.get("intent") or {}
        row = {"intent": intent.get("name"), "confidence": intent.get("confidence"), "ranking": ranking}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    asyncio.run(parse(parser.parse_args().model))


if __name__ == "__main__":
    main()
