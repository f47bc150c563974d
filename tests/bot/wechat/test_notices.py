"""What reaches a customer outside WeChat, and what is made of a recording."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import json

from app.wechat import by_sms
from bot.channels.wechat import speech
from bot.channels.wechat.words import word
from bss.port import Bss
from conversations.directory import Directory
from conversations.identity import Identity
from conversations.model import Content, Sender
from conversations.transcript import Transcript
from core.clock import FixedClock
from core.database import Database
from core.ids import Msisdn
from core.settings import Settings
from tests.bot.wechat.services import world
from tests.bot.wechat.simulated import address, bound, served


class Outgoing:
    """Takes text messages, as the billing system does."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send_sms(self, number: Msisdn, text: str, key: str) -> None:
        self.sent.append((number, text, key))


@pytest.mark.parametrize("is_proven", [True, False])
async def test_only_a_proven_number_gets_the_notice(
    database: Database, clock: FixedClock, settings: Settings, is_proven: bool
) -> None:
    identity, outgoing = Identity(database, clock, settings), Outgoing()
    conversation = await Directory(database, clock, settings).current("wechat", "demo:anna")
    if is_proven:
        code = await identity.issue_code(conversation.id, Msisdn("13800000001"))
        await identity.check_code(conversation.id, code)
    transcript = Transcript(database, clock, settings)
    said = await transcript.say(conversation.id, Content("充值成功"), Sender.SYSTEM)
    assert said is not None
    await by_sms(cast(Bss, outgoing), identity)(said)
    expected = [("13800000001", word("notice"), f"wechat-{said.id}")] if is_proven else []
    assert outgoing.sent == expected


def _recogniser(heard: list[bytes], slow_s: float = 0.0) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(f"recogniser-{id(heard)}", configure_logging=False)
    app.config.AUTO_EXTEND = False

    async def recognise(request: Request) -> HTTPResponse:
        heard.append(request.body)
        await asyncio.sleep(slow_s)
        return json({"text": " 查话费 "})

    app.add_route(recognise, "/", methods=["POST"], name="recognise")
    return app


async def test_recording_is_written_down_by_the_recogniser(sqlite_url: str, settings: Settings) -> None:
    heard: list[bytes] = []
    listening = bound()
    async with (
        served(_recogniser(heard), listening),
        world(sqlite_url, settings, wechat_speech_url=address(listening) + "/") as chat,
    ):
        await chat.simulator.post("users/anna/voice")
        await chat.simulator.quiet()
        assert chat.service.engine.sent[-1][1] == "查话费"
        assert heard[0].startswith(b"#!AMR")


@pytest.mark.parametrize("slow", ["recogniser", "media"])
async def test_recording_that_takes_too_long_is_not_waited_for(
    sqlite_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    assert settings.wechat_passive_s > speech._IN_ALL_S
    monkeypatch.setattr(speech, "_IN_ALL_S", 0.5)
    listening, slow_s = bound(), 30.0 if slow == "recogniser" else 0.0
    async with (
        served(_recogniser([], slow_s), listening),
        world(
            sqlite_url, settings, wechat_speech_url=address(listening) + "/", wechat_timeout_s=30.0
        ) as chat,
    ):
        if slow == "media":
            await chat.simulator.fault(kind="slow", api="media/get", delay_s=30.0)
        await chat.simulator.post("users/anna/voice")
        await chat.simulator.quiet()
        expected = chat.service.gateway.texts.text("voice")
        assert (await chat.simulator.shows("anna"))[-1] == f"passive: {expected}"
        assert await chat.simulator.outcomes("anna") == ["replied"]


async def test_recogniser_that_is_down_means_please_type(sqlite_url: str, settings: Settings) -> None:
    dead = bound()
    async with world(sqlite_url, settings, wechat_speech_url=address(dead) + "/") as chat:
        await chat.simulator.post("users/anna/voice")
        await chat.simulator.quiet()
        expected = chat.service.gateway.texts.text("voice")
        assert (await chat.simulator.shows("anna"))[-1] == f"passive: {expected}"
    dead.close()
