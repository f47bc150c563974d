"""A dialogue engine that takes its time: Rasa's REST channel, tracker and status, every answer late by chance.

    python -m benchmarks.slow_rasa --port 5999 --slowest 12

``问题X`` is answered with ``答复X``: mostly in one message, sometimes in two, sometimes longer than WeChat takes at once,
now and then with buttons. ``转人工`` asks for a person. A message seen before is found in the tracker.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
from collections import defaultdict
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json

from core.serving import serve_until_stopped

_QUESTION = re.compile(r"问题([\w-]+)")
_HANDOFF = {"type": "handoff", "reason": "asked", "skill": "billing", "summary": {"wish": "转人工"}}
_SENTENCE = "套餐内流量当月有效，次月一日清零，超出后按每兆计费并有封顶提醒。"
_LONG = 40  # sentences: about 3,800 bytes


def answers_to(text: str) -> list[dict[str, Any]]:
    """Return what is said to a text; the same text is always answered alike."""
    if "转人工" in text:
        return [{"custom": _HANDOFF}]
    found = _QUESTION.search(text)
    if found is None:
        return [{"text": "好的，请说。"}]
    name, chance = found[1], random.Random(text).random()
    first = {"text": f"答复{name}。"}
    if chance < 0.15:
        return [first, {"text": f"补充{name}。"}]
    if chance < 0.25:
        return [{"text": f"答复{name}。{_SENTENCE * _LONG}完毕{name}。"}]
    if chance < 0.32:
        return [{**first, "buttons": [{"title": "查话费", "payload": "/balance_query"}]}]
    return [first]


def parts_of(text: str) -> list[str]:
    """Return the marks that an answer to a text is to show, each once, in this order."""
    said = "".join(str(item.get("text", "")) for item in answers_to(text))
    return re.findall(r"(?:答复|补充|完毕)[\w-]+", said)


def create_app(slowest_s: float, seed: int) -> Sanic[Any, Any]:
    """Build the app; its paths begin with a worker's number, so that one process is many engines."""
    app: Sanic[Any, Any] = Sanic("slow-rasa", configure_logging=False)
    app.config.AUTO_EXTEND = False
    chance, trackers = random.Random(seed), defaultdict[str, list[dict[str, Any]]](list)

    async def webhook(request: Request, worker: int) -> HTTPResponse:
        body: Any = request.json
        await asyncio.sleep(chance.uniform(0.0, slowest_s))
        answers = answers_to(body["message"])
        events = trackers[body["sender"]]
        events.append({"event": "user", "metadata": body["metadata"]})
        for item in answers:
            data = {"buttons": item.get("buttons"), "custom": item.get("custom")}
            events.append({"event": "bot", "text": item.get("text"), "data": data})
        return json([{"recipient_id": body["sender"], **item} for item in answers])

    async def tracker(request: Request, worker: int, sender: str) -> HTTPResponse:
        return json({"sender_id": sender, "events": trackers.get(sender, [])})

    async def status(request: Request, worker: int) -> HTTPResponse:
        return json({"model_file": "slow"})

    app.add_route(webhook, "/<worker:int>/webhooks/rest/webhook", methods=["POST"], name="webhook")
    app.add_route(tracker, "/<worker:int>/conversations/<sender:str>/tracker", name="tracker")
    app.add_route(status, "/<worker:int>/status", name="status")
    return app


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slowest", type=float, default=12.0)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    asyncio.run(serve_until_stopped(create_app(options.slowest, options.seed), "127.0.0.1", options.port))


if __name__ == "__main__":
    main()
