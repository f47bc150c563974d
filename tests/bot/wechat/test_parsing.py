"""Every kind of message and event is understood as wechatpy understands it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import cast

import pytest
from wechatpy import events, messages, parse_message

from bot.channels.wechat import xml
from bot.channels.wechat.arrival import Action, Arrival, Kind, arrival_from
from bot.channels.wechat.client import WechatApi
from bot.channels.wechat.inbound import Inbounds
from bot.channels.wechat.menu import read_menu
from bot.channels.wechat.speech import NoRecogniser
from bot.channels.wechat.words import word
from conversations.model import AttachmentKind

NOW = datetime(2026, 10, 15, 4, 0, tzinfo=timezone.utc)
EACH = 120
_CHARS = "话费充值流量套餐😀𠮷é<>&'\"[] abc019，。"
_KINDS = ["text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage"]
_EVENTS = {
    "subscribe": Kind.SUBSCRIBE,
    "subscribe_scan": Kind.SUBSCRIBE,  # wechatpy's name for a follow by a scanned code
    "unsubscribe": Kind.UNSUBSCRIBE,
    "scan": Kind.SCAN,
    "click": Kind.CLICK,
}


def _random_text(rng: random.Random) -> str:
    """Return a text as WeChat sends it, with no white space around it: wechatpy takes that away."""
    return "字" + "".join(rng.choice(_CHARS) for _ in range(rng.randrange(60))) + "。"


def _name(rng: random.Random) -> str:
    return "".join(rng.choice(string.ascii_letters + string.digits + "_-") for _ in range(28))


def _sent(rng: random.Random, kind: str) -> dict[str, xml.Value]:
    return {
        "ToUserName": "gh_demo",
        "FromUserName": _name(rng),
        "CreateTime": int(NOW.timestamp()) - rng.randrange(290),
        "MsgType": kind,
    }


def _message(rng: random.Random, kind: str) -> dict[str, xml.Value]:
    fields = _sent(rng, kind) | {"MsgId": str(rng.randrange(10**15, 2 * 10**15))}
    media: dict[str, xml.Value] = {"MediaId": _name(rng)}
    own: dict[str, dict[str, xml.Value]] = {
        "text": {"Content": _random_text(rng)},
        "image": {"PicUrl": f"http://mmbiz.example/{_name(rng)}?a=1&b=2", **media},
        "voice": {"Format": "amr", **media}
        | ({"Recognition": _random_text(rng)} if rng.random() < 0.5 else {}),
        "video": {"ThumbMediaId": _name(rng), **media},
        "shortvideo": {"ThumbMediaId": _name(rng), **media},
        "location": {
            "Location_X": f"{rng.uniform(18, 53):.6f}",
            "Location_Y": f"{rng.uniform(73, 135):.6f}",
            "Scale": rng.randrange(20),
            "Label": _random_text(rng) if rng.random() < 0.5 else "",
        },
        "link": {
            "Title": _random_text(rng),
            "Description": _random_text(rng),
            "Url": f"https://a.example/{_name(rng)}?x=<&>",
        },
        "miniprogrampage": {"Title": _random_text(rng), "AppId": _name(rng)},
    }
    return fields | own[kind]


def _event(rng: random.Random, name: str) -> dict[str, xml.Value]:
    keys = {
        "subscribe": "",
        "subscribe_scan": f"qrscene_{rng.randrange(10**6)}",
        "click": rng.choice(["balance_query", "topup"]),
        "view": f"https://a.example/{_name(rng)}",
    }
    sent = "subscribe" if name == "subscribe_scan" else rng.choice([name, name.upper()])
    return _sent(rng, "event") | {
        "Event": sent,
        "EventKey": keys.get(name, str(rng.randrange(10**6))),
        "Ticket": _name(rng),
        "Latitude": f"{rng.uniform(18, 53):.6f}",
        "Longitude": f"{rng.uniform(73, 135):.6f}",
        "Precision": "65.000000",
    }


_NO_API = cast(WechatApi, object())  # nobody fetches a recording that nobody understands
INBOUNDS = Inbounds({"demo": _NO_API}, {"demo": read_menu()}, NoRecogniser())


def _arrived(fields: Mapping[str, xml.Value]) -> tuple[Arrival, messages.BaseMessage]:
    """Read a message both ways; what every kind has must be the same."""
    plain = xml.write(fields)
    arrival, oracle = arrival_from("demo", xml.read(plain.encode()), NOW), parse_message(plain)
    assert (arrival.openid, arrival.fields["ToUserName"]) == (oracle.source, oracle.target)
    assert int(arrival.at.timestamp()) == oracle.time
    assert timedelta() <= NOW - arrival.at < timedelta(minutes=5)
    return arrival, oracle


_KEPT: dict[str, tuple[AttachmentKind, Callable[[messages.BaseMessage], dict[str, str]]]] = {
    "image": (AttachmentKind.PICTURE, lambda oracle: {"url": oracle.image, "media_id": oracle.media_id}),
    "voice": (AttachmentKind.VOICE, lambda oracle: {"media_id": oracle.media_id}),
    "video": (AttachmentKind.VIDEO, lambda oracle: {"media_id": oracle.media_id}),
    "shortvideo": (AttachmentKind.VIDEO, lambda oracle: {"media_id": oracle.media_id}),
    "location": (AttachmentKind.LOCATION, lambda _: {}),
    "link": (AttachmentKind.LINK, lambda oracle: {"url": oracle.url}),
}


@pytest.mark.parametrize("kind", _KINDS)
async def test_message_is_read_as_wechatpy_reads_it(kind: str) -> None:
    rng = random.Random(kind)
    for _ in range(EACH):
        arrival, oracle = _arrived(_message(rng, kind))
        assert arrival.key == str(oracle.id)
        if kind == "miniprogrampage":  # an account is not sent them; were it, there is nothing to say
            assert (arrival.kind, arrival.action) == (Kind.OTHER, Action.NONE)
            continue
        assert arrival.action is Action.MESSAGE
        heard = await INBOUNDS.of(arrival, None)
        assert heard is not None
        said = (
            getattr(oracle, "content", None)
            or getattr(oracle, "recognition", None)
            or getattr(oracle, "label", None)
        )
        if said:
            assert (heard.text, heard.attachment) == (said, None)
            continue
        assert heard.attachment is not None
        attached, kept = _KEPT[kind]
        assert (heard.attachment.kind, heard.attachment.reference) == (attached, kept(oracle))
        if kind == "location":
            latitude, longitude = oracle.location
            assert heard.attachment.shown == word("unnamed_location", latitude=latitude, longitude=longitude)
        elif kind == "link":
            assert heard.attachment.shown == word("link", title=oracle.title, url=oracle.url)


@pytest.mark.parametrize(
    "name", sorted(name for name in events.EVENT_TYPES if not name.startswith("device_"))
)
async def test_event_is_read_as_wechatpy_reads_it(name: str) -> None:
    rng = random.Random(name)
    for _ in range(10):
        arrival, oracle = _arrived(_event(rng, name))
        assert oracle.event == name
        assert arrival.kind is _EVENTS.get(name, Kind.OTHER)
        is_granted = arrival.kind in (Kind.SUBSCRIBE, Kind.SCAN, Kind.CLICK)
        assert arrival.action is (Action.CLICK if is_granted else Action.NONE)
        if name == "click":
            heard = await INBOUNDS.of(arrival, None)
            assert heard is not None
            assert heard.text == f"/{oracle.key}"
        elif name in ("scan", "subscribe_scan"):
            assert arrival.event_key.removeprefix("qrscene_") == oracle.scene_id
