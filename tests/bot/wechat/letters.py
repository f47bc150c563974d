"""WeChat's side written by hand: callbacks signed and sealed, replies opened."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from bot.channels.wechat import xml
from bot.channels.wechat.accounts import DEMO, Account
from bot.channels.wechat.crypto import is_signed, signature

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Letter:
    """One delivery: the query and the body of a callback."""

    query: Mapping[str, str]
    body: bytes


def text_fields(text: str, at: datetime, msg_id: str = "", openid: str = "anna") -> dict[str, xml.Value]:
    """Return the fields of a text message."""
    return {
        "ToUserName": DEMO.original_id,
        "FromUserName": openid,
        "CreateTime": int(at.timestamp()),
        "MsgType": "text",
        "Content": text,
        "MsgId": msg_id or f"2{next(_NUMBERS):015d}",
    }


def event_fields(event: str, at: datetime, key: str = "", openid: str = "anna") -> dict[str, xml.Value]:
    """Return the fields of an event."""
    return {
        "ToUserName": DEMO.original_id,
        "FromUserName": openid,
        "CreateTime": int(at.timestamp()),
        "MsgType": "event",
        "Event": event,
        "EventKey": key,
    }


def letter(
    fields: Mapping[str, xml.Value],
    at: datetime,
    account: Account = DEMO,
    is_encrypted: bool = True,
    nonce: str = "",
) -> Letter:
    """Sign (and seal) a callback as WeChat does."""
    timestamp, nonce = str(int(at.timestamp())), nonce or f"n{next(_NUMBERS)}"
    plain = xml.write(fields)
    query = {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": signature(account.token, timestamp, nonce),
    }
    if not is_encrypted:
        return Letter(query, plain.encode())
    sealed = account.cipher.encrypt(plain)
    query |= {
        "encrypt_type": "aes",
        "msg_signature": signature(account.token, timestamp, nonce, sealed),
    }
    body = xml.write({"ToUserName": account.original_id, "Encrypt": sealed})
    return Letter(query, body.encode())


@dataclass(frozen=True)
class Answer:
    """What came back: the text of a passive reply, or nothing but `success`."""

    status: int
    text: str | None


async def deliver(http: httpx.AsyncClient, sent: Letter, account: str = "demo") -> Answer:
    """Deliver a callback and open the reply."""
    got = await http.post(f"/wechat/{account}", params=dict(sent.query), content=sent.body)
    if got.status_code != 200 or got.content == b"success":
        return Answer(got.status_code, None)
    fields = xml.read(got.content)
    if "Encrypt" in fields:
        parts = fields["TimeStamp"], fields["Nonce"], fields["Encrypt"]
        assert is_signed(fields["MsgSignature"], DEMO.token, *parts)
        fields = xml.read(DEMO.cipher.decrypt(fields["Encrypt"]))
    assert fields["MsgType"] == "text"
    return Answer(200, fields["Content"])
