"""What WeChat did not sign, just now and for this account, is not opened."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bot.channels.wechat import xml
from bot.channels.wechat.accounts import DEMO, Mode
from bot.channels.wechat.arrival import Action, Kind, arrival_from
from bot.channels.wechat.claims import Claims
from bot.channels.wechat.crypto import signature
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.refusal import Refused
from core.clock import FixedClock
from core.database import Database
from tests.bot.wechat.letters import Letter, event_fields, letter, text_fields

NOW = datetime(2026, 10, 15, 4, 0, tzinfo=timezone.utc)
_BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _resigned(sent: Letter, encrypted: str) -> Letter:
    """Sign a changed cipher text as somebody would who knows the token, but not the key."""
    signed = signature(DEMO.token, sent.query["timestamp"], sent.query["nonce"], encrypted)
    return Letter({**sent.query, "msg_signature": signed}, xml.write({"Encrypt": encrypted}).encode())


def _encrypted(sent: Letter) -> str:
    return xml.read(sent.body)["Encrypt"]


def flip_bit_in_body(rng: random.Random, sent: Letter) -> Letter:
    sealed = bytearray(base64.b64decode(_encrypted(sent)))
    sealed[rng.randrange(len(sealed))] ^= 1 << rng.randrange(8)
    return Letter(sent.query, xml.write({"Encrypt": base64.b64encode(sealed).decode()}).encode())


def flip_bit_in_signature(rng: random.Random, sent: Letter) -> Letter:
    signed = sent.query["msg_signature"]
    place = rng.randrange(len(signed))
    other = rng.choice([char for char in "0123456789abcdef" if char != signed[place]])
    return Letter({**sent.query, "msg_signature": signed[:place] + other + signed[place + 1 :]}, sent.body)


def truncate(rng: random.Random, sent: Letter) -> Letter:
    sealed = base64.b64decode(_encrypted(sent))
    cut = sealed[: rng.randrange(len(sealed))]
    return _resigned(sent, base64.b64encode(cut).decode())


def other_app(rng: random.Random, _: Letter) -> Letter:
    other = replace(DEMO, app_id=f"wx{rng.randrange(10**10)}")
    return letter(text_fields("你好", NOW), NOW, other)


def old(rng: random.Random, _: Letter) -> Letter:
    off = timedelta(seconds=rng.choice([-1, 1]) * rng.randrange(301, 10**6))
    return letter(text_fields("你好", NOW), NOW + off, is_encrypted=rng.random() < 0.5)


def other_timestamp(rng: random.Random, sent: Letter) -> Letter:
    shifted = str(int(sent.query["timestamp"]) + rng.randrange(1, 200))
    return Letter({**sent.query, "timestamp": shifted}, sent.body)


def external_entity(rng: random.Random, _: Letter) -> Letter:
    plain = f'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/{rng.choice(["passwd", "hosts"])}">]><xml><MsgType>&x;</MsgType></xml>'
    if rng.random() < 0.5:  # inside, by somebody who knows everything
        return _resigned(letter({}, NOW), DEMO.cipher.encrypt(plain))
    return Letter(letter({}, NOW, is_encrypted=False).query, plain.encode())


def billion_laughs(rng: random.Random, _: Letter) -> Letter:
    plain = (
        f'<!DOCTYPE xml [<!ENTITY l0 "ha">{_BOMB}]><xml><MsgType>&l{rng.randrange(5, 10)};</MsgType></xml>'
    )
    return _resigned(letter({}, NOW), DEMO.cipher.encrypt(plain))


def replayed_nonce(rng: random.Random, sent: Letter) -> Letter:
    fields = text_fields(f"转账{rng.randrange(10**6)}", NOW)
    return letter(fields, NOW, nonce=sent.query["nonce"], is_encrypted=rng.random() < 0.5)


MUTATIONS: list[Callable[[random.Random, Letter], Letter]] = [
    flip_bit_in_body,
    flip_bit_in_signature,
    truncate,
    other_app,
    old,
    other_timestamp,
    external_entity,
    billion_laughs,
    replayed_nonce,
]


async def test_thousand_mutated_callbacks_are_refused(sqlite_url: str) -> None:
    rng, envelope, database = random.Random(7), Envelope(DEMO), Database(sqlite_url)
    claims = Claims(database, FixedClock(NOW), "one", timedelta(seconds=5))

    async def take_in(sent: Letter) -> None:
        opened = envelope.open(sent.query, sent.body, NOW)
        arrival = arrival_from("demo", opened.fields, NOW)
        await claims.take(arrival, opened.stamp, arrival.action)

    for number in range(1000):
        sent = letter(text_fields("查话费" * rng.randrange(1, 50), NOW), NOW)
        await take_in(sent)
        mutated = MUTATIONS[number % len(MUTATIONS)](rng, sent)
        with pytest.raises(Refused) as refused:
            await take_in(mutated)
        assert 400 <= refused.value.status < 500
    await database.close()


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce"])
def test_plain_callback_without_one_of_its_values_is_refused(name: str) -> None:
    sent = letter(text_fields("你好", NOW), NOW, is_encrypted=False)
    query = {key: value for key, value in sent.query.items() if key != name}
    with pytest.raises(Refused):
        Envelope(DEMO).open(query, sent.body, NOW)


@pytest.mark.parametrize("mode", [Mode.SAFE, Mode.COMPATIBLE])
def test_plain_callback_is_refused_where_encrypted_ones_are_due(mode: Mode) -> None:
    account = replace(DEMO, takes_any_mode=False, mode=mode)
    sent = letter(text_fields("你好", NOW), NOW, is_encrypted=False)
    with pytest.raises(Refused, match="not_encrypted"):
        Envelope(account).open(sent.query, sent.body, NOW)


def test_message_for_another_account_is_refused() -> None:
    sent = letter({**text_fields("你好", NOW), "ToUserName": "gh_other"}, NOW)
    with pytest.raises(Refused, match="wrong_account"):
        Envelope(DEMO).open(sent.query, sent.body, NOW)


def test_console_is_shown_its_echo_only_with_the_right_signature() -> None:
    query = {**letter({}, NOW, is_encrypted=False).query, "echostr": "echo"}
    assert Envelope(DEMO).echo(query, NOW) == "echo"
    with pytest.raises(Refused, match="wrong_signature"):
        Envelope(DEMO).echo({**query, "nonce": "other"}, NOW)


def _read(fields: dict[str, xml.Value]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}


def test_event_is_known_by_who_when_and_what() -> None:
    first = arrival_from("demo", _read(event_fields("CLICK", NOW, "topup")), NOW)
    again = arrival_from("demo", _read(event_fields("CLICK", NOW, "topup")), NOW)
    later = arrival_from("demo", _read(event_fields("CLICK", NOW + timedelta(seconds=1), "topup")), NOW)
    assert first.key == again.key != later.key
    assert (first.kind, first.action) == (Kind.CLICK, Action.CLICK)


def test_tap_in_a_message_menu_counts_as_a_click() -> None:
    fields = {**_read(text_fields("5星", NOW)), "bizmsgmenuid": "1201"}
    assert arrival_from("demo", fields, NOW).action is Action.CLICK


@pytest.mark.parametrize("missing", ["MsgId", "FromUserName", "MsgType"])
def test_message_without_what_wechat_always_sends_is_refused(missing: str) -> None:
    fields = {name: value for name, value in _read(text_fields("你好", NOW)).items() if name != missing}
    with pytest.raises(Refused, match="malformed"):
        arrival_from("demo", fields, NOW)


def test_unbelievable_time_counts_as_now() -> None:
    fields = {**_read(text_fields("你好", NOW)), "CreateTime": "99999999999999"}
    assert arrival_from("demo", fields, NOW).at == NOW
