"""Asking for what waits: given, and never taken for an answer to what is not shown yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.channels.wechat.choices import number_in
from bot.channels.wechat.words import word
from conversations.model import Button, Content, State
from conversations.rating_words import read_rating
from conversations.tables import conversations, messages
from core.settings import Settings
from tests.bot.wechat.services import World, answers, world

AMOUNTS = (Button("30元", '/topup{"amount_fen": 3000}'), Button("50元", '/topup{"amount_fen": 5000}'))
ASK = Content("充多少？", AMOUNTS)
ASKED = "充多少？\n回复数字选择：\n1. 30元\n2. 50元"


@pytest.fixture
async def chat(sqlite_url: str, settings: Settings) -> AsyncIterator[World]:
    """An account that may not use the customer-service API, and a user of it."""
    async with world(sqlite_url, settings, wechat_passive_s=0.5) as running:
        accounts = running.service.wechat.channel._accounts
        accounts["demo"] = replace(accounts["demo"], can_push=False)  # type: ignore[index]
        yield running


async def _answered(chat: World) -> None:
    """Wait until nothing is being answered any more."""
    unanswered = select(messages.c.id).where(messages.c.processing != "answered")
    async with asyncio.timeout(20):
        while await chat._has(unanswered):
            await asyncio.sleep(0.02)


async def _waits_for_an_answer(chat: World) -> None:
    """Ask something that is answered too late, with a question."""
    chat.service.engine.answer, chat.service.engine.delay_s = answers(ASK), 1.5
    assert await chat.says("充值") == [f"passive: {word('later')}"]
    chat.service.engine.delay_s = 0.0


async def test_who_asks_is_shown_what_waits_and_has_answered_nothing_by_it(chat: World) -> None:
    await _waits_for_an_answer(chat)
    await _answered(chat)
    assert word("show") in word("later")
    assert await chat.says(f"“{word('show')}”") == [f"passive: {ASKED}"]
    assert [text for _, text in chat.service.engine.sent] == ["充值"]
    await chat.says("2")
    assert chat.service.engine.sent[-1][1] == AMOUNTS[1].payload


async def test_who_asks_too_early_is_asked_for_patience_and_shown_it_the_next_time(chat: World) -> None:
    await _waits_for_an_answer(chat)
    assert await chat.says(word("show")) in ([f"passive: {word('later')}"], [f"passive: {ASKED}"])
    await _answered(chat)
    await chat.says(word("show"))
    shown = [line for line in await chat.simulator.shows("anna") if line == f"passive: {ASKED}"]
    assert (len(shown), [text for _, text in chat.service.engine.sent]) == (1, ["充值"])


async def test_who_asks_for_nothing_is_told_so(chat: World) -> None:
    assert await chat.says(word("show")) == [f"passive: {word('nothing_waits')}"]
    await chat.says("查话费")
    assert await chat.says(word("show")) == [f"passive: {word('nothing_waits')}"]
    assert [text for _, text in chat.service.engine.sent] == ["查话费"]


async def test_person_is_told_the_word_like_any_other_when_nothing_waits(chat: World) -> None:
    await chat.says("查话费")
    async with chat.service.db.write() as connection:
        await connection.execute(update(conversations).values(state=State.HUMAN.value))
    assert await chat.says(word("show")) == []
    written = select(messages.c.text).where(messages.c.sender == "customer").order_by(messages.c.seq)
    async with chat.service.db.read() as connection:
        assert list((await connection.execute(written)).scalars()) == ["查话费", word("show")]


def test_word_that_asks_answers_no_question() -> None:
    assert number_in(word("show")) is None
    assert read_rating(word("show")) is None
    for key in ("later", "more_waits", "notice"):
        assert word("show") in word(key)
