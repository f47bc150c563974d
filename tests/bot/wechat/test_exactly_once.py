"""WeChat delivers again, elsewhere, at once, after a crash: the customer still gets one answer, and gets it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import json
from sqlalchemy import select, update

from bot.channels.wechat import callbacks, endpoint
from bot.channels.wechat.tables import claims
from conversations.model import Content, Sender
from conversations.tables import conversations, messages, outbox
from core.clock import SystemClock
from core.database import Database
from core.settings import Settings
from tests.bot.wechat.letters import Answer, Letter, deliver, event_fields, letter, text_fields
from tests.bot.wechat.services import Service, service
from tests.bot.wechat.simulated import address, bound, served

PASSIVE_S = 4.0  # as in production: a busy machine has time for what is quick
SHORT_S = 1.0  # where it is to run out
IN_ALL_S, IN_TIME_S = callbacks._ALL_S, endpoint._IN_TIME_S


@dataclass
class Api:
    """WeChat's API, which takes everything and remembers what was sent."""

    sent: list[str] = field(default_factory=list)

    def app(self, name: str) -> Sanic[Any, Any]:
        app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
        app.config.AUTO_EXTEND = False

        async def take(request: Request, path: str) -> HTTPResponse:
            if path == "stable_token":
                return json({"access_token": "token", "expires_in": 7200})
            if path == "message/custom/send":
                self.sent.append(request.json["text"]["content"])
            return json({"errcode": 0, "errmsg": "ok"})

        app.add_route(take, "/cgi-bin/<path:path>", methods=["POST"], name="take")
        return app


@dataclass
class Process:
    """A service process and the way to it."""

    service: Service
    http: httpx.AsyncClient


@dataclass
class Line:
    """Some service processes on one database, and WeChat's hands on both ends."""

    api: Api
    db: Database
    start: Callable[..., Awaitable[Process]]

    async def sent(self, count: int, timeout_s: float = 30.0) -> list[str]:
        """Wait until so much was pushed; return it."""
        async with asyncio.timeout(timeout_s):
            while len(self.api.sent) < count:
                await asyncio.sleep(0.02)
        return self.api.sent

    async def state(self, msg_id: str) -> str | None:
        async with self.db.read() as connection:
            found = await connection.execute(select(claims.c.state).where(claims.c.key == msg_id))
            return found.scalar_one_or_none()

    async def is_in(self, msg_id: str, state: str) -> bool:
        return await self.state(msg_id) == state

    async def has_stored(self, count: int) -> bool:
        """Say whether the transcript has so many messages."""
        async with self.db.read() as connection:
            return len((await connection.execute(select(messages.c.id))).all()) >= count

    async def has_heard(self, count: int, timeout_s: float = 30.0) -> None:
        """Wait until the transcript has so many messages of customers."""
        heard = select(messages.c.id).where(messages.c.sender == Sender.CUSTOMER.value)
        async with asyncio.timeout(timeout_s):
            while True:
                async with self.db.read() as connection:
                    if len((await connection.execute(heard)).all()) >= count:
                        return
                await asyncio.sleep(0.01)

    async def becomes(self, msg_id: str, state: str, timeout_s: float = 30.0) -> None:
        """Wait until a claim is in a state."""
        async with asyncio.timeout(timeout_s):
            while await self.state(msg_id) != state:
                await asyncio.sleep(0.02)

    async def held(self, timeout_s: float = 30.0) -> None:
        """Wait until a message has been taken up and put off."""
        put_off = select(outbox.c.message_id).where(
            outbox.c.state == "pending", outbox.c.next_try > _now() + timedelta(minutes=1)
        )
        async with asyncio.timeout(timeout_s):
            while True:
                async with self.db.read() as connection:
                    if (await connection.execute(put_off)).first() is not None:
                        return
                await asyncio.sleep(0.02)

    async def pass_time(self, msg_id: str, by: timedelta) -> None:
        """Let a claim be older than it is."""
        async with self.db.write() as connection:
            row = (await connection.execute(select(claims).where(claims.c.key == msg_id))).one()
            await connection.execute(
                update(claims)
                .where(claims.c.key == msg_id)
                .values(held_until=row.held_until - by, last_try=row.last_try - by, arrived=row.arrived - by)
            )


