"""A customer, a slow bot, two agents, silence, a crash and a restart, in whatever order hypothesis thinks of."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from app.migrate import upgrade
from conversations.desk_model import Disposition, Handoff, Presence, Skill, StaffMember
from conversations.desk_tables import ratings
from conversations.model import Sender, State
from conversations.tables import conversations, messages
from core.clock import FixedClock
from core.errors import AppError
from core.settings import Settings
from tests.bot.people_process import WANTS_A_PERSON, Process, SlowEngine
from tests.conftest import NOW

_T = TypeVar("_T")
_USERS = ("anna", "bea", "cao")
_users = st.sampled_from(_USERS)
_agents = st.sampled_from((0, 1))
_PERSON_OWNS = {State.HUMAN, State.RATING, State.CLOSED}
_LEASE_OVER = timedelta(seconds=61)  # what a dead process held is free


@cache
def _sqlite_template() -> Path:
    """Return a migrated SQLite file to copy."""
    path = Path(tempfile.mkdtemp(prefix="tongda-machine-")) / "template.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


class Machine(RuleBasedStateMachine):
    """The people around one service process; `steps` counts what was done, by kind of database."""

    database: ClassVar[str] = "SQLite"
    steps: ClassVar[Counter[str]] = Counter()
    examples: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="tongda-machine-"))
        self.url = self.fresh_database()
        self.clock = FixedClock(NOW)
        self.settings = Settings(_env_file=None, data_dir=self.folder)  # type: ignore[call-arg]
        self.numbers = itertools.count(1)
        self.said: defaultdict[str, list[str]] = defaultdict(list)  # user -> what they wrote, in order
        self.agents_said: list[str] = []
        self.owned: defaultdict[str, dict[int, State]] = defaultdict(dict)  # conversation -> epoch -> state
        self.agents: list[StaffMember] = []

    def fresh_database(self) -> str:
        """Return the URL of a migrated database of this example's own."""
        path = self.folder / "tongda.db"
        shutil.copyfile(_sqlite_template(), path)
        return f"sqlite+aiosqlite:///{path}"

    def wait(self, doing: Coroutine[Any, Any, _T]) -> _T:
        """Run something to its end."""
        return self.loop.run_until_complete(doing)

    # --- people ------------------------------------------------------------------------------------------------

    @initialize()
    def opens(self) -> None:
        self.wait(self._open())
        self.examples[self.database] += 1
        self.steps[self.database] -= 1  # what comes after this is looked at, but was no step
        self.agents = [self.wait(self.process.hire(f"agent{n}", Skill.BILLING)) for n in (1, 2)]

    async def _open(self) -> None:
        self.engine = SlowEngine()
        self.process = await self._new_process()

    async def _new_process(self) -> Process:
        return await Process(self.url, self.clock, self.settings, self.engine).start()

    @rule(user=_users)
    def customer_asks(self, user: str) -> None:
        self._write(user, f"问题{next(self.numbers)}")

    @rule(
        user=_users,
        words=st.sampled_from(
            [*WANTS_A_PERSON, "取消排队", "继续问机器人", "取消", "再见", "谢谢", "5星", "没解决"]
        ),
    )
    def customer_says(self, user: str, words: str) -> None:
        self._write(user, words)

    @rule(user=_users)
    def customer_sends_twice(self, user: str) -> None:
        text = f"重发{next(self.numbers)}"
        self._write(user, text, text)
        self.wait(self.process.say(user, text, text))

    def _write(self, user: str, text: str, message_id: str | None = None) -> None:
        self.wait(self.process.say(user, text, message_id))
        self.said[user].append(text)
        if self.engine.gate.is_set():
            self.wait(self.process.settled())

    @rule()
    @precondition(lambda self: self.engine.gate.is_set())
    def bot_becomes_slow(self) -> None:
        self.engine.gate.clear()

    @rule()
    @precondition(lambda self: not self.engine.gate.is_set())
    def bot_answers(self) -> None:
        self.engine.gate.set()
        self.wait(self.process.settled())

    @rule(agent=_agents)
    def agent_accepts(self, agent: int) -> None:
        waiting = self.wait(self.process.desk.handoffs.waiting())
        if waiting:
            self._check_order(waiting)
            self._try(self.process.desk.handoffs.accept(waiting[0].id, self.agents[agent].id))

    @rule()
    def both_agents_accept_at_once(self) -> None:
        waiting = self.wait(self.process.desk.handoffs.waiting())
        if not waiting:
            return
        handoffs = self.process.desk.handoffs
        tries = [handoffs.accept(waiting[0].id, agent.id) for agent in self.agents]
        results = self.wait(_gathered(tries))
        won = [found for found in results if isinstance(found, Handoff)]
        assert len(won) == 1 or all(isinstance(r, AppError) for r in results)

    @rule(agent=_agents)
    def agent_says(self, agent: int) -> None:
        for handoff in self._in_hand(agent)[:1]:
            text = f"客服{next(self.numbers)}"
            say = self.process.desk.handoffs.say
            for _ in range(2):  # the browser sends again what it is not sure of
                self.wait(say(handoff.conversation_id, self.agents[agent], text, text))
            self.agents_said.append(text)

    @rule(agent=_agents, how=st.sampled_from(["transfer", "hand_back", "resolve"]))
    def agent_lets_go(self, agent: int, how: str) -> None:
        handoffs, me = self.process.desk.handoffs, self.agents[agent].id
        for handoff in self._in_hand(agent)[:1]:
            if how == "transfer":
                self._try(handoffs.transfer(handoff.id, me, skill=Skill.PLANS, reason="换个同事"))
            elif how == "hand_back":
                self._try(handoffs.hand_back(handoff.id, me))
            else:
                self._try(handoffs.resolve(handoff.id, me, Disposition.SOLVED))

    @rule(agent=_agents)
    def agent_comes_online(self, agent: int) -> None:
        self.wait(self.process.desk.presence.set(self.agents[agent].id, Presence.ONLINE))

    @rule()
    def queue_is_looked_after(self) -> None:
        """Give customers to who is online, tell places, and give back those of who went silent."""
        before = self.wait(self.process.desk.handoffs.waiting())
        self._check_order(before)
        self.wait(self.process.watch.look())
        for agent in (0, 1):
            assert len(self._in_hand(agent)) <= self.agents[agent].capacity

    @rule(agent=_agents)
    def agent_vanishes(self, agent: int) -> None:
        self.wait(self.process.desk.handoffs.give_back_of(self.agents[agent].id))

    @rule(seconds=st.sampled_from([1, 121, 301, 601]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.wait(self.process.gateway.timers.fire_due())

    @rule()
    def process_crashes_and_starts_again(self) -> None:
        self.wait(self.process.crash())
        self.process = self.wait(self._new_process())
        if self.engine.gate.is_set():
            self.wait(self.process.settled())

    # --- what must always hold ---------------------------------------------------------------------------------

    @invariant()
    def states_are_noted(self) -> None:
        if self.agents:
            self.steps[self.database] += 1
            for row in self.wait(self._rows(conversations)):
                self.owned[row.id].setdefault(row.epoch, State(row.state))

    @invariant()
    def one_order_for_everybody(self) -> None:
        for user in _USERS if self.agents else ():
            seqs = [line.seq for line in self.wait(self.process.lines(user))]
            assert seqs == list(range(1, len(seqs) + 1))

    def teardown(self) -> None:
        if not self.agents:
            return
        try:
            self.check_all()
        finally:
            self.close()

    def check_all(self) -> None:
        """Look at everything once more when all is quiet."""
        self.engine.gate.set()
        self.wait(self.process.settled())
        self.clock.advance(_LEASE_OVER)
        self.wait(self.process.gateway.resume())
        self.wait(self.process.settled())
        self.states_are_noted()
        self.steps[self.database] -= 1
        self._check_nothing_lost()
        self._check_bot_kept_silent()
        self._check_ratings()

    def close(self) -> None:
        """Let go of the process and its files."""
        self.wait(self.process.stop())
        self.loop.close()
        shutil.rmtree(self.folder)

    def _check_nothing_lost(self) -> None:
        agents_said: list[str] = []
        for user in _USERS:
            lines = self.wait(self.process.lines(user))
            assert [x.content.text for x in lines if x.sender is Sender.CUSTOMER] == self.said[user]
            agents_said += [x.content.text for x in lines if x.sender is Sender.AGENT]
            answers = Counter(x.content.text for x in lines if x.sender is Sender.BOT)
            asked = Counter(f"答：{text}" for text in self.said[user])
            assert all(count <= asked[text] for text, count in answers.items() if text.startswith("答："))
        unanswered = [
            row for row in self.wait(self._rows(messages)) if row.processing not in (None, "answered")
        ]
        assert unanswered == []
        assert Counter(agents_said) == Counter(self.agents_said)

    def _check_bot_kept_silent(self) -> None:
        for row in self.wait(self._rows(messages)):
            if row.sender == Sender.BOT.value:
                assert self.owned[row.conversation_id].get(row.epoch) not in _PERSON_OWNS

    def _check_ratings(self) -> None:
        asked = {row.conversation_id for row in self.wait(self._rows(ratings))}
        lines = self.wait(self._rows(messages))
        questions = Counter(row.conversation_id for row in lines if (row.card or {}).get("type") == "rating")
        had_wish = {row.conversation_id for row in lines if (row.about or {}).get("topic") == "balance"}
        had_wish |= {row.conversation_id for row in lines if row.sender == Sender.AGENT.value}
        over = {
            row.id
            for row in self.wait(self._rows(conversations))
            if row.state in (State.RATING.value, State.CLOSED.value)
        }
        assert set(questions) == asked
        assert all(count == 1 for count in questions.values())
        assert over & had_wish <= asked <= over

    def _check_order(self, waiting: list[Handoff]) -> None:
        """Who was given back by an agent who vanished, the elderly, complaints, then whoever came first."""
        places = [
            (not h.is_returned, not h.request.is_elderly, not h.request.is_complaint, h.requested)
            for h in waiting
        ]
        assert places == sorted(places)

    # --- small things ------------------------------------------------------------------------------------------

    async def _rows(self, table: Any) -> list[Any]:
        async with self.process.db.read() as connection:
            return list(await connection.execute(select(table)))

    def _in_hand(self, agent: int) -> list[Handoff]:
        return self.wait(self.process.desk.handoffs.of_agent(self.agents[agent].id))

    def _try(self, doing: Coroutine[Any, Any, object]) -> None:
        """Do what may be refused with words."""
        with suppress(AppError):
            self.wait(doing)


async def _gathered(doing: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    return list(await asyncio.gather(*doing, return_exceptions=True))
