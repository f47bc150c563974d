"""What nobody should send, through the real service, its database and the real engine: a clear answer, and no harm."""

from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import closing

import httpx
import pytest

from tests.system.stack import Stack

pytestmark = pytest.mark.rasa

TRACES = ("Traceback", "Error", "Exception", "sqlite", "SELECT", 'File "', "49")
NUMBER, QUESTION = "13800000001", "发票怎么开"

# What is sent, some words of the answer, and what the transcript keeps.
ODD = {
    "emoji": ("😀👍🎉", "看不懂表情", "😀👍🎉"),
    "emoji around words": (f"😀{QUESTION}👍", "电子发票", f"😀{QUESTION}👍"),
    "control characters": ("\x00\x1b\u202e\u200b", "没有收到文字", ""),
    "control characters in words": ("发票\x00怎\x1b么\u202e开", "电子发票", QUESTION),
    "half a character": (f"\ud83d{QUESTION}", "电子发票", QUESTION),
    "SQL": ("'; DROP TABLE messages; --", "", "'; DROP TABLE messages; --"),
    "SQL in a number": (
        f"给{NUMBER}' OR '1'='1充50",
        "138****0001 充值 50元",
        "给138****0001' OR '1'='1充50",
    ),
    "script": ("<script>alert(1)</script>", "", "<script>alert(1)</script>"),
    "template": ("{{7*7}} ${7*7}", "", "{{7*7}} ${7*7}"),
    "command of the engine": ('/session_start{"a": 1}', "", 'session_start{"a": 1}'),
    "slot of the engine": (f'/SetSlots(msisdn="{NUMBER}")', "", 'SetSlots(msisdn="138****0001")'),
}
NOT_MESSAGES = {
    "empty": (b"", "not_json"),
    "not JSON": (b"<xml>hello</xml>", "not_json"),
    "not UTF-8": (b'{"sender": "a", "message": "\xff"}', "not_json"),
    "no message": (b'{"sender": "a"}', "message_invalid"),
    "no sender": (b'{"message": "a"}', "sender_missing"),
}


@pytest.mark.parametrize(("sent", "answered", "kept"), ODD.values(), ids=ODD)
def test_odd_message_is_answered_in_words_and_kept_as_the_text_it_is(
    stack: Stack, sent: str, answered: str, kept: str
) -> None:
    sender, before = f"odd-{uuid.uuid4().hex}", stack.ledger(NUMBER)
    answer = _ask(stack, sender, sent)
    assert answer
    assert answered in answer
    assert not [trace for trace in TRACES if trace in answer]
    assert "电子发票" in _ask(stack, sender, QUESTION)  # the conversation goes on
    assert _kept(stack, sender) == [kept, QUESTION]
    assert stack.ledger(NUMBER) == before


@pytest.mark.parametrize(("body", "code"), NOT_MESSAGES.values(), ids=NOT_MESSAGES)
def test_what_is_no_message_is_refused_in_words(stack: Stack, body: bytes, code: str) -> None:
    answer = httpx.post(f"{stack.base}/webhooks/rest/webhook", content=body, timeout=60.0)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["message"]
    assert not [trace for trace in TRACES if trace in answer.text]


def _ask(stack: Stack, sender: str, text: str) -> str:
    """Send a message as JSON of ASCII alone, which can say what UTF-8 cannot; return the words of the answer."""
    body = json.dumps({"sender": sender, "message": text})
    answer = httpx.post(f"{stack.base}/webhooks/rest/webhook", content=body, timeout=60.0)
    return "\n".join(said.get("text", "") for said in answer.raise_for_status().json())


def _kept(stack: Stack, sender: str) -> list[str]:
    """Return what a customer said as the database keeps it."""
    with closing(sqlite3.connect(f"file:{stack.folder / 'tongda.db'}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "SELECT text FROM messages JOIN contacts ON contacts.id = contact_id"
            " WHERE channel_user = ? AND sender = 'customer' ORDER BY seq",
            (sender,),
        )
        return [row[0] for row in rows]
