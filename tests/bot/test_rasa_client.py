"""Rasa behind its port, over real connections to a small server that answers as Rasa 3.6 does."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.rasa_client import RasaEngine, contents_from
from conversations.model import Button, Content
from core.errors import (
    UpstreamError,
    UpstreamMalformed,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from core.ids import ConversationId, MessageId

CONVERSATION, MESSAGE = ConversationId("c" * 32), MessageId("m" * 32)

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def _rasa(handler: Handler) -> AsyncIterator[str]:
    """Serve every path with a handler; yield the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def _engine(*urls: str, timeout_s: float = 5.0) -> AsyncIterator[RasaEngine]:
    engine = RasaEngine(urls, timeout_s)
    try:
        yield engine
    finally:
        await engine.close()


def _always(status: int = 200, **answer: Any) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response(status=status, **answer)

    return handler


def _nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def test_turn_is_posted_to_the_rest_channel_with_the_message_id_in_its_metadata() -> None:
    seen: list[Any] = []

    async def rasa(request: web.Request) -> web.Response:
        seen.append((request.method, request.path, request.content_type, await request.json()))
        return web.json_response([{"recipient_id": CONVERSATION, "text": "您好"}])

    async with _rasa(rasa) as url, _engine(url) as engine:
        answer = await engine.send(CONVERSATION, "你好", MESSAGE, {"channel": "web"})
    body = {
        "sender": CONVERSATION,
        "message": "你好",
        "metadata": {"channel": "web", "message_id": MESSAGE},
    }
    assert seen == [("POST", "/webhooks/rest/webhook", "application/json", body)]
    assert answer == [Content("您好")]


def test_card_that_follows_a_text_belongs_to_it() -> None:
    card, other = {"type": "bill"}, {"type": "usage"}
    items: list[dict[str, Any]] = [
        {"recipient_id": "c", "text": "九月账单", "buttons": [{"title": "充值", "payload": "/topup"}]},
        {"recipient_id": "c", "custom": card},
        {"recipient_id": "c", "custom": other},
        {"recipient_id": "c", "text": "再见"},
        {"recipient_id": "c", "custom": {"type": "finish"}},
        {"recipient_id": "c", "image": "http://example/image.png"},
    ]
    assert contents_from(items) == [
        Content("九月账单", (Button("充值", "/topup"),), card),
        Content("", card=other),
        Content("再见"),
        Content("", card={"type": "finish"}),
    ]


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (_always(500, text="trace"), UpstreamUnavailable),
        (_always(404, data={}), UpstreamRejected),
        (_always(text="<html>"), UpstreamMalformed),
        (_always(data={"text": "hi"}), UpstreamMalformed),
        (_always(data=["hi"]), UpstreamMalformed),
    ],
    ids=range(5),
)
async def test_failures_are_told_apart(handler: Handler, error: type[UpstreamError]) -> None:
    async with _rasa(handler) as url, _engine(url) as engine:
        with pytest.raises(error):
            await engine.send(CONVERSATION, "你好", MESSAGE, {})


