"""A callback's envelope: who signed it, when, and for which account; only then is it opened."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.wechat import xml
from bot.channels.wechat.accounts import Account, Mode
from bot.channels.wechat.crypto import is_signed, signature
from bot.channels.wechat.refusal import Refused

_WINDOW_S = 300  # a callback's timestamp may be off by this much
_NONCE_CHARS = 64
_TIMESTAMP_CHARS = 12


@dataclass(frozen=True, slots=True)
class Opened:
    """A callback that was let in."""

    fields: Mapping[str, str]
    stamp: str  # timestamp and nonce: what a signature is good for, once
    is_encrypted: bool


class Envelope:
    """Opens and seals the messages of one account."""

    def __init__(self, account: Account) -> None:
        self._account, self._cipher = account, account.cipher

    def echo(self, query: Mapping[str, str], now: datetime) -> str:
        """Return what WeChat wants to hear when the callback's address is entered in its console."""
        self._check_signature(query, now)
        return query.get("echostr", "")

    def open(self, query: Mapping[str, str], body: bytes, now: datetime) -> Opened:
        """Return a callback's fields; raise Refused for whatever WeChat did not sign, just now, for this account."""
        fields, is_encrypted = xml.read(body), query.get("encrypt_type", "raw") == "aes"
        if is_encrypted:
            encrypted = fields.get("Encrypt", "")
            stamp = self._check(query, "msg_signature", now, encrypted)
            fields = xml.read(self._cipher.decrypt(encrypted))
        elif self._account.mode is Mode.PLAIN or self._account.takes_any_mode:
            stamp = self._check_signature(query, now)
        else:
            raise Refused("not_encrypted", status=403)
        if fields.get("ToUserName") != self._account.original_id:
            raise Refused("wrong_account", status=403)
        return Opened(fields, stamp, is_encrypted)

    def seal(self, text: str, fields: Mapping[str, str], is_encrypted: bool, now: datetime) -> str:
        """Write a passive text reply to a callback, encrypted when that was."""
        created = int(now.timestamp())
        reply = xml.write(
            {
                "ToUserName": fields["FromUserName"],
                "FromUserName": fields["ToUserName"],
                "CreateTime": created,
                "MsgType": "text",
                "Content": text,
            }
        )
        if not is_encrypted:
            return reply
        encrypted, nonce = self._cipher.encrypt(reply), str(secrets.randbelow(10**10))
        signed = signature(self._account.token, str(created), nonce, encrypted)
        return xml.write({"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": created, "Nonce": nonce})

    def _check_signature(self, query: Mapping[str, str], now: datetime) -> str:
        return self._check(query, "signature", now)

    def _check(self, query: Mapping[str, str], name: str, now: datetime, *more: str) -> str:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _TIMESTAMP_CHARS):
            raise Refused("no_timestamp")
        if not nonce or len(nonce) > _NONCE_CHARS:
            raise Refused("no_nonce")
        if not is_signed(query.get(name, ""), self._account.token, timestamp, nonce, *more):
            raise Refused("wrong_signature", status=403)
        if abs(now.timestamp() - int(timestamp)) > _WINDOW_S:
            raise Refused("out_of_time", status=403)
        return f"{timestamp}:{nonce}"