_APPS = iter(range(10_000))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let WeChat wait longer than it does, so that what is quick is in time on a busy machine too."""
    monkeypatch.setattr(callbacks, "_ALL_S", IN_ALL_S + 10.0)
    monkeypatch.setattr(endpoint, "_LATE_S", endpoint._LATE_S + 10.0)
    monkeypatch.setattr(endpoint, "_IN_TIME_S", IN_TIME_S + 10.0)


@pytest.fixture
async def line(database_url: str, settings: Settings) -> AsyncIterator[Line]:
    """One database; `start` starts a process on it."""
    api, own = Api(), bound()
    chosen = settings.model_copy(
        update={"wechat_api_base": address(own), "wechat_passive_s": PASSIVE_S, "rasa_timeout_s": 30.0}
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(api.app(f"wechat-api-{next(_APPS)}"), own))
        db = Database(database_url)

        async def start(**changes: object) -> Process:
            listening, own_settings = bound(), chosen.model_copy(update=changes)
            running = await stack.enter_async_context(service(database_url, own_settings, listening))
            http = httpx.AsyncClient(base_url=address(listening), timeout=30, trust_env=False)
            return Process(running, await stack.enter_async_context(http))

        yield Line(api, db, start)
        await db.close()


def _now() -> datetime:
    return SystemClock().now()


def _letters(text: str, msg_id: str, count: int) -> list[Letter]:
    """The same message, delivered several times: each delivery has its own nonce."""
    fields = text_fields(text, _now(), msg_id)
    return [letter(fields, _now()) for _ in range(count)]


async def test_retry_gets_the_same_reply_and_nothing_is_sent_twice(line: Line) -> None:
    process = await line.start()
    running, http = process.service, process.http
    first, second = [await deliver(http, sent) for sent in _letters("查话费", "m1", 2)]
    assert first == second == Answer(200, "收到：查话费")
    assert len(running.engine.sent) == 1
    await line.becomes("m1", "replied")
    assert line.api.sent == []


async def test_deliveries_at_once_at_two_processes_are_answered_alike(line: Line) -> None:
    both = [await line.start(), await line.start()]
    for process in both:
        process.service.engine.delay_s = 0.2
    deliveries = zip(_letters("查话费", "m1", 4), both * 2, strict=True)
    given = await asyncio.gather(*(deliver(process.http, sent) for sent, process in deliveries))
    assert set(given) == {Answer(200, "收到：查话费")}
    assert sum(len(process.service.engine.sent) for process in both) == 1


async def test_retry_of_a_slow_answer_is_acknowledged_and_the_answer_pushed_once(line: Line) -> None:
    process = await line.start(wechat_passive_s=SHORT_S)
    running, http = process.service, process.http
    running.engine.delay_s = SHORT_S + 1.4
    given = [await deliver(http, sent) for sent in _letters("查话费", "m1", 2)]
    assert given == [Answer(200, None)] * 2
    assert await line.sent(1) == ["收到：查话费"]
    await asyncio.sleep(0.3)
    assert line.api.sent == ["收到：查话费"]


async def test_callback_is_acknowledged_in_time_whatever_its_answer_does(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "_ALL_S", IN_ALL_S)
    process = await line.start(wechat_passive_s=9.0)
    process.service.engine.delay_s = 6.5
    given, took_s = await _timed(deliver(process.http, _letters("查话费", "m1", 1)[0]))
    assert IN_TIME_S < 5.0  # after which WeChat hangs up; a busy machine may be a little late
    assert (given, took_s < IN_TIME_S + 1.4) == (Answer(200, None), True)
    assert await line.sent(1) == ["收到：查话费"]
    assert await line.state("m1") in ("replied", "returned")


async def test_reply_too_late_for_its_callback_is_pushed_instead_and_never_both(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_LATE_S", 0.0)  # as if the answer had taken all of WeChat's patience
    process = await line.start()
    first, again = [await deliver(process.http, sent) for sent in _letters("查话费", "m1", 2)]
    assert first == again == Answer(200, None)
    assert await line.sent(1) == ["收到：查话费"]
    assert (await line.state("m1"), len(process.service.engine.sent)) == ("returned", 1)


async def _timed(work: Awaitable[Answer]) -> tuple[Answer, float]:
    began = time.monotonic()
    return await work, time.monotonic() - began


async def test_messages_one_after_another_are_answered_in_order(line: Line) -> None:
    process = await line.start()
    running, http = process.service, process.http
    running.engine.delay_s = 0.1
    tasks = []
    for number in range(4):
        tasks.append(asyncio.create_task(deliver(http, _letters(f"第{number}条", f"m{number}", 1)[0])))
        await line.has_heard(number + 1)  # else they may overtake each other on the way
    given = await asyncio.gather(*tasks)
    replies = [answer.text for answer in given if answer.text]  # one may carry an answer to the one before
    pushed = await line.sent(1) if "第3条" not in "".join(replies) else []
    said = "\n\n".join([*replies, *pushed])
    assert said.split("\n\n") == [f"收到：第{number}条" for number in range(4)]


async def test_known_nonce_with_another_message_is_refused(line: Line) -> None:
    process = await line.start()
    running, http = process.service, process.http
    at = _now()
    assert (
        await deliver(http, letter(text_fields("查话费", at), at, nonce="n", is_encrypted=False))
    ).status == 200
    replayed = letter(text_fields("转账", at), at, nonce="n", is_encrypted=False)
    assert await deliver(http, replayed) == Answer(403, None)
    assert (len(running.engine.sent), running.counted("refused")) == (1, 1)


async def test_nonce_of_a_retry_with_another_message_is_refused(line: Line) -> None:
    process = await line.start()
    fields, at = text_fields("查话费", _now(), "m1"), _now()
    for nonce in ("first", "again"):
        given = await deliver(process.http, letter(fields, at, nonce=nonce, is_encrypted=False))
        assert given == Answer(200, "收到：查话费")
    for nonce in ("first", "again"):
        forged = letter(text_fields("转账", at), at, nonce=nonce, is_encrypted=False)
        assert await deliver(process.http, forged) == Answer(403, None)
    repeated = letter(fields, at, nonce="again", is_encrypted=False)  # WeChat's own, twice on its way
    assert await deliver(process.http, repeated) == Answer(200, "收到：查话费")
    assert len(process.service.engine.sent) == 1


@pytest.mark.parametrize("event", ["subscribe", "CLICK"])
async def test_event_delivered_twice_is_answered_alike(line: Line, event: str) -> None:
    process = await line.start()
    running, http = process.service, process.http
    fields = event_fields(event, _now(), "balance_query" if event == "CLICK" else "")
    first, second = [await deliver(http, letter(fields, _now())) for _ in range(2)]
    assert first == second
    assert first.text
    assert len(running.engine.sent) == (event == "CLICK")


# --- a process dies between any two steps ------------------------------------------------------------------------


def _stuck(work: Callable[..., Awaitable[Any]] | None = None) -> Callable[..., Awaitable[Any]]:
    """Return a step at which the process dies: before it, or right after `work` was done.

    Work that gives nothing is not done yet, and is asked again: the other process may be about to look what waits.
    """

    async def step(*arguments: Any) -> None:
        if work is None or await work(*arguments) is not None:
            await asyncio.sleep(60)

    return step


async def _dies(line: Line, process: Process, when: Callable[[], Awaitable[bool]]) -> None:
    """Deliver m1 to a process, kill that once `when` holds, and let its leases end as time ends them."""
    delivery = asyncio.create_task(deliver(process.http, _letters("查话费", "m1", 1)[0]))
    async with asyncio.timeout(15):
        while not await when():
            await asyncio.sleep(0.01)
    await process.service.kill()
    delivery.cancel()
    await asyncio.gather(delivery, return_exceptions=True)
    async with line.db.write() as connection:
        await connection.execute(update(conversations).values(lease_owner=None, lease_until=None))
    await line.pass_time("m1", timedelta(seconds=5))


async def test_process_that_dies_after_the_claim_leaves_it_to_the_retry(line: Line) -> None:
    first, second = await line.start(), await line.start()
    first.service.gateway.accept = _stuck()  # type: ignore[method-assign, assignment]
    await _dies(line, first, lambda: line.is_in("m1", "open"))
    assert await deliver(second.http, _letters("查话费", "m1", 1)[0]) == Answer(200, "收到：查话费")
    assert len(second.service.engine.sent) == 1


async def test_process_that_dies_while_answering_is_answered_for_by_the_retry(line: Line) -> None:
    first, second = await line.start(), await line.start()
    first.service.engine.delay_s = 30.0
    await _dies(line, first, lambda: line.has_stored(1))
    assert await deliver(second.http, _letters("查话费", "m1", 1)[0]) == Answer(200, "收到：查话费")
    assert line.api.sent == []


async def test_process_that_dies_while_answering_is_answered_for_even_without_a_retry(line: Line) -> None:
    first, second = await line.start(), await line.start()
    first.service.engine.delay_s = 30.0
    await _dies(line, first, lambda: line.has_stored(1))
    await second.service.gateway.resume()
    assert await line.sent(1) == ["收到：查话费"]


@pytest.mark.parametrize("is_retried", [True, False])
async def test_process_that_dies_before_the_decision_loses_no_answer(line: Line, is_retried: bool) -> None:
    first, second = await line.start(), await line.start()
    first.service.wechat.callbacks._passive.decide = _stuck()  # type: ignore[method-assign, assignment]
    await _dies(line, first, lambda: line.has_stored(2))
    if is_retried:
        given = await deliver(second.http, _letters("查话费", "m1", 1)[0])
        assert (given.text, line.api.sent) in (("收到：查话费", []), (None, ["收到：查话费"]))
    else:
        assert await line.sent(1) == ["收到：查话费"]
    await asyncio.sleep(0.3)
    assert len(line.api.sent) <= 1


async def test_process_that_dies_after_the_decision_replies_with_it_to_the_retry(line: Line) -> None:
    first, second = await line.start(), await line.start()
    passive = first.service.wechat.callbacks._passive
    passive.decide = _stuck(passive.decide)  # type: ignore[method-assign, assignment]
    await _dies(line, first, lambda: line.is_in("m1", "decided"))
    assert await deliver(second.http, _letters("查话费", "m1", 1)[0]) == Answer(200, "收到：查话费")
    await line.becomes("m1", "replied")
    await second.service.gateway.delivery.deliver_due()
    assert line.api.sent == []


async def _decided_and_never_settled(line: Line) -> Process:
    """A reply is decided, its process dies, and WeChat tries no more."""
    first, second = await line.start(), await line.start()
    passive = first.service.wechat.callbacks._passive
    passive.decide = _stuck(passive.decide)  # type: ignore[method-assign, assignment]
    await _dies(line, first, lambda: line.is_in("m1", "decided"))
    return second


async def test_reply_wechat_never_came_back_for_is_pushed(line: Line) -> None:
    second = await _decided_and_never_settled(line)
    await line.pass_time("m1", timedelta(seconds=30))
    await second.service.wechat.claims.sweep()
    assert await line.sent(1) == ["收到：查话费"]
    assert await deliver(second.http, _letters("查话费", "m1", 1)[0]) == Answer(200, None)


async def test_reply_wechat_could_have_come_back_for_had_arrived(line: Line) -> None:
    second = await _decided_and_never_settled(line)
    await line.pass_time("m1", timedelta(seconds=5))
    await deliver(second.http, letter(text_fields("你好", _now(), "m2", "bob"), _now()))
    await line.becomes("m2", "replied")
    for msg_id in ("m1", "m2"):
        await line.pass_time(msg_id, timedelta(seconds=30))
    assert await second.service.wechat.claims.sweep() == 0
    assert await line.state("m1") == "replied"
    assert line.api.sent == []


async def test_killed_process_that_starts_again_pushes_what_it_owed(line: Line) -> None:
    first = await line.start()
    first.service.engine.delay_s = 30.0
    await _dies(line, first, lambda: line.has_stored(1))
    await line.start()
    assert await line.sent(1) == ["收到：查话费"]


async def test_long_answer_comes_passively_and_goes_on_by_the_api_in_order(line: Line) -> None:
    process = await line.start()
    text = "".join(f"第{number}句话说的是套餐。" for number in range(250))
    process.service.engine.answer = lambda _: [Content(text), Content("就这些。")]
    first = (await deliver(process.http, _letters("查套餐", "m1", 1)[0])).text or ""
    rest = await line.sent(3)
    assert (first + "".join(rest)).replace("\n", "") == text + "就这些。"
    assert all(len(part.encode()) <= 2047 for part in [first, *rest])


async def test_person_s_message_is_pushed_while_no_callback_waits(line: Line) -> None:
    process = await line.start()
    await deliver(process.http, _letters("查话费", "m1", 1)[0])
    await line.becomes("m1", "replied")
    gateway = process.service.gateway
    conversation = await gateway.directory.current("wechat", "demo:anna")
    await gateway.transcript.say(conversation.id, Content("充值成功。"), Sender.SYSTEM)
    assert await line.sent(1) == ["充值成功。"]


# --- what is said while a reply is on its way ---------------------------------------------------------------------


@dataclass
class Gate:
    """A step that is held up until it is let through."""

    work: Callable[..., Awaitable[Any]]
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, *arguments: Any) -> Any:
        await self.open.wait()
        return await self.work(*arguments)


async def _said_before_the_reply_is_settled(line: Line, replies: Process, says: Process) -> None:
    """Answer m1 in one process; in another, or the same, say something before WeChat is known to have the answer."""
    own = replies.service.wechat.claims
    gate = Gate(own.settle)
    own.settle = gate  # type: ignore[method-assign, assignment]
    assert await deliver(replies.http, _letters("查话费", "m1", 1)[0]) == Answer(200, "收到：查话费")
    gateway = says.service.gateway
    conversation = await gateway.directory.current("wechat", "demo:anna")
    await gateway.transcript.say(conversation.id, Content("您好，我是客服。"), Sender.AGENT)
    await line.held()
    gate.open.set()


@pytest.mark.parametrize("other", [False, True], ids=["same process", "another process"])
async def test_message_said_while_the_reply_is_on_its_way_goes_out_once_it_has_arrived(
    line: Line, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    monkeypatch.setattr("bot.channels.wechat.claims._UNTIL_RETRY", timedelta(hours=1))
    replies = await line.start()
    says = await line.start() if other else replies
    await _said_before_the_reply_is_settled(line, replies, says)
    assert await line.sent(1) == ["您好，我是客服。"]
    assert await line.state("m1") == "replied"
    for process in (replies, says):
        await process.service.gateway.delivery.deliver_due()
    assert line.api.sent == ["您好，我是客服。"]


async def test_message_another_process_is_just_holding_back_goes_out_once_the_reply_has_arrived(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wechat.claims._UNTIL_RETRY", timedelta(hours=1))
    replies, says = await line.start(), await line.start()
    late = Gate(says.service.gateway.outbox.hold)
    says.service.gateway.outbox.hold = late  # type: ignore[method-assign, assignment]
    await _said_before_the_reply_is_settled(line, replies, says)
    assert await line.sent(1) == ["您好，我是客服。"]
    late.open.set()
    await says.service.gateway.delivery.deliver_due()
    assert line.api.sent == ["您好，我是客服。"]


async def test_reply_with_nothing_after_it_calls_no_api(line: Line) -> None:
    process = await line.start()
    delivered: list[str] = []

    async def deliver_to(channel_user: str) -> None:
        delivered.append(channel_user)

    await deliver(process.http, _letters("查话费", "m1", 1)[0])
    await line.becomes("m1", "replied")
    process.service.wechat.callbacks._deliver = deliver_to  # type: ignore[method-assign]
    await deliver(process.http, _letters("查流量", "m2", 1)[0])
    await line.becomes("m2", "replied")
    await process.service.wechat.callbacks.stop()
    assert (delivered, line.api.sent) == ([], [])
