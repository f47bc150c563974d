"""The queue keeps moving on both databases: assignment, vanished agents, places, hopeless waits, one watcher."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from conversations.desk_model import Handoff, HandoffState, Presence, Skill
from conversations.identity import Identity
from conversations.live import LiveEvent, LocalEvents
from conversations.model import State
from conversations.queue_watch import QueueWatch
from core.errors import UpstreamUnavailable
from tests.conversations.floor import Floor


@dataclass
class Tickets:
    """What is arranged for customers whom nobody serves; fails as often as it is told to."""

    failures: int = 0
    made: list[str] = field(default_factory=list)

    async def __call__(self, handoff: Handoff) -> Mapping[str, object]:
        if self.failures:
            self.failures -= 1
            raise UpstreamUnavailable("bss.down")
        self.made.append(handoff.id)
        return {"ticket": f"T{len(self.made)}", "until": "明天"}


@dataclass
class Watch:
    """A process that watches the queue, and what it published."""

    floor: Floor
    owner: str = "a"
    grace_s: float = 0.0

    def __post_init__(self) -> None:
        self.tickets, self.live, self.heard = Tickets(), LocalEvents(), list[LiveEvent]()
        self.watch = QueueWatch(
            self.floor.db,
            self.floor.clock,
            self.floor.settings,
            self.floor.handoffs,
            self.floor.presence,
            self.live,
            self.tickets,
            self.owner,
            timedelta(seconds=self.grace_s),
        )
        self.live.subscribe(self._hear)

    async def _hear(self, event: LiveEvent) -> None:
        self.heard.append(event)

    async def after(self, seconds: float) -> bool:
        """Let time pass, then look at the queue once."""
        await self.floor.wait(seconds)
        return await self.watch.look()


@pytest.fixture
async def watch(floor: Floor) -> AsyncIterator[Watch]:
    """The watcher of the only process."""
    watching = Watch(floor)
    await watching.live.start()
    yield watching
    await watching.live.stop()


async def test_waiting_customer_is_given_to_a_free_agent_of_the_skill(floor: Floor, watch: Watch) -> None:
    await floor.agent("lin", Skill.FAULTS)
    mei = await floor.agent("mei")
    waiting = await floor.queues()
    await watch.watch.look()
    assert (await floor.handoffs.get(waiting.id)).agent_id == mei.id


async def test_rush_is_spread_up_to_everybodys_capacity_and_no_further(floor: Floor, watch: Watch) -> None:
    agents = [await floor.agent(f"agent{n}", capacity=2) for n in range(3)]
    queue = [await floor.queues() for _ in range(8)]
    await watch.watch.look()
    loads = Counter([h.agent_id for h in await floor.handoffs.in_hand()])
    assert loads == {agent.id: 2 for agent in agents}
    assert len(await floor.handoffs.waiting()) == len(queue) - 6


async def test_freed_agent_gets_who_has_waited_longest(floor: Floor, watch: Watch) -> None:
    mei = await floor.agent("mei", capacity=1)
    busy = await floor.served(mei)
    first = await floor.queues()
    await floor.wait(1)
    await floor.queues()
    await floor.handoffs.hand_back(busy.id, mei.id)
    await watch.watch.look()
    assert [h.id for h in await floor.handoffs.of_agent(mei.id)] == [first.id]


async def test_transferred_customer_does_not_come_straight_back(floor: Floor, watch: Watch) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await floor.handoffs.transfer(handoff.id, mei.id, skill=Skill.BILLING, reason="换人")
    await watch.watch.look()
    assert await floor.state(handoff) is State.WAITING
    lin = await floor.agent("lin")
    await watch.watch.look()
    assert [h.conversation_id for h in await floor.handoffs.of_agent(lin.id)] == [handoff.conversation_id]


async def test_customer_who_proves_to_be_elderly_while_waiting_moves_to_the_front(floor: Floor) -> None:
    first = await floor.queues()
    await floor.wait(1)
    elderly = await floor.queues()
    await Identity(floor.db, floor.clock, floor.settings).describe(elderly.conversation_id, "滨海", "65+")
    assert [one.id for one in await floor.handoffs.waiting()] == [elderly.id, first.id]


async def test_transferred_customer_keeps_the_place_of_their_arrival(floor: Floor) -> None:
    mei = await floor.agent("mei")
    first = await floor.served(mei)
    await floor.wait(1)
    later = await floor.queues(skill=Skill.FAULTS)
    await floor.wait(1)
    moved = await floor.handoffs.transfer(first.id, mei.id, skill=Skill.FAULTS, reason="断网")
    assert [one.id for one in await floor.handoffs.waiting()] == [moved.id, later.id]


async def test_vanished_agent_goes_offline_and_their_customer_goes_to_a_colleague(
    floor: Floor, watch: Watch
) -> None:
    mei, lin = await floor.agent("mei"), await floor.agent("lin", is_online=False)
    handoff = await floor.served(mei)
    assert await watch.after(29)
    assert await floor.state(handoff) is State.HUMAN
    await floor.presence.set(lin.id, Presence.ONLINE)
    await watch.after(1)
    assert [h.conversation_id for h in await floor.handoffs.of_agent(lin.id)] == [handoff.conversation_id]
    assert (await floor.presence.now())[mei.id].presence is Presence.OFFLINE
    assert (await floor.told(handoff))[-2:] == ["handoff_returned", f"handoff_accepted agent={lin.name}"]


async def test_customer_is_returned_though_the_last_process_crashed_after_putting_the_agent_offline(
    floor: Floor, watch: Watch
) -> None:
    handoff = await floor.served(await floor.agent("mei"))
    await floor.wait(30)
    await floor.presence.expire()
    await watch.watch.look()
    assert (await floor.handoffs.waiting())[0].conversation_id == handoff.conversation_id


async def test_agent_on_a_break_keeps_their_customers_and_gets_no_more(floor: Floor, watch: Watch) -> None:
    mei = await floor.agent("mei")
    handoff = await floor.served(mei)
    await floor.presence.set(mei.id, Presence.BREAK, "用餐")
    await floor.queues()
    await watch.after(20)
    assert [h.id for h in await floor.handoffs.of_agent(mei.id)] == [handoff.id]


async def test_waiting_customer_hears_of_a_better_place_at_most_once_a_minute(
    floor: Floor, watch: Watch
) -> None:
    queue = []
    for _ in range(4):
        queue.append(await floor.queues())
        await floor.wait(1)
    last = queue[-1]
    await watch.after(60)
    assert await floor.told(last) == ["handoff_position_unknown ahead=3"]
    await floor.handoffs.cancel(queue[0].conversation_id)
    await watch.after(30)
    assert len(await floor.told(last)) == 1
    await floor.handoffs.cancel(queue[1].conversation_id)
    await watch.after(30)
    await watch.after(90)
    assert (await floor.told(last))[1:] == ["handoff_position_unknown ahead=1"]


async def test_restarted_watcher_does_not_tell_a_place_twice(floor: Floor, watch: Watch) -> None:
    waiting = await floor.queues()
    await watch.after(60)
    await Watch(floor, owner="a").after(90)
    assert await floor.told(waiting) == ["handoff_position_unknown_first"]


async def test_next_in_line_and_others_hear_what_is_true_while_all_agents_are_busy(
    floor: Floor, watch: Watch
) -> None:
    mei = await floor.agent("mei", capacity=1)
    await floor.served(mei)
    first = await floor.queues()
    await floor.wait(1)
    second = await floor.queues()
    for _ in range(3):
        await watch.after(20)
        await floor.presence.beat(mei.id)
    assert await floor.told(first) == ["handoff_position_next_wait minutes=5"]
    assert await floor.told(second) == ["handoff_position ahead=1 minutes=10"]


async def test_customer_whom_nobody_serves_gets_a_ticket_and_the_bot(floor: Floor, watch: Watch) -> None:
    waiting = await floor.queues()
    await watch.after(599)
    assert watch.tickets.made == []
    await watch.after(1)
    await watch.after(60)
    assert watch.tickets.made == [waiting.id]
    assert (await floor.state(waiting), (await floor.told(waiting))[-1]) == (
        State.BOT,
        "handoff_nobody ticket=T1 until=明天",
    )
    assert (await floor.handoffs.get(waiting.id)).state is HandoffState.LEFT


async def test_customer_goes_on_waiting_when_the_ticket_fails_and_it_is_tried_again(
    floor: Floor, watch: Watch
) -> None:
    waiting = await floor.queues()
    watch.tickets.failures = 1
    await watch.after(600)
    await watch.after(29)
    assert await floor.state(waiting) is State.WAITING
    await watch.after(1)
    assert (await floor.state(waiting), watch.tickets.made) == (State.BOT, [waiting.id])


async def test_customer_goes_on_waiting_while_somebody_is_online(floor: Floor, watch: Watch) -> None:
    mei = await floor.agent("mei", capacity=1)
    await floor.served(mei)
    waiting = await floor.queues()
    await floor.wait(700)
    await floor.presence.beat(mei.id)
    await watch.watch.look()
    assert (await floor.state(waiting), watch.tickets.made) == (State.WAITING, [])


async def test_one_process_watches_and_another_takes_over_when_it_is_gone(
    floor: Floor, other_floor: Floor
) -> None:
    first, second = Watch(floor, "a"), Watch(other_floor, "b")
    assert (await first.watch.look(), await second.watch.look()) == (True, False)
    assert (await first.after(6), await second.watch.look()) == (True, False)
    assert await second.after(10)
    assert not await first.watch.look()


async def test_processes_that_start_at_once_agree_on_one_watcher(floor: Floor, other_floor: Floor) -> None:
    watches = [Watch(f, f"{n}") for n, f in enumerate([floor, other_floor] * 3)]
    assert sum(await asyncio.gather(*(w.watch.look() for w in watches))) == 1


async def test_desks_hear_that_somebody_came_into_the_queue(floor: Floor, watch: Watch) -> None:
    await floor.queues()
    await watch.watch.look()
    async with asyncio.timeout(20):
        while not watch.heard:
            await asyncio.sleep(0.01)
    await watch.watch.look()
    await asyncio.sleep(0.05)
    assert [(e.kind, e.payload) for e in watch.heard] == [("queue.changed", {"waiting": 1})]


async def test_running_watch_assigns_at_once_when_told_and_gives_its_lease_back_at_the_end(
    floor: Floor, other_floor: Floor, watch: Watch
) -> None:
    running = asyncio.create_task(watch.watch.run(every_s=30.0))
    await asyncio.sleep(0.1)
    mei, waiting = await floor.agent("mei"), await floor.queues()
    watch.live.publish("queue.changed", waiting.conversation_id, {})
    give_up = time.monotonic() + 20
    while not await floor.handoffs.of_agent(mei.id) and time.monotonic() < give_up:
        await asyncio.sleep(0.01)
    assert [h.id for h in await floor.handoffs.of_agent(mei.id)] == [waiting.id]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await Watch(other_floor, "b").watch.look()


async def test_restarted_service_first_gives_the_desks_time_to_come_back(floor: Floor) -> None:
    agent = await floor.agent("lin")
    handoff = await floor.served(agent)
    await floor.wait(60)  # no service ran, so no desk could give a sign of life
    process = Watch(floor, grace_s=30)
    await process.watch.look()
    assert (await floor.handoffs.get(handoff.id)).state is HandoffState.ACCEPTED
    await floor.wait(31)
    await process.watch.look()
    assert (await floor.handoffs.get(handoff.id)).state is HandoffState.TRANSFERRED


async def test_after_a_stall_of_the_process_nobody_has_vanished_yet(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.queue_watch._STALLED_S", 0.2)
    agent = await floor.agent("lin")
    handoff = await floor.served(agent)
    process = Watch(floor, grace_s=30)
    running = asyncio.create_task(process.watch.run(every_s=0.05))
    await asyncio.sleep(0.2)
    floor.clock.advance(timedelta(seconds=60))  # no sign of life in a minute: the process stood still
    time.sleep(0.5)  # the stall
    await asyncio.sleep(0.3)
    assert (await floor.handoffs.get(handoff.id)).state is HandoffState.ACCEPTED
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
