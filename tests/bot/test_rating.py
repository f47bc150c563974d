"""Ratings seen by the customer: asked once, answered by a button or in words, changed, skipped, or talked over."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from conversations.model import State
from conversations.tables import messages
from core.clock import FixedClock
from core.settings import Settings
from tests.bot.gateways import says
from tests.bot.rating_chat import Chat, buttons_of, running_chat


@pytest.fixture
async def chat(database_url: str, clock: FixedClock, settings: Settings) -> AsyncIterator[Chat]:
    """A running service put together as the product is, but for Rasa."""
    async with running_chat(database_url, clock, settings) as running:
        yield running


# --- asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["by_bot", "by_agent", "by_both"])
async def test_conversation_of_any_kind_is_asked_about_once(chat: Chat, kind: str) -> None:
    ended: Callable[[], Awaitable[None]] = getattr(chat, kind)
    await ended()
    await chat.silence(100)
    assert list((await chat.questions()).values()) == [1]
    assert await chat.states() == [State.RATING]


@pytest.mark.parametrize("kind", ["by_bot", "by_agent", "by_both"])
async def test_conversation_that_was_rated_is_not_asked_about_again(chat: Chat, kind: str) -> None:
    ended: Callable[[], Awaitable[None]] = getattr(chat, kind)
    await ended()
    await chat.say('/rate{"stars": 4}')
    await chat.say("谢谢")
    await chat.silence(1_000)
    assert list((await chat.questions()).values()) == [1]
    assert await chat.states() == [State.CLOSED]


async def test_question_offers_every_score_and_to_skip(chat: Chat) -> None:
    await chat.say("账单")
    said = await chat.say("再见")
    assert [button.payload for button in buttons_of(said).values()] == [
        *[f'/rate{{"stars": {stars}}}' for stars in (5, 4, 3, 2, 1)],
        '/rate{"skip": true}',
    ]


async def test_customer_who_only_greeted_is_not_asked(chat: Chat) -> None:
    await chat.by_bot(wish="你好")
    assert not await chat.questions()
    assert await chat.states() == [State.CLOSED]


async def test_customer_who_falls_silent_is_asked_once(chat: Chat) -> None:
    await chat.say("账单")
    await chat.silence(1_000)
    assert list((await chat.questions()).values()) == [1]
    assert await chat.states() == [State.CLOSED]


async def test_customer_who_writes_while_the_goodbye_is_computed_is_answered_and_not_asked(
    chat: Chat,
) -> None:
    await chat.say("账单")
    chat.engine.gate.clear()
    for text in ("再见", "断网了"):
        await chat.process.say("anna", text)
    chat.engine.gate.set()
    await chat.process.settled()
    assert (await chat.states(), await chat.questions()) == ([State.BOT], Counter())


# --- answered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ['/rate{"stars": 5}', "5", "五星", "5星 非常满意", "非常满意，谢谢", "非常滿意"]
)
async def test_score_closes_the_conversation_and_asks_whether_it_is_solved(chat: Chat, said: str) -> None:
    await chat.by_bot()
    answers = await chat.say(said)
    rating = await chat.rating()
    assert (rating.stars, rating.score, rating.rated) == (5, 100, chat.clock.now())
    assert await chat.states() == [State.CLOSED]
    assert [button.payload for button in buttons_of(answers).values()] == [
        '/rate{"solved": true}',
        '/rate{"solved": false}',
        '/rate{"more": true}',
    ]


async def test_tapped_score_is_shown_by_its_title(chat: Chat) -> None:
    await chat.by_bot()
    await chat.say('/rate{"stars": 4}')
    assert "4星 满意" in [line.content.text for line in await chat.process.lines("anna")]


async def test_score_is_followed_by_the_reasons_that_go_with_it(chat: Chat) -> None:
    await chat.by_bot()
    (details,) = await chat.say('/rate{"stars": 3}')
    assert details.content.card is not None
    assert details.content.card["type"] == "rating_details"
    assert "等待太久" in details.content.card["reasons"]  # type: ignore[operator]
    assert "处理很快" not in details.content.card["reasons"]  # type: ignore[operator]
    await chat.say('/rate{"reasons": ["等待太久"]}')
    assert (await chat.rating()).reasons == ("等待太久",)


@pytest.mark.parametrize("said", ['/rate{"solved": false}', "没解决", "沒解決"])
async def test_not_solved_after_a_good_score_offers_a_person_or_a_call_back(chat: Chat, said: str) -> None:
    await chat.by_bot()
    await chat.say("5")
    assert [button.payload for button in buttons_of(await chat.say(said)).values()] == [
        '/human{"reason": "dissatisfied", "skill": "billing"}',
        '/complaint{"ticket_kind": "request"}',
    ]
    rating = await chat.rating()
    assert (rating.stars, rating.is_solved) == (5, False)


@pytest.mark.parametrize("stars", [1, 2])
async def test_low_score_offers_a_person_at_once_and_until_it_is_raised(chat: Chat, stars: int) -> None:
    await chat.by_bot(wish="断网")
    offered = buttons_of(await chat.say(str(stars)))
    assert offered["转人工"].payload == '/human{"reason": "dissatisfied", "skill": "faults"}'
    assert {"登记回电", "没解决"} <= offered.keys()
    after_details = buttons_of(await chat.say('/rate{"solved": false, "words": "等了一天"}'))
    assert after_details["转人工"] == offered["转人工"]  # the card above can no longer be pressed
    assert "登记回电" in after_details
    assert "转人工" not in buttons_of(await chat.say('/rate{"stars": 5, "solved": true}'))


async def test_person_offered_after_a_low_score_is_a_new_conversation(chat: Chat) -> None:
    await chat.by_bot()
    offered = buttons_of(await chat.say("1"))
    await chat.say(offered["转人工"].payload)
    assert await chat.states() == [State.CLOSED, State.WAITING]
    assert (await chat.rating()).stars == 1


async def test_solved_is_thanked_for(chat: Chat) -> None:
    await chat.by_bot()
    await chat.say("4")
    chat.clock.advance(timedelta(minutes=3))
    assert "谢谢您的评价，我们会继续改进。想改分的话，7分钟内" in await chat.hear("解决了")
    assert (await chat.rating()).is_solved is True


async def test_not_solved_without_a_score_closes_too(chat: Chat) -> None:
    await chat.by_bot()
    assert "转人工" in buttons_of(await chat.say("没解决"))
    rating = await chat.rating()
    assert (rating.stars, rating.is_solved, await chat.states()) == (None, False, [State.CLOSED])


# --- changed ---------------------------------------------------------------------------------------------------


async def test_score_can_be_changed_within_ten_minutes(chat: Chat) -> None:
    await chat.by_bot()
    await chat.say("5")
    chat.clock.advance(timedelta(minutes=9))
    assert "转人工" in buttons_of(await chat.say("1"))
    rating = await chat.rating()
    assert (rating.stars, await chat.states()) == (1, [State.CLOSED])


async def test_number_after_ten_minutes_is_no_score_any_more(chat: Chat) -> None:
    await chat.by_bot()
    await chat.say("5")
    chat.clock.advance(timedelta(minutes=10, seconds=1))
    assert "答：1" in await chat.hear("1")
    assert ((await chat.rating()).stars, len(await chat.conversations())) == (5, 2)


async def test_repeated_tap_of_a_score_is_one_answer(chat: Chat) -> None:
    await chat.by_bot()
    tap = says('/rate{"stars": 2}', "tap-1")
    first = await chat.process.gateway.handle(tap)
    assert [m.id for m in await chat.process.gateway.handle(tap)] == [m.id for m in first]
    assert len(await chat.process.lines("anna")) == 7


async def test_taps_in_quick_succession_keep_the_last(chat: Chat) -> None:
    await chat.by_bot()
    for stars in (1, 5, 3):
        await chat.process.say("anna", f'/rate{{"stars": {stars}}}')
    await chat.process.settled()
    assert ((await chat.rating()).stars, await chat.states()) == (3, [State.CLOSED])


# --- not rated -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["by_bot", "by_agent", "by_both"])
async def test_question_instead_of_a_rating_is_answered_in_a_new_conversation(chat: Chat, kind: str) -> None:
    ended: Callable[[], Awaitable[None]] = getattr(chat, kind)
    await ended()
    assert "答：断网了怎么办" in await chat.hear("断网了怎么办")
    assert await chat.states() == [State.CLOSED, State.BOT]
    assert ((await chat.rating()).rated, sum((await chat.questions()).values())) == (None, 1)


async def test_new_wish_is_asked_about_in_its_turn(chat: Chat) -> None:
    await chat.by_bot()
    await chat.by_bot(wish="断网")
    assert [rating.topic for rating in await chat.ratings()] == ["bill", "fault"]
    assert list((await chat.questions()).values()) == [1, 1]
    await chat.say("5")
    assert [rating.stars for rating in await chat.ratings()] == [None, 5]


@pytest.mark.parametrize("said", ["跳过", '/rate{"skip": true}', "暂不评价", "不用了，谢谢"])
async def test_skipping_closes_without_a_score(chat: Chat, said: str) -> None:
    await chat.by_bot()
    assert "有需要随时找我" in await chat.hear(said)
    assert ((await chat.rating()).rated, await chat.states()) == (None, [State.CLOSED])


async def test_score_after_skipping_still_counts(chat: Chat) -> None:
    await chat.by_bot()
    await chat.say("跳过")
    await chat.say("4星")
    assert ((await chat.rating()).stars, await chat.states()) == (4, [State.CLOSED])


async def test_score_just_after_the_question_timed_out_still_counts(chat: Chat) -> None:
    await chat.by_bot()
    await chat.silence(600)
    assert await chat.states() == [State.CLOSED]
    await chat.say("4星")
    assert ((await chat.rating()).stars, await chat.states()) == (4, [State.CLOSED])


async def test_thanks_leave_the_question_open(chat: Chat) -> None:
    await chat.by_bot()
    assert "不客气" in await chat.hear("谢谢")
    assert await chat.states() == [State.RATING]


async def test_thanks_after_closing_belong_to_what_has_ended(chat: Chat) -> None:
    await chat.by_bot()
    await chat.say("5")
    assert "不客气" in await chat.hear("谢谢，再见")
    assert await chat.states() == [State.CLOSED]


# --- own words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asking", ['/rate{"more": true}', "我想说几句"])
async def test_words_after_the_customer_wanted_to_say_more_are_kept(chat: Chat, asking: str) -> None:
    await chat.by_bot()
    await chat.say("3")
    assert "请写下您的意见" in await chat.hear(asking)
    assert "谢谢您的评价" in await chat.hear("查个套餐等了十分钟")
    rating = await chat.rating()
    assert (rating.stars, rating.words, await chat.states()) == (3, "查个套餐等了十分钟", [State.CLOSED])


async def test_after_the_words_a_question_is_a_question_again(chat: Chat) -> None:
    await chat.by_bot()
    for said in ("3", "我想说几句", "等太久了"):
        await chat.say(said)
    assert "答：查套餐" in await chat.hear("查套餐")
    assert (await chat.rating()).words == "等太久了"


@pytest.mark.parametrize("said", ["意见：打13800000001没人接", '/rate{"words": "打13800000001没人接"}'])
async def test_number_in_a_comment_is_stored_nowhere(chat: Chat, said: str) -> None:
    await chat.by_bot()
    await chat.say("2")
    await chat.say(said)
    assert (await chat.rating()).words == "打***没人接"
    async with chat.process.db.read() as connection:
        stored = (await connection.execute(select(messages.c.text, messages.c.engine_text))).all()
    assert "13800000001" not in str(stored)