async def test_late_answer_is_told_from_a_lost_connection() -> None:
    """Only after a timeout may the turn have been taken all the same."""
    asked = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(60)
        return web.json_response([])

    async def vanish(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.json_response([])

    async with _rasa(slow) as url, _engine(url, timeout_s=1.5) as engine:
        with pytest.raises(UpstreamTimeout):
            await engine.send(CONVERSATION, "你好", MESSAGE, {})
    assert asked.is_set()
    async with _rasa(vanish) as url, _engine(url, _nobody()) as engine:
        for number in range(20):  # both processes get their share
            with pytest.raises(UpstreamUnavailable):
                await engine.send(ConversationId(str(number)), "你好", MESSAGE, {})


async def test_process_that_does_not_take_connections_is_unavailable() -> None:
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.connect(full.getsockname())  # nobody takes it: there is no room for another
        async with _engine(f"http://127.0.0.1:{full.getsockname()[1]}", timeout_s=30.0) as engine:
            with pytest.raises(UpstreamUnavailable):
                await engine.send(CONVERSATION, "你好", MESSAGE, {})


async def test_connections_are_kept_open_and_one_that_was_idle_too_long_fails_no_turn() -> None:
    peers = []

    async def rasa(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.json_response([{"text": "您好"}])

    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", rasa)
    server = TestServer(app)
    await server.start_server(keepalive_timeout=1.5)
    async with _engine(str(server.make_url("")).rstrip("/")) as engine:
        for _ in range(3):
            assert await engine.send(CONVERSATION, "你好", MESSAGE, {}) == [Content("您好")]
        assert len(set(peers)) == 1
        while server.handler.connections:
            await asyncio.sleep(0.05)
        assert await engine.send(CONVERSATION, "你好", MESSAGE, {}) == [Content("您好")]
        assert len(set(peers)) == 2
    await server.close()


def _user(message_id: str) -> dict[str, Any]:
    return {"event": "user", "text": "x", "metadata": {"message_id": message_id}}


def _bot(text: str | None, **data: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": {"buttons": None, "custom": None, **data}}


TRACKER = [
    {"event": "action", "name": "action_session_start"},
    _user("first"),
    _bot("一"),
    _user(MESSAGE),
    {"event": "action", "name": "utter_x"},
    _bot("甲\n\n乙"),
    _bot("选\n\n哪个", buttons=[{"title": "丙", "payload": "/c"}]),
    _bot(None, custom={"type": "bill"}),
    {"event": "action", "name": "action_listen"},
    _user("last"),
    {"event": "user", "text": "no metadata"},
]


async def test_answer_is_found_in_the_tracker_as_the_rest_channel_had_given_it() -> None:
    async def rasa(request: web.Request) -> web.Response:
        assert request.path == f"/conversations/{CONVERSATION}/tracker"
        assert request.query == {"include_events": "ALL"}
        return web.json_response({"events": TRACKER})

    async with _rasa(rasa) as url, _engine(url) as engine:
        assert await engine.answers_to(CONVERSATION, MESSAGE) == [
            Content("甲"),
            Content("乙"),
            Content("选\n\n哪个", (Button("丙", "/c"),), {"type": "bill"}),
        ]
        assert await engine.answers_to(CONVERSATION, MessageId("last")) == []
        assert await engine.answers_to(CONVERSATION, MessageId("never sent")) is None


@pytest.mark.parametrize(
    ("handler", "is_ready"),
    [
        (_always(data={"model_file": "rasa.tar.gz"}), True),
        (_always(data={"model_file": None}), False),
        (_always(409, data={"reason": "no model"}), False),
        (_always(text="hello"), False),
    ],
    ids=range(4),
)
async def test_process_without_a_model_is_not_ready(handler: Handler, is_ready: bool) -> None:
    async with _rasa(handler) as url, _engine(url) as engine:
        assert await engine.is_ready(CONVERSATION) is is_ready


async def test_readiness_of_all_needs_every_process_and_of_a_conversation_its_own() -> None:
    down = _nobody()
    async with _rasa(_always(data={"model_file": "m"})) as up, _engine(down, up) as engine:
        owned = {engine.process_of(ConversationId(str(n))): ConversationId(str(n)) for n in range(50)}
        assert not await engine.is_ready()
        assert await engine.is_ready(owned[up])
        assert not await engine.is_ready(owned[down])


def test_conversations_spread_evenly_and_only_their_share_moves_with_a_new_process() -> None:
    ids = [ConversationId(f"{number:032x}") for number in range(3000)]
    two, three = (RasaEngine([f"http://rasa{n}:5005" for n in range(count)], 1.0) for count in (2, 3))
    before = {found: two.process_of(found) for found in ids}
    after = {found: three.process_of(found) for found in ids}
    assert all(900 < count < 1100 for count in Counter(after.values()).values())
    assert {after[found] for found in ids if before[found] != after[found]} == {"http://rasa2:5005"}
