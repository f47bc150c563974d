"""Everybody at once, from two processes: whatever the interleaving, each customer has one owner and one order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from conversations.desk_model import Disposition, Handoff, HandoffState, Skill, StaffMember
from conversations.model import ContactId, Event, Message, Sender, State
from core.errors import StaffError
from tests.conversations.floor import Floor
from tests.conversations.people import hire

_ROUNDS, _AT_ONCE = 20, 12
_USERS = [f"user{n}" for n in range(5)]
_OPEN_IN = {State.WAITING: HandoffState.WAITING, State.HUMAN: HandoffState.ACCEPTED}

Action = Callable[[Floor], Awaitable[object]]


class Storm:
    """Five customers, three agents and a supervisor who do whatever the dice say."""

    def __init__(self, floors: list[Floor], dice: random.Random) -> None:
        self._floors, self._dice, self._sent = floors, dice, 0
        self.agents: list[StaffMember] = []

    async def begin(self) -> None:
        """Let people come to work; nobody can take everybody."""
        self.agents = [await self._floors[0].agent(f"agent{n}", capacity=2) for n in range(3)]
        self._boss = await hire(self._floors[0].db, self._floors[0].clock.now(), "boss", capacity=0)

    async def round(self) -> Counter[str]:
        """Let a dozen things happen at once; return how often each was refused and done."""
        known = [await self._handoff(user) for user in _USERS]
        acts = [self._draw(self._dice.choice(known)) for _ in range(_AT_ONCE)]
        outcomes = await asyncio.gather(
            *(act(self._floors[n % 2]) for n, act in enumerate(acts)), return_exceptions=True
        )
        bugs = [o for o in outcomes if isinstance(o, BaseException) and not isinstance(o, StaffError)]
        assert bugs == []
        return Counter(o.code if isinstance(o, StaffError) else "done" for o in outcomes)

    async def _handoff(self, user: str) -> Handoff:
        floor = self._floors[0]
        current = await floor.directory.current("rest", user)
        if current.state is State.RATING:
            await floor.directory.move(current.id, Event.SKIPPED)
        return await floor.handoffs.open_of(current.id) or await floor.queues(user)

    def _draw(self, h: Handoff) -> Action:
        agent, boss, skill = self._dice.choice(self.agents), self._boss, self._dice.choice(list(Skill))
        self._sent += 1
        key = f"m{self._sent}"
        owner = next((a for a in [*self.agents, boss] if a.id == h.agent_id), agent)
        actions: list[Action] = [
            lambda floor: floor.handoffs.accept(h.id, agent.id),
            lambda floor: floor.handoffs.accept(h.id, agent.id),
            lambda floor: floor.handoffs.say(h.conversation_id, owner, key, key),
            lambda floor: floor.handoffs.say(h.conversation_id, agent, key, key),
            lambda floor: floor.says(h, key),
            lambda floor: floor.handoffs.transfer(h.id, owner.id, skill=skill, reason="换人"),
            lambda floor: floor.handoffs.transfer(h.id, owner.id, to=boss.id, reason="换人"),
            lambda floor: floor.handoffs.hand_back(h.id, owner.id),
            lambda floor: floor.handoffs.resolve(h.id, owner.id, Disposition.SOLVED),
            lambda floor: floor.handoffs.take_over(h.id, boss),
            lambda floor: floor.handoffs.give_back_of(agent.id),
            lambda floor: floor.handoffs.cancel(h.conversation_id),
            lambda floor: floor.handoffs.leave(h.conversation_id),
            lambda floor: floor.presence.expire(),
            lambda floor: floor.presence.beat(agent.id),
        ]
        return self._dice.choice(actions)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_at_once_every_customer_has_one_owner_and_one_order(
    floor: Floor, other_floor: Floor, seed: int
) -> None:
    storm, happened = Storm([floor, other_floor], random.Random(seed)), Counter[str]()
    await storm.begin()
    for _ in range(_ROUNDS):
        happened += await storm.round()
        await floor.wait(1)
        await _check_owners(floor, storm.agents)
    for user in _USERS:
        _check_order(await floor.transcript.recent("rest", user, limit=2_000))
    assert happened["done"] > _ROUNDS
    assert {"handoff.taken", "conversation.not_yours"} <= set(happened)


async def _check_owners(floor: Floor, agents: list[StaffMember]) -> None:
    """A conversation waits or is a person's exactly when its handoff says so; nobody has more than they can."""
    for user in _USERS:
        current = await floor.directory.current("rest", user)
        handoff = await floor.handoffs.open_of(current.id)
        assert (handoff.state if handoff else None) is _OPEN_IN.get(current.state)
    for agent in agents:
        assert len(await floor.handoffs.of_agent(agent.id)) <= agent.capacity


def _check_order(transcript: list[Message]) -> None:
    """No number is missing; the epoch never falls; an agent speaks only in the epoch of their own acceptance."""
    assert [m.seq for m in transcript] == list(range(1, len(transcript) + 1))
    epochs: dict[str, int] = {}
    accepted: set[tuple[ContactId, str, int, str | None]] = set()
    for m in transcript:
        assert m.epoch >= epochs.get(m.conversation_id, 0)
        epochs[m.conversation_id] = m.epoch
        key, _, name = m.content.text.partition(" agent=")
        if key == "handoff_accepted":
            accepted.add((m.contact_id, m.conversation_id, m.epoch, name))
        if m.sender is Sender.AGENT:
            assert (m.contact_id, m.conversation_id, m.epoch, m.author_name) in accepted
