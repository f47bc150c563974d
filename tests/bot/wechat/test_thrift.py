"""What is sent through the API is worth it: no courtesies, and the last message carries everything."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select, update

from bot.channels.wechat.tables import users
from conversations.tables import messages
from core.settings import Settings
from tests.bot.wechat.services import World, world


async def _asks(chat: World, count: int) -> None:
    """Write several messages at once, too slow to be answered in time."""
    for number in range(1, count + 1):
        await chat.simulator.post("users/anna/text", content=f"第{number}问")
        while await _stored(chat) < number:  # else the callbacks may overtake each other
            await asyncio.sleep(0.01)


async def _stored(chat: World) -> int:
    query = select(func.count()).select_from(messages).where(messages.c.sender == "customer")
    async with chat.service.db.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def _pushed_until(chat: World, text: str, timeout_s: float = 30.0) -> list[str]:
    """Wait until a text has been pushed; return all that was."""
    async with asyncio.timeout(timeout_s):
        while True:
            pushed = [line for line in await chat.simulator.shows("anna") if line.startswith("push")]
            if any(text in line for line in pushed):
                return pushed
            await asyncio.sleep(0.05)


async def test_slow_answer_is_not_announced_by_a_message_that_counts(
    sqlite_url: str, settings: Settings
) -> None:
    async with world(sqlite_url, settings, wechat_passive_s=0.3, rasa_timeout_s=0.6) as chat:
        chat.service.engine.delay_s = 1.5
        await _asks(chat, 1)
        shown = await chat.shown(3)
        assert shown[1:] == ["user: 第1问", "push: 收到：第1问"]


async def test_last_ordinary_message_carries_all_answers_still_being_written(
    sqlite_url: str, settings: Settings
) -> None:
    async with world(sqlite_url, settings, wechat_passive_s=0.1) as chat:
        await chat.simulator.post("clock", 200, advance_s=61)  # the follow's minute is over
        async with chat.service.db.write() as connection:
            await connection.execute(update(users).values(click_left=0))
        chat.service.engine.delay_s = 1.0
        await _asks(chat, 6)
        shown = [line.removeprefix("push: ") for line in await _pushed_until(chat, "收到：第6问")]
        assert "\n\n".join(shown).split("\n\n") == [f"收到：第{number}问" for number in range(1, 7)]
        books = (await chat.simulator.get("accounting?openid=anna"))["users"][0]
        assert (books["pushed"], books["refused"]) == (len(shown), {})
        assert len(shown) <= 3  # of the five one is kept for a hand-off and one for a rating
