"""The REST channel: Rasa's protocol, and a clear answer to everything that is not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from conversations.model import Button, Content, Sender
from conversations.tables import messages
from tests.bot.conftest import Serve, Served

URL = "/webhooks/rest/webhook"
OUTSIDE = {"sandbox": False, "rest_tokens": ("token-of-a-client", "token-of-another")}


async def _say(served: Served, message: Any, sender: str = "anna", **more: Any) -> list[dict[str, Any]]:
    body = json.dumps(
        {"sender": sender, "message": message, **more}
    )  # escaped: half a pair of surrogates too
    answer = await served.http.post(URL, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_answer_has_the_shape_rasa_clients_expect(served: Served) -> None:
    card = {"type": "receipt", "title": "充值"}
    served.engine.answer = lambda text: [
        Content("请选择", (Button("充50元", "/topup"),)),
        Content("回执", card=card),
    ]
    assert await _say(served, "充值") == [
        {"recipient_id": "anna", "text": "请选择", "buttons": [{"title": "充50元", "payload": "/topup"}]},
        {"recipient_id": "anna", "text": "回执", "custom": card},
    ]


async def test_empty_message_fetches_what_came_in_between(served: Served) -> None:
    await _say(served, "充50")
    conversation = await served.gateway.directory.current("rest", "anna")
    await served.gateway.transcript.say(conversation.id, Content("充值成功"), Sender.BOT)
    assert await _say(served, "") == [{"recipient_id": "anna", "text": "充值成功"}]
    assert await _say(served, "") == []


@pytest.mark.parametrize("place", ["top", "metadata"])
async def test_repeated_request_with_a_message_id_is_answered_again_and_worked_on_once(
    served: Served, place: str
) -> None:
    more = {"message_id": "m1"} if place == "top" else {"metadata": {"message_id": "m1"}}
    assert await _say(served, "充50", **more) == await _say(served, "充50", **more)
    assert len(served.engine.sent) == 1


BAD_BODIES = [
    (b"this is not json", 400, "not_json"),
    (b"", 400, "not_json"),
    (b'{"sender": "a", "message": "\xff\xfe"}', 400, "not_json"),
    (b"[" * 30_000, 400, "not_json"),
    (b"[1, 2]", 400, "not_an_object"),
    (b'"hello"', 400, "not_an_object"),
    (b'{"message": "hi"}', 400, "sender_missing"),
    (b'{"sender": null, "message": "hi"}', 400, "sender_missing"),
    (b'{"sender": 7, "message": "hi"}', 400, "sender_invalid"),
    (b'{"sender": "", "message": "hi"}', 400, "sender_invalid"),
    (b'{"sender": "a\\u0000b", "message": "hi"}', 400, "sender_invalid"),
    (b'{"sender": "\\ud800", "message": "hi"}', 400, "sender_invalid"),
    (b'{"sender": "%s", "message": "hi"}' % (b"a" * 201), 400, "sender_invalid"),
    (b'{"sender": "a"}', 400, "message_invalid"),
    (b'{"sender": "a", "message": {"text": "hi"}}', 400, "message_invalid"),
    (b'{"sender": "a", "message": "hi", "message_id": 3}', 400, "message_id_invalid"),
    (b'{"sender": "a", "message": "hi", "metadata": []}', 400, "metadata_invalid"),
    (b'{"sender": "a", "message": "%s"}' % (b"x" * 70_000), 413, "too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_request_that_breaks_the_protocol_gets_a_clear_error(
    served: Served, body: bytes, status: int, code: str
) -> None:
    answer = await served.http.post(URL, content=body, headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"] == served.gateway.texts.error(code, max_kb=64)


async def test_body_without_a_length_is_cut_off_at_the_limit(served: Served) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield b"x" * 1024

    answer = await served.http.post(URL, content=endless())
    assert answer.status_code == 413


ODD_TEXTS = [
    ("x" * 10_000, "too_long", None),
    ("  \t ", "empty", None),
    ("\x00\x1b\u200b\u202e", "empty", None),
    ("😀👍🎉", "no_words", None),
    ("？！……", "no_words", None),
    ("/", "no_words", None),
    ("<script>alert(1)</script>", None, "<script>alert(1)</script>"),
    ("'; DROP TABLE messages; --", None, "'; drop table messages; --"),
    ("给13800000001' OR '1'='1充50", None, "给[msisdn_1]' or '1'='1充50"),
    ("查\x00话\x1b费", None, "查话费"),
    ("\ud83d查话费", None, "查话费"),
    ("/restart", None, "restart"),
    ("//inform{}", None, "inform{}"),
]


@pytest.mark.parametrize(("text", "refusal", "sent"), ODD_TEXTS, ids=range(len(ODD_TEXTS)))
async def test_odd_text_is_answered_and_never_harms(
    served: Served, text: str, refusal: str | None, sent: str | None
) -> None:
    (answer,) = await _say(served, text)
    assert [sent_text for _, sent_text in served.engine.sent] == ([sent] if sent else [])
    if refusal is not None:
        assert answer["text"] == served.gateway.texts.text(refusal, max_chars=2000)
    async with served.gateway.outbox._db.read() as connection:
        stored = (await connection.execute(select(messages.c.text, messages.c.engine_text))).all()
    assert all("13800000001" not in f"{row.text}{row.engine_text}" for row in stored)
    assert all(len(row.text) < 300 for row in stored)


async def test_markup_is_kept_as_the_text_it_is(served: Served) -> None:
    await _say(served, "<img src=x onerror=alert(1)>")
    found = await served.gateway.history("rest", "anna")
    assert found[0].content.text == "<img src=x onerror=alert(1)>"


async def test_client_without_a_token_is_refused_outside_the_sandbox(serve: Serve) -> None:
    async with serve(**OUTSIDE) as served:
        body = {"sender": "anna", "message": "查话费"}
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic token-of-a-client"}):
            refused = await served.http.post(URL, json=body, headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorised")
        assert served.engine.sent == []


@pytest.mark.parametrize("by", ["header", "query"])
async def test_client_with_a_token_is_served_outside_the_sandbox(serve: Serve, by: str) -> None:
    async with serve(**OUTSIDE) as served:
        answer = await served.http.post(
            URL + ("?token=token-of-another" if by == "query" else ""),
            json={"sender": "anna", "message": "查话费"},
            headers={"authorization": "Bearer token-of-another"} if by == "header" else {},
        )
        assert (answer.status_code, answer.json()[0]["text"]) == (200, "收到：查话费")


async def test_sender_who_is_too_fast_gets_429(serve: Serve) -> None:
    async with serve(messages_per_minute=2) as served:
        await _say(served, "一")
        await _say(served, "二")
        answer = await served.http.post(URL, json={"sender": "anna", "message": "三"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")


async def test_bug_shows_the_customer_no_trace(served: Served) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("secret detail")

    served.gateway.transcript.receive = broken  # type: ignore[method-assign, assignment]
    answer = await served.http.post(URL, json={"sender": "anna", "message": "查话费"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"]["message"] == served.gateway.texts.error("internal")


async def test_engine_that_raises_a_bug_is_apologised_for(served: Served) -> None:
    def broken(text: str) -> list[Content]:
        raise RuntimeError("secret detail")

    served.engine.answer = broken
    assert [a["text"] for a in await _say(served, "查话费")] == [served.gateway.texts.text("failed")]
    served.engine.answer = lambda text: [Content("好的")]
    assert [a["text"] for a in await _say(served, "再来")] == ["好的"]


async def test_many_senders_at_once_each_get_their_own_answer(served: Served) -> None:
    answers = await asyncio.gather(*(_say(served, f"问题{n}", sender=f"user{n}") for n in range(30)))
    assert answers == [[{"recipient_id": f"user{n}", "text": f"收到：问题{n}"}] for n in range(30)]
