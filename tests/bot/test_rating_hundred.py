"""A hundred conversations of the bot, of an agent and of both: each asked about once, and counted under what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conversations.ratings import Ratings
from core.clock import FixedClock
from core.settings import Settings
from tests.bot.rating_chat import ABOUTS, Chat, running_chat

Fields = dict[str, Any]
"""What a rating is counted under, and what was answered."""
_WISHES = ("账单", "套餐", "断网")
_CHANNELS = ("rest", "web", "wechat")
_WHO = (("滨海", "65+"), ("江城", "30-44"), ("", ""), ("云岭", "18-29"), ("滨海", "45-64"))
_UNANSWERED = {"stars": None, "score": None, "is_solved": None}
_ANSWERS: tuple[tuple[str, Fields], ...] = (  # as many as make every kind meet every answer
    ("5", {"stars": 5, "score": 100, "is_solved": None}),
    ('/rate{"stars": 2}', {"stars": 2, "score": 25, "is_solved": None}),
    ("没解决", {"stars": None, "score": None, "is_solved": False}),
    ("跳过", _UNANSWERED),
    ("查流量", _UNANSWERED),  # a new wish, which is answered
    ("", _UNANSWERED),
    ("谢谢", _UNANSWERED),
)


@pytest.fixture
async def chat(database_url: str, clock: FixedClock, settings: Settings) -> AsyncIterator[Chat]:
    """A running service put together as the product is, but for Rasa."""
    async with running_chat(database_url, clock, settings) as running:
        yield running


async def test_a_hundred_conversations_are_asked_about_once_each_and_counted_under_what_they_were(
    chat: Chat,
) -> None:
    expected: dict[str, list[Fields]] = {}
    began, kinds = chat.clock.now(), Counter[str]()
    for number in range(100):
        user = f"customer{number}"
        chat.channels[user], (region, age_band) = _CHANNELS[number % 3], _WHO[number // 4 % 5]
        await chat.describe(user, region, age_band)
        kind, subject = await _play(chat, user, number)
        text, answered = _ANSWERS[number % len(_ANSWERS)]
        if text:
            await chat.say(text, user)
        kinds[kind] += 1
        where = {"channel": chat.channels[user], "region": region, "age_band": age_band}
        expected[user] = [{**subject, **where, "scale": 5, **answered}]
    assert kinds == {"bot": 25, "agent": 25, "both": 50}
    shown = [list((await chat.questions(user)).values()) for user in expected]
    assert shown == [[1]] * 100
    assert {user: await _fields(chat, user) for user in expected} == expected
    assert len(await Ratings(chat.process.db, chat.clock).since(began)) == 100


async def _play(chat: Chat, user: str, number: int) -> tuple[str, Fields]:
    """Play the script of a number to its end; return its kind, and what its rating must be counted under."""
    wish = _WISHES[number // 3 % 3]
    about = ABOUTS[wish]
    subject = {name: about.get(name, "") for name in ("topic", "article", "offering")}
    match number % 4:
        case 0:
            await chat.by_bot(user, wish)
            return "bot", {**subject, "agent_id": None}
        case 1:
            await chat.by_agent(user)
            return "agent", {"topic": "handoff", "article": "", "offering": "", "agent_id": chat.agent.id}
        case 2:
            await chat.by_both(user, wish)
            return "both", {**subject, "agent_id": chat.agent.id}
        case _:
            await chat.by_two(user, wish)
            return "both", {**subject, "agent_id": chat.colleague.id}


async def _fields(chat: Chat, user: str) -> list[Fields]:
    names = (
        "topic",
        "article",
        "offering",
        "agent_id",
        "channel",
        "region",
        "age_band",
        "scale",
        *_UNANSWERED,
    )
    return [{name: getattr(rating, name) for name in names} for rating in await chat.ratings(user)]
