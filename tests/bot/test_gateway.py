"""The gateway: once, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from bot.rasa_client import FINISH
from conversations.model import Content, Event, Sender, State
from core.clock import FixedClock
from core.database import Database
from core.errors import CustomerError
from core.settings import Settings
from tests.bot.gateways import (
    HangingChannel,
    HeldEngine,
    PushedChannel,
    crash,
    make_gateway,
    running,
    says,
    texts,
)


@pytest.fixture
def engine() -> EchoEngine:
    return EchoEngine()


@pytest.fixture
async def gateway(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> AsyncIterator[Gateway]:
    async with running(make_gateway(database, clock, settings, engine)) as started:
        yield started


async def test_customer_gets_the_answer_to_a_message(gateway: Gateway) -> None:
    assert texts(await gateway.handle(says("查话费"))) == ["收到：查话费"]


async def test_engine_sees_tokens_and_the_transcript_a_masked_number(
    gateway: Gateway, engine: EchoEngine
) -> None:
    await gateway.handle(says("给１３８ 0000 0001 充50"))
    conversation, sent = engine.sent[0]
    assert sent == "给[msisdn_1] 充50"
    shown = texts(await gateway.transcript.history(conversation))[0]
    assert "138****0001" in shown
    assert "13800000001" not in shown


async def test_traditional_text_is_sent_simplified_and_said_to_be_traditional(
    gateway: Gateway, engine: EchoEngine
) -> None:
    await gateway.handle(says("查詢話費餘額"))
    assert engine.sent[0][1] == "查询话费余额"
    assert engine.metadata[0] == {"channel": "rest", "raw_is_traditional": True, "card_support": True}


async def test_same_message_id_twice_is_answered_once_and_given_twice(
    gateway: Gateway, engine: EchoEngine
) -> None:
    first = await gateway.handle(says("查话费", "m1"))
    second = await gateway.handle(says("查话费", "m1"))
    assert texts(first) == texts(second) == ["收到：查话费"]
    assert len(engine.sent) == 1


async def test_same_message_id_at_the_same_time_is_answered_once(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.delay_s = 0.05
    answers = await asyncio.gather(*(gateway.handle(says("充50", "m1")) for _ in range(4)))
    assert [texts(answer) for answer in answers] == [["收到：充50"]] * 4
    assert len(engine.sent) == 1


async def test_two_customers_may_use_the_same_message_id(gateway: Gateway, engine: EchoEngine) -> None:
    await gateway.handle(says("一", "m1", user="anna"))
    await gateway.handle(says("二", "m1", user="bert"))
    assert [text for _, text in engine.sent] == ["一", "二"]


async def test_quick_messages_of_one_customer_are_worked_on_one_at_a_time_in_order(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.delay_s = 0.02
    received = [await gateway.accept(says(f"第{n}条")) for n in range(6)]
    await gateway.handle(says("最后"))
    assert [text for _, text in engine.sent] == [*(f"第{n}条" for n in range(6)), "最后"]
    history = await gateway.transcript.history(received[0].conversation.id)
    replies = [message for message in history if message.sender is Sender.BOT]
    assert [reply.in_reply_to for reply in replies[:6]] == [r.message.id for r in received]
    assert [message.seq for message in history] == list(range(1, 15))


async def test_conversations_run_side_by_side(gateway: Gateway, engine: EchoEngine) -> None:
    engine.delay_s = 0.3
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(gateway.handle(says("在吗", user=f"user{n}")) for n in range(8)))
    assert asyncio.get_running_loop().time() - started < 8 * 0.3 * 0.7


async def test_each_rest_request_gets_its_own_answer(gateway: Gateway, engine: EchoEngine) -> None:
    engine.delay_s = 0.05
    answers = await asyncio.gather(gateway.handle(says("一")), gateway.handle(says("二")))
    assert sorted(texts(answer)[0] for answer in answers) == ["收到：一", "收到：二"]
    assert [len(answer) for answer in answers] == [1, 1]


async def test_what_came_in_between_is_returned_first(gateway: Gateway) -> None:
    await gateway.handle(says("充50"))
    conversation = await gateway.directory.current("rest", "anna")
    await gateway.transcript.say(conversation.id, Content("充值成功"), Sender.BOT)
    assert texts(await gateway.handle(says("查余额"))) == ["充值成功", "收到：查余额"]


async def test_an_empty_message_fetches_what_waits_and_says_nothing(
    gateway: Gateway, engine: EchoEngine
) -> None:
    assert await gateway.handle(says("", user="new")) == []
    await gateway.handle(says("充50"))
    conversation = await gateway.directory.current("rest", "anna")
    await gateway.transcript.say(conversation.id, Content("充值成功"), Sender.BOT)
    assert texts(await gateway.handle(says(""))) == ["充值成功"]
    assert await gateway.handle(says("")) == []
    assert len(engine.sent) == 1


async def test_polling_does_not_take_the_answer_another_request_waits_for(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.delay_s = 0.1
    asking = asyncio.create_task(gateway.handle(says("查话费")))
    polled: list[str] = []
    while not asking.done():
        polled += texts(await gateway.fetch("rest", "anna"))
        await asyncio.sleep(0)
    assert polled == []
    assert texts(await asking) == ["收到：查话费"]


async def test_answer_computed_before_a_person_took_over_is_dropped(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    engine = HeldEngine()
    async with running(make_gateway(database, clock, settings, engine)) as gateway:
        waiting = asyncio.create_task(gateway.handle(says("查话费")))
        await engine.asked.wait()
        conversation = await gateway.directory.current("rest", "anna")
        await gateway.directory.move(conversation.id, Event.REQUEST_HANDOFF)
        engine.may_answer.set()
        assert await waiting == []
        history = await gateway.transcript.history(conversation.id)
        assert [message.sender for message in history] == [Sender.CUSTOMER]


async def test_messages_to_a_person_do_not_reach_the_engine(gateway: Gateway, engine: EchoEngine) -> None:
    conversation = await gateway.directory.current("rest", "anna")
    await gateway.directory.move(conversation.id, Event.REQUEST_HANDOFF)
    await gateway.directory.move(conversation.id, Event.ACCEPT)
    assert await gateway.handle(says("在吗")) == []
    assert await gateway.handle(says("👋")) == []
    assert engine.sent == []
    assert texts(await gateway.transcript.history(conversation.id)) == ["在吗", "👋"]


async def test_engine_that_answers_nothing_is_apologised_for(gateway: Gateway, engine: EchoEngine) -> None:
    engine.answer = lambda text: []
    (answer,) = await gateway.handle(says("查话费"))
    assert answer.content.text == gateway.texts.text("failed")
    assert answer.sender is Sender.SYSTEM


async def test_finish_ends_the_conversation_after_its_last_words(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.answer = lambda text: [Content("再见"), Content("", card={"type": FINISH})]
    assert texts(await gateway.handle(says("拜拜了您嘞"))) == ["再见"]
    engine.answer = lambda text: [Content("您好")]
    await gateway.handle(says("查话费"))
    assert len({conversation for conversation, _ in engine.sent}) == 2


async def test_finish_waits_when_the_customer_has_written_again(gateway: Gateway, engine: EchoEngine) -> None:
    engine.delay_s = 0.05
    engine.answer = lambda text: (
        [Content("再见"), Content("", card={"type": FINISH})] if text == "拜拜" else [Content("在的")]
    )
    await gateway.accept(says("拜拜"))
    assert texts(await gateway.handle(says("等等，还有个问题"))) == ["再见", "在的"]
    assert (await gateway.directory.current("rest", "anna")).epoch == 0


@pytest.mark.parametrize(("minutes", "is_new"), [(9, False), (11, True)])
async def test_thanks_soon_after_the_end_belong_to_the_conversation_just_ended(
    gateway: Gateway, engine: EchoEngine, clock: FixedClock, minutes: int, is_new: bool
) -> None:
    await gateway.handle(says("查话费"))
    ended = await gateway.directory.current("rest", "anna")
    await gateway.directory.finish(ended.id)
    clock.advance(timedelta(minutes=minutes))
    (answer,) = await gateway.handle(says("好的，谢谢！"))
    assert (answer.conversation_id != ended.id) is is_new
    assert (answer.content.text != gateway.texts.text("courtesy")) is is_new


async def _answers(gateway: Gateway, count: int) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            found += texts(await gateway.fetch("rest", "anna"))
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)  # and no more than those
    return found + texts(await gateway.fetch("rest", "anna"))


# --- outages -----------------------------------------------------------------------------------------------------


async def test_customer_is_apologised_to_at_once_and_answered_in_order_when_the_engine_is_back(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.is_down = True
    assert texts(await gateway.handle(says("一"))) == [gateway.texts.text("outage")]
    assert texts(await gateway.handle(says("二"))) == [gateway.texts.text("queued")]
    engine.is_down = False
    late: list[str] = []
    async with asyncio.timeout(30):
        while len(late) < 2:
            late += texts(await gateway.handle(says("")))
            await asyncio.sleep(0.05)
    assert late == ["收到：一", "收到：二"]
    assert [text for _, text in engine.sent] == ["一", "二"]


async def test_apology_comes_once_in_an_outage_and_again_in_the_next(
    gateway: Gateway, engine: EchoEngine
) -> None:
    channel = PushedChannel()
    gateway.register(channel)
    for number in range(2):
        engine.is_down = True
        await gateway.accept(says("一", channel="web"))
        await gateway.accept(says("二", channel="web"))
        await channel.wait_for(1 + 3 * number)
        engine.is_down = False
        await channel.wait_for(3 + 3 * number, timeout_s=10)
    said = [message.content.text for _, message in channel.sent]
    assert said == [gateway.texts.text("outage"), "收到：一", "收到：二"] * 2


async def test_turn_taken_before_the_connection_broke_is_not_taken_again(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.dies_after_turn = True
    assert texts(await gateway.handle(says("充50"))) == ["收到：充50"]
    assert len(engine.sent) == 1


async def test_slow_answer_is_announced_once_and_given_when_it_is_there(
    database: Database, clock: FixedClock, settings: Settings
) -> None:
    engine = HeldEngine()
    hasty = settings.model_copy(update={"rasa_timeout_s": 4.0})
    async with running(make_gateway(database, clock, hasty, engine)) as gateway:
        assert texts(await gateway.handle(says("查话费"))) == [gateway.texts.text("still_working")]
        engine.may_answer.set()
        assert await _answers(gateway, 1) == ["收到：查话费"]


# --- crashes -----------------------------------------------------------------------------------------------------


async def _restarted(gateway: Gateway, database: Database, clock: FixedClock, settings: Settings) -> Gateway:
    """Another process on the same database, after the leases of the first have run out."""
    await crash(gateway)
    clock.advance(timedelta(minutes=2))
    engine = gateway._turns._engine
    assert isinstance(engine, EchoEngine)
    return make_gateway(database, clock, settings, engine)


async def test_crash_before_the_engine_was_asked_resumes_every_message_in_order(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first = make_gateway(database, clock, settings, engine)
    for text in ("一", "二", "三"):
        await first.transcript.receive(says(text), first.owner)  # stored, and then the power goes
    async with running(await _restarted(first, database, clock, settings)) as second:
        assert await _answers(second, 3) == ["收到：一", "收到：二", "收到：三"]
    assert [text for _, text in engine.sent] == ["一", "二", "三"]


async def test_crash_between_the_engines_turn_and_the_stored_answer_takes_the_answer_from_the_tracker(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first = make_gateway(database, clock, settings, engine)
    received = await first.transcript.receive(says("充50"), first.owner)
    assert received.work is not None
    await first._turns.ask(received.work)  # the engine has taken the turn; nothing is stored
    async with running(await _restarted(first, database, clock, settings)) as second:
        assert await _answers(second, 1) == ["收到：充50"]
    assert len(engine.sent) == 1
    assert engine.lookups == 1


async def test_crash_between_the_stored_answer_and_its_delivery_delivers_it_once(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first = make_gateway(database, clock, settings, engine)
    received = await first.transcript.receive(says("充50", channel="web"), first.owner)
    assert received.work is not None
    await first._answer(received.work)
    second = await _restarted(first, database, clock, settings)
    channel = PushedChannel()
    second.register(channel)
    async with running(second):
        assert await channel.wait_for(1) == ["收到：充50"]
        await second.delivery.deliver_due()
    assert len(channel.sent) == 1
    assert len(engine.sent) == 1


async def test_killed_in_the_middle_of_a_turn_the_customer_is_answered_once(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first = make_gateway(database, clock, settings, engine)
    await first.start()
    engine.delay_s = 0.3
    await first.accept(says("充50"))
    await first.accept(says("再充30"))
    await asyncio.sleep(0.1)
    async with running(await _restarted(first, database, clock, settings)) as second:
        assert await _answers(second, 2) == ["收到：充50", "收到：再充30"]
    assert [text for _, text in engine.sent] == ["充50", "再充30"]


async def test_an_orderly_stop_gives_its_conversations_back_at_once(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first = make_gateway(database, clock, settings, engine)
    await first.start()
    engine.is_down = True
    await first.handle(says("一"))
    await first.stop()
    engine.is_down = False
    async with running(make_gateway(database, clock, settings, engine)) as second:  # the clock stands still
        assert await _answers(second, 1) == ["收到：一"]


async def test_message_that_comes_while_a_process_stops_is_answered_after_the_next_start(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first = make_gateway(database, clock, settings, engine)
    await first.start()
    await first.stop()
    await first.accept(says("一"))  # the server still takes requests, but the engine's connections are closed
    await asyncio.sleep(0.1)
    assert engine.sent == []
    clock.advance(timedelta(minutes=2))
    async with running(make_gateway(database, clock, settings, engine)) as second:
        assert await _answers(second, 1) == ["收到：一"]


@pytest.mark.postgres
async def test_two_processes_keep_the_order_of_one_conversation(
    postgres_url: str, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    first_db, second_db = Database(postgres_url), Database(postgres_url)
    engine.delay_s = 0.02
    async with (
        running(make_gateway(first_db, clock, settings, engine)) as first,
        running(make_gateway(second_db, clock, settings, engine)) as second,
    ):
        received = [await (first, second)[n % 2].accept(says(f"第{n}条")) for n in range(8)]
        assert texts(await second.handle(says("最后")))[-1] == "收到：最后"
        assert [text for _, text in engine.sent] == [*(f"第{n}条" for n in range(8)), "最后"]
        history = await first.transcript.history(received[0].conversation.id)
        assert sorted(message.seq for message in history) == list(range(1, 19))
    await first_db.close()
    await second_db.close()


# --- delivery ----------------------------------------------------------------------------------------------------


async def test_pushed_answer_comes_with_typing_before_it(gateway: Gateway) -> None:
    channel = PushedChannel()
    gateway.register(channel)
    await gateway.accept(says("查话费", channel="web"))
    assert await channel.wait_for(1) == ["收到：查话费"]
    assert channel.typings == [True, False]


async def test_message_for_a_customer_who_is_offline_waits_and_is_sent_once(gateway: Gateway) -> None:
    channel = PushedChannel()
    channel.is_online = False
    gateway.register(channel)
    await gateway.accept(says("查话费", channel="web"))
    await asyncio.sleep(0.2)
    assert channel.sent == []
    channel.is_online = True
    assert await channel.wait_for(1) == ["收到：查话费"]
    await gateway.delivery.deliver_due()
    assert len(channel.sent) == 1


async def test_channel_that_hangs_keeps_no_other_waiting(gateway: Gateway) -> None:
    hanging, channel = HangingChannel(), PushedChannel()
    hanging.is_online = channel.is_online = False
    gateway.register(hanging)
    gateway.register(channel)
    for name in ("wechat", "web"):
        await gateway.accept(says("查话费", channel=name))
        async with asyncio.timeout(60):
            while len(await gateway.transcript.recent(name, "anna")) < 2:
                await asyncio.sleep(0.02)
    hanging.is_online = True
    async with asyncio.timeout(60):
        await hanging.has_begun.wait()
    channel.is_online = True
    assert await channel.wait_for(1) == ["收到：查话费"]


async def test_delivery_that_breaks_off_goes_on_where_it_broke(
    gateway: Gateway, engine: EchoEngine, clock: FixedClock
) -> None:
    channel = PushedChannel()
    channel.takes_at_most = 1
    gateway.register(channel)
    engine.answer = lambda text: [Content("甲"), Content("乙"), Content("丙")]
    await gateway.accept(says("讲讲", channel="web"))
    await channel.wait_for(1)
    await asyncio.sleep(0.1)
    channel.takes_at_most = 10
    async with asyncio.timeout(20):
        while len(channel.sent) < 3:
            clock.advance(
                timedelta(seconds=5)
            )  # the next try is due then, counted from the one that broke off
            await asyncio.sleep(0.05)
    assert await channel.wait_for(3) == ["甲", "乙", "丙"]


async def test_history_counts_as_delivered(gateway: Gateway) -> None:
    channel = PushedChannel()
    channel.is_online = False
    gateway.register(channel)
    await gateway.accept(says("查话费", channel="web"))
    async with asyncio.timeout(20):
        while len(history := await gateway.history("web", "anna")) < 2:
            await asyncio.sleep(0.02)
    assert texts(history) == ["查话费", "收到：查话费"]
    channel.is_online = True
    await gateway.delivery.deliver_due()
    assert channel.sent == []
    assert await gateway.history("web", "anna", after_seq=2) == []


# --- limits and time ---------------------------------------------------------------------------------------------


async def test_sender_who_writes_too_fast_is_refused_and_others_are_not(
    database: Database, clock: FixedClock, settings: Settings, engine: EchoEngine
) -> None:
    strict = settings.model_copy(update={"messages_per_minute": 3})
    async with running(make_gateway(database, clock, strict, engine)) as gateway:
        for _ in range(3):
            await gateway.handle(says("在吗"))
        with pytest.raises(CustomerError, match="rate_limited"):
            await gateway.handle(says("在吗"))
        assert len(await gateway.handle(says("在吗", user="bert"))) == 1


async def test_silent_conversation_is_closed_without_a_word(gateway: Gateway, clock: FixedClock) -> None:
    await gateway.handle(says("查话费"))
    conversation = await gateway.directory.current("rest", "anna")
    clock.advance(timedelta(seconds=200))
    await gateway.handle(says("还在吗"))
    clock.advance(timedelta(seconds=200))
    await gateway.timers.fire_due()
    assert (await gateway.directory.current("rest", "anna")).id == conversation.id
    clock.advance(timedelta(seconds=101))
    await gateway.timers.fire_due()
    closed = await gateway.directory.conversation(conversation.id)
    assert closed is not None
    assert closed.state is State.CLOSED
    assert await gateway.fetch("rest", "anna") == []


async def test_customer_who_writes_traditional_characters_is_answered_in_them(
    gateway: Gateway, engine: EchoEngine
) -> None:
    engine.answer = lambda text: [Content("话费充值说明")]
    answers = [texts(await gateway.handle(says(text)))[0] for text in ("我想查詢話費", "好", "查话费余额")]
    assert answers == ["話費充值說明", "話費充值說明", "话费充值说明"]
