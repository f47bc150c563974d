"""Callbacks as WeChat writes and signs them, and the answers it takes."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bot.channels.wechat import xml
from bot.channels.wechat.accounts import Mode
from bot.channels.wechat.crypto import Cipher, signature
from bot.channels.wechat.refusal import Refused
from bot.channels.wechat.simulator.account import Account

MAX_TEXT_BYTES = 2048
_NOTHING = {b"", b"success"}


class MalformedReply(Exception):
    """The service answered something WeChat does not take."""


@dataclass(frozen=True)
class Reply:
    """A passive reply: `kind` is text, image or news."""

    kind: str
    shown: Mapping[str, Any] = field(default_factory=dict)


def sealed(account: Account, fields: Mapping[str, str | int]) -> tuple[dict[str, str], bytes]:
    """Return a callback's query and body, signed now: each try has its own timestamp and nonce."""
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
    query = {
        "signature": signature(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": str(fields["FromUserName"]),
    }
    if account.mode is Mode.PLAIN:
        return query, xml.write(fields).encode()
    encrypted = Cipher(account.aes_key, account.app_id).encrypt(xml.write(fields))
    query |= {
        "encrypt_type": "aes",
        "msg_signature": signature(account.token, timestamp, nonce, encrypted),
    }
    around = fields if account.mode is Mode.COMPATIBLE else {"ToUserName": fields["ToUserName"]}
    return query, xml.write({**around, "Encrypt": encrypted}).encode()


def greeting(account: Account) -> dict[str, str]:
    """Return the query with which WeChat's console asks whether a server is the owner's; `echostr` must come back."""
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
    return {
        "signature": signature(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": str(secrets.randbelow(10**19)),
    }


def opened(account: Account, openid: str, body: bytes) -> Reply | None:
    """Read what the service answered: a reply, or None for `success` and nothing.

    Raises MalformedReply for anything else: not encrypted in safe mode, signed wrongly, to somebody else, too long.
    """
    if body.strip() in _NOTHING:
        return None
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
        if (encrypted := root.findtext("Encrypt")) is not None:
            root = ElementTree.fromstring(_decrypted(account, root, encrypted), forbid_dtd=True)
        elif account.mode is Mode.SAFE:
            raise MalformedReply("a plain answer in safe mode")
    except (DefusedXmlException, ElementTree.ParseError, Refused, ValueError) as error:
        raise MalformedReply(f"unreadable: {error}") from error
    fields = {child.tag: child.text or "" for child in root}
    if (fields.get("ToUserName"), fields.get("FromUserName")) != (openid, account.original_id):
        raise MalformedReply("from or to somebody else")
    if not fields.get("CreateTime", "").isdigit():
        raise MalformedReply("without a CreateTime")
    return _reply(root, fields)


def _decrypted(account: Account, root: Any, encrypted: str) -> bytes:
    parts = root.findtext("TimeStamp") or "", root.findtext("Nonce") or ""
    right = signature(account.token, *parts, encrypted)
    if not hmac.compare_digest(root.findtext("MsgSignature") or "", right):
        raise MalformedReply("signed wrongly")
    return Cipher(account.aes_key, account.app_id).decrypt(encrypted)


def _reply(root: Any, fields: Mapping[str, str]) -> Reply:
    kind = fields.get("MsgType", "")
    if kind == "text" and fields.get("Content"):
        if len(fields["Content"].encode()) > MAX_TEXT_BYTES:
            raise MalformedReply("the text is too long")
        return Reply("text", {"text": fields["Content"]})
    if kind == "image" and (media_id := root.findtext("Image/MediaId")):
        return Reply("image", {"media_id": media_id})
    if kind == "news" and (items := root.findall("Articles/item")):
        names = {"Title": "title", "Description": "description", "Url": "url", "PicUrl": "picurl"}
        articles = [{name: item.findtext(tag) or "" for tag, name in names.items()} for item in items]
        return Reply("news", {"articles": articles})
    raise MalformedReply(f"an empty reply or an unknown kind: {kind}")
