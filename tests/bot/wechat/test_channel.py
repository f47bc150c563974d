"""The channel as a user of WeChat meets it: the simulator calls the service, and the phone shows what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels.wechat.words import word
from core.settings import Settings
from tests.bot.wechat.services import World, world


@pytest.fixture
async def chat(sqlite_url: str, settings: Settings) -> AsyncIterator[World]:
    """One user who follows the account."""
    async with world(sqlite_url, settings) as running:
        yield running


async def test_quick_answer_is_the_passive_reply(chat: World) -> None:
    assert await chat.says("查话费") == ["passive: 收到：查话费"]


async def test_slow_answer_is_acknowledged_and_pushed(chat: World) -> None:
    chat.service.engine.delay_s = 1.5
    assert await chat.says("查话费") == []
    assert await chat.shown(3) == [f"passive: {word('welcome')}", "user: 查话费", "push: 收到：查话费"]
