"""Waiting for a person: the place, 取消排队, 继续问机器人, out of hours, a full queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.alone import BotAlone
from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from bot.people import People
from bot.service_texts import service_texts
from conversations.desk_model import Presence, Role, Skill
from conversations.desk_tables import staff
from conversations.handoff_steps import Surroundings
from conversations.handoffs import Handoffs
from conversations.model import Content, State
from conversations.presence import PresenceBook
from conversations.transcript import Transcript
from core.clock import CHINA, FixedClock
from core.database import Database
from core.settings import Settings
from tests.bot.gateways import running, says, texts

HANDOFF = Content(
    "", card={"type": "handoff", "reason": "asked", "skill": "billing", "summary": {"wish": "查话费"}}
)


@dataclass
class Hours:
    """Opening hours as a test wants them."""

    open: bool = True
    limit: int = 10
    closing: datetime | None = None

    async def is_open(self, at: datetime) -> bool:
        return self.open

    async def hours_text(self, at: datetime) -> str:
        return "8:00-22:00"

    async def closes(self, at: datetime) -> datetime | None:
        return self.closing

    async def queue_limit(self) -> int:
        return self.limit


@dataclass
class Desk:
    """A gateway with a queue behind it."""

    gateway: Gateway
    handoffs: Handoffs
    hours: Hours
    db: Database
    clock: FixedClock

    async def agent(self, capacity: int = 1) -> None:
        async with self.db.write() as connection:
            await connection.execute(
                staff.insert().values(
                    id="agent1",
                    login="agent1",
                    name="小林",
                    roles=[Role.AGENT.value],
                    skills=[Skill.BILLING.value],
                    capacity=capacity,
                    is_active=True,
                    created=self.clock.now(),
                )
            )
        await PresenceBook(self.db, self.clock).set("agent1", Presence.ONLINE, "", "agent1")  # type: ignore[arg-type]

    async def say(self, text: str, user: str = "anna") -> str:
        return "\n".join(texts(await self.gateway.handle(says(text, user=user))))

    async def state(self, user: str = "anna") -> State:
        return (await self.gateway.directory.current("rest", user)).state


@pytest.fixture
async def desk(database: Database, clock: FixedClock, settings: Settings) -> AsyncIterator[Desk]:
    """A bot that hands over at 人工 and echoes everything else."""
    engine = EchoEngine(lambda text: [HANDOFF] if text == "人工" else [Content(f"收到：{text}")])
    transcript, words, hours = Transcript(database, clock, settings), service_texts(), Hours()
    around = Surroundings(
        words.content,
        transcript.announce,
        lambda kind, subject, payload: None,
    )
    handoffs = Handoffs(database, clock, settings, around)
    people = People(handoffs, hours, BotAlone(clock, words), words)
    async with running(Gateway(database, clock, settings, engine, transcript, people)) as gateway:
        yield Desk(gateway, handoffs, hours, database, clock)


async def test_customer_who_asks_for_a_person_hears_their_place(desk: Desk) -> None:
    await desk.agent(capacity=1)
    assert "下一位就是您" in await desk.say("人工")
    desk.clock.advance(timedelta(seconds=1))
    assert "前面还有1位" in await desk.say("人工", user="bea")
    assert await desk.state() is State.WAITING


async def test_nobody_online_is_said_honestly(desk: Desk) -> None:
    first = await desk.say("人工")
    desk.clock.advance(timedelta(seconds=1))
    second = await desk.say("人工", user="bea")
    assert all("没有客服在线" in said for said in (first, second))
    assert ("您排在第一位" in first, "前面还有1位" in second) == (True, True)
    assert "您排在第一位" in await desk.say("还要多久")


async def test_waiting_customer_hears_their_place_and_the_bot_stays_silent(desk: Desk) -> None:
    await desk.say("人工")
    assert "收到" not in await desk.say("我想查上个月的账单")


@pytest.mark.parametrize("words", ["取消排队", '/inform{"command": "leave_queue"}', "不用了", "不排了"])
async def test_customer_leaves_the_queue(desk: Desk, words: str) -> None:
    await desk.say("人工")
    assert "已经取消排队" in await desk.say(words)
    assert await desk.state() is State.BOT
    assert await desk.handoffs.waiting() == []


async def test_customer_goes_on_with_the_bot_and_keeps_their_place(desk: Desk) -> None:
    await desk.say("人工")
    assert "位置给您留着" in await desk.say("继续问机器人")
    assert "收到：查流量" in await desk.say("查流量")
    assert len(await desk.handoffs.waiting()) == 1


@pytest.mark.parametrize("words", ["取消", "不", "算了", "不用了"])
async def test_who_goes_on_with_the_bot_says_no_to_the_bot_and_not_to_the_queue(
    desk: Desk, words: str
) -> None:
    await desk.say("人工")
    await desk.say("继续问机器人")
    assert f"收到：{words}" in await desk.say(words)
    assert len(await desk.handoffs.waiting()) == 1


async def test_who_goes_on_with_the_bot_can_still_leave_the_queue(desk: Desk) -> None:
    await desk.say("人工")
    await desk.say("继续问机器人")
    assert "已经取消排队" in await desk.say("取消排队")
    assert await desk.handoffs.waiting() == []


async def test_customer_leaves_the_queue_for_a_call_back(desk: Desk) -> None:
    await desk.say("人工")
    assert "/complaint" in await desk.say("登记回电")
    assert await desk.state() is State.BOT


async def test_out_of_hours_a_message_can_be_left(desk: Desk) -> None:
    desk.hours.open = False
    answer = await desk.say("人工")
    assert "8:00-22:00" in answer
    assert await desk.state() is State.BOT


async def test_customer_whose_turn_comes_after_hours_is_told_and_offered_a_call(desk: Desk) -> None:
    await desk.agent(capacity=1)
    desk.hours.closing = desk.clock.now() + timedelta(minutes=1)
    assert "下一位就是您" in await desk.say("人工")
    desk.clock.advance(timedelta(seconds=1))
    (said,) = await desk.gateway.handle(says("人工", user="bea"))
    until = f"{desk.hours.closing.astimezone(CHINA):%H:%M}"
    assert f"前面还有1位，预计约5分钟。不过今天的人工服务到{until}结束" in said.content.text
    assert said.content.buttons[0].title == "登记回电"
    desk.hours.closing += timedelta(hours=1)
    assert "结束" not in await desk.say("还要多久", user="bea")


async def test_a_full_queue_takes_nobody_more(desk: Desk) -> None:
    desk.hours.limit = 1
    await desk.say("人工")
    assert "排队的客户比较多" in await desk.say("人工", user="bea")
    assert await desk.state("bea") is State.BOT


async def test_bot_answer_computed_when_an_agent_accepted_is_dropped(desk: Desk) -> None:
    await desk.agent()
    await desk.say("人工")
    await desk.say("继续问机器人")
    desk.gateway._turns._engine.delay_s = 0.3  # type: ignore[attr-defined]
    received = await desk.gateway.accept(says("查流量"))
    (handoff,) = await desk.handoffs.waiting()
    await desk.handoffs.accept(handoff.id, "agent1")  # type: ignore[arg-type]
    said = texts(await desk.gateway._handout.answer_to(received.message))
    assert not [text for text in said if "收到" in text]
    assert any("我是客服小林" in text for text in said)


async def test_messages_to_the_agent_are_stored_and_not_answered(desk: Desk) -> None:
    await desk.agent()
    await desk.say("人工")
    (handoff,) = await desk.handoffs.waiting()
    await desk.handoffs.accept(handoff.id, "agent1")  # type: ignore[arg-type]
    assert "收到" not in await desk.say("在吗")
    assert [m.content.text for m in await desk.gateway.history("rest", "anna")][-1] == "在吗"
