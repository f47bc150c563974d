"""WeChat's crypto and XML, against wechatpy as an oracle and against what WeChat would never send."""

from __future__ import annotations

import base64
import os
import random

import pytest
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.channels.wechat import xml
from bot.channels.wechat.crypto import Cipher, is_signed, signature
from bot.channels.wechat.refusal import Refused

TOKEN, APP_ID = "tongda", "wxdemo0000000001"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_CHARS = "话费充值流量套餐😀𠮷é\n<>&'\"]]> abc019，。"


def _random_message(rng: random.Random) -> dict[str, xml.Value]:
    text = "".join(rng.choice(_CHARS) for _ in range(rng.randrange(0, 300)))
    return {"ToUserName": "gh_demo", "CreateTime": rng.randrange(2**31), "Content": text}


def test_a_thousand_random_messages_are_read_by_wechatpy_and_the_other_way_round() -> None:
    rng, cipher = random.Random(4), Cipher(KEY, APP_ID)
    oracle = WeChatCrypto(TOKEN, KEY, APP_ID)
    for number in range(1000):
        fields = _random_message(rng)
        plain = xml.write(fields)
        expected = {name: str(value) for name, value in fields.items()}
        stamp, nonce = str(rng.randrange(2**31)), f"nonce{number}"

        ours = cipher.encrypt(plain)
        envelope = xml.write({"Encrypt": ours})
        read_there = oracle.decrypt_message(envelope, signature(TOKEN, stamp, nonce, ours), stamp, nonce)
        assert xml.read(read_there.encode()) == expected

        theirs = xml.read(oracle.encrypt_message(plain, nonce, stamp).encode())
        assert is_signed(theirs["MsgSignature"], TOKEN, stamp, nonce, theirs["Encrypt"])
        assert xml.read(cipher.decrypt(theirs["Encrypt"])) == expected


def test_signature_is_the_one_wechatpy_makes() -> None:
    signer = WeChatSigner()
    signer.add_data(TOKEN, "1700000000", "nonce")
    assert signature(TOKEN, "1700000000", "nonce") == signer.signature
    assert not is_signed("", TOKEN, "1700000000", "nonce")
    assert not is_signed("é" * 40, TOKEN, "1700000000", "nonce")


def test_message_of_another_app_is_refused() -> None:
    with pytest.raises(Refused, match="wrong_app_id"):
        Cipher(KEY, APP_ID).decrypt(Cipher(KEY, "wxother").encrypt("<xml/>"))


def test_message_under_another_key_is_refused() -> None:
    other = base64.b64encode(os.urandom(32)).decode()[:43]
    with pytest.raises(Refused):
        Cipher(KEY, APP_ID).decrypt(Cipher(other, APP_ID).encrypt("<xml/>"))


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 17, 31, 32])
def test_truncated_message_is_refused(cut: int) -> None:
    sealed = base64.b64decode(Cipher(KEY, APP_ID).encrypt("<xml><A>话费</A></xml>"))
    with pytest.raises(Refused):
        Cipher(KEY, APP_ID).decrypt(base64.b64encode(sealed[:cut]).decode())


def test_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="43"):
        Cipher("short", APP_ID)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not xml",
        b"<html></html>",
        b"<xml><A>1</A>",
        b'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><A>&x;</A></xml>',
        b'<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><A>&b;</A></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
        b"<xml>" + b"<a>" * 100_000,
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
    ],
)
def test_what_wechat_would_not_send_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        xml.read(raw)


def test_message_too_large_is_refused_with_413() -> None:
    with pytest.raises(Refused) as refused:
        xml.read(b"<xml><A>" + b"x" * xml.MAX_BYTES + b"</A></xml>")
    assert refused.value.status == 413
