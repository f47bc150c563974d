"""A hundred conversations of the bot, of an agent and of both: each asked about once, and counted under what it was."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conversations.ratings import Ratings
from core.clock import FixedClock
from core.settings import Settings
from tests.bot.rating_chat import ABOUTS, Chat, running_chat

Attribution = tuple[object, ...]
"""Topic, article, offering, agent."""
_WISHES = ("账单", "套餐", "断网")
_ANSWERS = (
    "5",
    '/rate{"stars": 2}',
    "没解决",
    "跳过",
    "查流量",
    "",
    "谢谢",
)  # as many as make every kind meet every answer


@pytest.fixture
async def chat(database_url: str, clock: FixedClock, settings: Settings) -> AsyncIterator[Chat]:
    """A running service put together as the product is, but for Rasa."""
    async with running_chat(database_url, clock, settings) as running:
        yield running


async def test_a_hundred_conversations_are_asked_about_once_each_and_counted_under_what_they_were(
    chat: Chat,
) -> None:
    expected = {}
    for number in range(100):
        user = f"customer{number}"
        expected[user] = [await _play(chat, user, number)]
        if answer := _ANSWERS[number % len(_ANSWERS)]:
            await chat.say(answer, user)
    shown = [list((await chat.questions(user)).values()) for user in expected]
    assert shown == [[1]] * 100
    assert {user: await _attributions(chat, user) for user in expected} == expected
    assert len(await Ratings(chat.process.db, chat.clock).since(chat.clock.now())) == 100


async def _play(chat: Chat, user: str, number: int) -> Attribution:
    """Play the script of a number to its end; return what its rating must be counted under."""
    wish = _WISHES[number // 3 % 3]
    about = ABOUTS[wish]
    subject = about["topic"], about.get("article", ""), about.get("offering", "")
    match number % 4:
        case 0:
            await chat.by_bot(user, wish)
            return *subject, None
        case 1:
            await chat.by_agent(user)
            return "handoff", "", "", chat.agent.id
        case 2:
            await chat.by_both(user, wish)
        case _:
            await chat.by_agent(user, wish)
    return *subject, chat.agent.id


async def _attributions(chat: Chat, user: str) -> list[Attribution]:
    return [(r.topic, r.article, r.offering, r.agent_id) for r in await chat.ratings(user)]
