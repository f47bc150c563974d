"""Connections that break, and a service that is told to stop, in the middle of a message: each is answered, once."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.system.stack import Stack

pytestmark = pytest.mark.rasa


def _ask(stack: Stack, sender: str, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
    body = {"sender": sender, "message": text, "message_id": message_id}
    answer = httpx.post(f"{stack.base}/webhooks/rest/webhook", json=body, timeout=60.0)
    answer.raise_for_status()
    said: list[dict[str, Any]] = answer.json()
    return said


def _request(sender: str, text: str, message_id: str) -> bytes:
    body = json.dumps({"sender": sender, "message": text, "message_id": message_id}).encode()
    head = f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _send_and_hang_up(stack: Stack, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", stack.settings.port), timeout=10) as connection:
        connection.sendall(request)


def _texts(said: list[dict[str, Any]]) -> list[str]:
    return [line["text"] for line in said if "text" in line]


def test_message_of_a_client_that_hangs_up_is_answered_when_it_asks_again(stack: Stack) -> None:
    sender, message = f"hangs-up-{uuid.uuid4().hex}", uuid.uuid4().hex
    whole = _request(sender, "发票怎么开", message)
    _send_and_hang_up(stack, whole[: len(whole) // 2])  # this one never was a message
    _send_and_hang_up(stack, whole)
    said = _texts(_ask(stack, sender, "发票怎么开", message))
    assert any("发票" in text for text in said)
    assert len(said) == len(set(said))
    assert _ask(stack, sender, "") == []


def test_message_of_ten_thousand_characters_is_refused_in_words_and_the_next_is_answered(
    stack: Stack,
) -> None:
    sender = f"writes-long-{uuid.uuid4().hex}"
    refusal = _texts(_ask(stack, sender, "我想问一下" * 2000))
    assert len(refusal) == 1
    assert str(stack.settings.message_max_chars) in refusal[0]
    assert any("发票" in text for text in _texts(_ask(stack, sender, "发票怎么开")))


def test_service_that_is_stopped_in_the_middle_of_messages_answers_each_once_after_its_start(
    stack: Stack,
) -> None:
    asked = [(f"stopped-{uuid.uuid4().hex}", uuid.uuid4().hex) for _ in range(8)]

    def send(sender: str, message: str) -> None:
        with suppress(httpx.HTTPError):  # it was stopped: the client asks again
            _ask(stack, sender, "发票怎么开", message)

    senders = [threading.Thread(target=send, args=pair) for pair in asked]
    for thread in senders:
        thread.start()
    stack.stop("service")
    for thread in senders:
        thread.join()
    stack.start("service")
    stack.wait_ready()
    for sender, message in asked:
        said = _texts(_ask(stack, sender, "发票怎么开", message))
        assert [("发票" in text) for text in said].count(True) == 1, said
        assert _ask(stack, sender, "") == []
