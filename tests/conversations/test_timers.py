"""Timers: fired once by one process, again when asked for, and after a restart."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from conversations.idle import IdleClose
from conversations.model import Content, Event, Sender, State
from conversations.timers import Timers
from core.ids import ConversationId
from tests.conversations.conftest import Repositories, says


class Bell:
    """A handler that counts."""

    def __init__(self, again: datetime | None = None) -> None:
        self.rung: list[str] = []
        self.again = again

    async def __call__(self, subject: str) -> datetime | None:
        self.rung.append(subject)
        await asyncio.sleep(0.01)
        return self.again


def _timers(repositories: Repositories, owner: str, handler: object) -> Timers:
    timers = Timers(repositories.db, repositories.clock, owner)
    timers.on("test", handler)  # type: ignore[arg-type]
    return timers


async def test_timer_fires_when_it_is_due_and_once(repositories: Repositories) -> None:
    bell = Bell()
    timers = _timers(repositories, "a", bell)
    await timers.set("test", "c1", repositories.clock.now() + timedelta(seconds=5))
    assert await timers.fire_due() == 0
    repositories.clock.advance(timedelta(seconds=5))
    assert await timers.fire_due() == 1
    assert await timers.fire_due() == 0
    assert bell.rung == ["c1"]


async def test_of_many_processes_one_fires_a_timer(repositories: Repositories) -> None:
    bell = Bell()
    processes = [_timers(repositories, name, bell) for name in "abcd"]
    for n in range(6):
        await processes[0].set("test", f"c{n}", repositories.clock.now())
    await asyncio.gather(*(process.fire_due() for process in processes))
    assert sorted(bell.rung) == [f"c{n}" for n in range(6)]


async def test_timer_that_is_moved_or_cleared_does_not_fire(repositories: Repositories) -> None:
    bell = Bell()
    timers = _timers(repositories, "a", bell)
    await timers.set("test", "c1", repositories.clock.now())
    await timers.set("test", "c1", repositories.clock.now() + timedelta(seconds=60))
    await timers.set("test", "c2", repositories.clock.now())
    await timers.clear("test", "c2")
    assert await timers.fire_due() == 0


async def test_timer_fires_again_when_its_handler_says_so(repositories: Repositories) -> None:
    bell = Bell(again=repositories.clock.now() + timedelta(seconds=10))
    timers = _timers(repositories, "a", bell)
    await timers.set("test", "c1", repositories.clock.now())
    await timers.fire_due()
    repositories.clock.advance(timedelta(seconds=10))
    await timers.fire_due()
    assert bell.rung == ["c1", "c1"]


async def test_handler_that_fails_is_tried_again_later(repositories: Repositories) -> None:
    calls: list[str] = []

    async def fails_once(subject: str) -> datetime | None:
        calls.append(subject)
        if len(calls) == 1:
            raise RuntimeError("the first time")
        return None

    timers = _timers(repositories, "a", fails_once)
    await timers.set("test", "c1", repositories.clock.now())
    await timers.fire_due()
    assert await timers.fire_due() == 0
    repositories.clock.advance(timedelta(seconds=30))
    assert await timers.fire_due() == 1
    assert calls == ["c1", "c1"]


async def test_timer_of_a_process_that_died_is_fired_by_another(repositories: Repositories) -> None:
    started = asyncio.Event()

    async def never_ends(subject: str) -> datetime | None:
        started.set()
        await asyncio.sleep(3600)
        return None

    first = _timers(repositories, "a", never_ends)
    await first.set("test", "c1", repositories.clock.now())
    dying = asyncio.create_task(first.fire_due())
    await started.wait()
    dying.cancel()
    bell = Bell()
    second = _timers(repositories, "b", bell)
    assert await second.fire_due() == 0
    repositories.clock.advance(timedelta(seconds=30))
    assert await second.fire_due() == 1


# --- closing what has fallen silent ------------------------------------------------------------------------------


async def _state(repositories: Repositories, conversation: ConversationId) -> State:
    found = await repositories.directory.conversation(conversation)
    assert found is not None
    return found.state


async def test_words_of_ours_count_as_activity_too(repositories: Repositories) -> None:
    idle = IdleClose(repositories.db, repositories.clock, repositories.settings)
    conversation = await repositories.conversation()
    repositories.clock.advance(timedelta(seconds=200))
    await repositories.transcript.say(conversation, Content("充值成功"), Sender.BOT)
    repositories.clock.advance(timedelta(seconds=100))
    assert await idle(conversation) == repositories.clock.now() + timedelta(seconds=200)
    repositories.clock.advance(timedelta(seconds=200))
    assert await idle(conversation) is None
    assert await _state(repositories, conversation) is State.CLOSED


async def test_conversation_with_an_unanswered_message_is_not_closed(repositories: Repositories) -> None:
    idle = IdleClose(repositories.db, repositories.clock, repositories.settings)
    received = await repositories.transcript.receive(says("在吗"))
    repositories.clock.advance(timedelta(seconds=1000))
    assert await idle(received.conversation.id) is not None
    assert await _state(repositories, received.conversation.id) is State.BOT


async def test_conversation_with_a_person_is_not_closed_here(repositories: Repositories) -> None:
    idle = IdleClose(repositories.db, repositories.clock, repositories.settings)
    conversation = await repositories.conversation()
    await repositories.directory.move(conversation, Event.REQUEST_HANDOFF)
    repositories.clock.advance(timedelta(seconds=1000))
    assert await idle(conversation) is not None
    assert await _state(repositories, conversation) is State.WAITING


async def test_timer_of_a_closed_or_unknown_conversation_is_dropped(repositories: Repositories) -> None:
    idle = IdleClose(repositories.db, repositories.clock, repositories.settings)
    conversation = await repositories.conversation()
    await repositories.directory.finish(conversation)
    assert await idle(conversation) is None
    assert await idle("0" * 32) is None
