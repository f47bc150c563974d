"""Rasa behind its port, over an in-memory transport that answers as Rasa 3.6 does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

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
URL = "http://rasa.example:5005"

Handler = Callable[[httpx.Request], httpx.Response]


def _engine(handler: Handler, *urls: str) -> RasaEngine:
    return RasaEngine(urls or (URL,), 1.0, httpx.MockTransport(handler))


async def test_turn_is_posted_to_the_rest_channel_with_the_message_id_in_its_metadata() -> None:
    seen: list[Any] = []

    def rasa(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, str(request.url), json.loads(request.content)))
        return httpx.Response(200, json=[{"recipient_id": CONVERSATION, "text": "您好"}])

    answer = await _engine(rasa).send(CONVERSATION, "你好", MESSAGE, {"channel": "web"})
    body = {
        "sender": CONVERSATION,
        "message": "你好",
        "metadata": {"channel": "web", "message_id": MESSAGE},
    }
    assert seen == [("POST", f"{URL}/webhooks/rest/webhook", body)]
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
        (lambda request: httpx.Response(500, text="trace"), UpstreamUnavailable),
        (lambda request: httpx.Response(404, json={}), UpstreamRejected),
        (lambda request: httpx.Response(200, text="<html>"), UpstreamMalformed),
        (lambda request: httpx.Response(200, json={"text": "hi"}), UpstreamMalformed),
        (lambda request: httpx.Response(200, json=["hi"]), UpstreamMalformed),
        (httpx.ConnectError, UpstreamUnavailable),
        (httpx.ConnectTimeout, UpstreamUnavailable),
        (httpx.RemoteProtocolError, UpstreamUnavailable),
        (httpx.ReadTimeout, UpstreamTimeout),
    ],
    ids=range(9),
)
async def test_failures_are_told_apart(handler: Any, error: type[UpstreamError]) -> None:
    def rasa(request: httpx.Request) -> httpx.Response:
        if isinstance(handler, type):
            raise handler("no", request=request)
        answer: httpx.Response = handler(request)
        return answer

    with pytest.raises(error):
        await _engine(rasa).send(CONVERSATION, "你好", MESSAGE, {})


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
    def rasa(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/conversations/{CONVERSATION}/tracker"
        return httpx.Response(200, json={"events": TRACKER})

    engine = _engine(rasa)
    assert await engine.answers_to(CONVERSATION, MESSAGE) == [
        Content("甲"),
        Content("乙"),
        Content("选\n\n哪个", (Button("丙", "/c"),), {"type": "bill"}),
    ]
    assert await engine.answers_to(CONVERSATION, MessageId("last")) == []
    assert await engine.answers_to(CONVERSATION, MessageId("never sent")) is None


@pytest.mark.parametrize(
    ("status", "is_ready"),
    [
        (httpx.Response(200, json={"model_file": "rasa.tar.gz"}), True),
        (httpx.Response(200, json={"model_file": None}), False),
        (httpx.Response(409, json={"reason": "no model"}), False),
        (httpx.Response(200, text="hello"), False),
    ],
    ids=range(4),
)
async def test_process_without_a_model_is_not_ready(status: httpx.Response, is_ready: bool) -> None:
    assert await _engine(lambda request: status).is_ready(CONVERSATION) is is_ready


async def test_readiness_of_all_needs_every_process_and_of_a_conversation_its_own() -> None:
    urls = ("http://a:1", "http://b:2")

    def rasa(request: httpx.Request) -> httpx.Response:
        if request.url.host == "a":
            raise httpx.ConnectError("down", request=request)
        return httpx.Response(200, json={"model_file": "m"})

    engine = _engine(rasa, *urls)
    owned = {engine.process_of(ConversationId(str(n))): ConversationId(str(n)) for n in range(50)}
    assert not await engine.is_ready()
    assert await engine.is_ready(owned["http://b:2"])
    assert not await engine.is_ready(owned["http://a:1"])


def test_conversations_spread_evenly_and_only_their_share_moves_with_a_new_process() -> None:
    ids = [ConversationId(f"{number:032x}") for number in range(3000)]
    two, three = (
        _engine(lambda r: httpx.Response(200), *[f"http://rasa{n}:5005" for n in range(count)])
        for count in (2, 3)
    )
    before = {found: two.process_of(found) for found in ids}
    after = {found: three.process_of(found) for found in ids}
    assert all(900 < count < 1100 for count in Counter(after.values()).values())
    assert {after[found] for found in ids if before[found] != after[found]} == {"http://rasa2:5005"}
