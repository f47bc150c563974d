"""A whole service process but for Rasa and HTTP: gateway, queue, ratings and timers, which can crash and start again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.people import desk
from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from bot.service_texts import service_texts
from conversations.desk_model import Handoff, Presence, Role, Skill, StaffMember
from conversations.model import Content, Message
from conversations.queue_watch import QueueWatch
from conversations.staff import Roster
from conversations.transcript import Transcript
from core.clock import Clock
from core.database import Database
from core.settings import Settings
from tests.bot.gateways import crash, says

ABOUT = {"type": "about", "topic": "balance"}
HANDOFF: dict[str, object] = {
    "type": "handoff",
    "reason": "asked",
    "skill": "billing",
    "summary": {"who": "未验证身份", "wish": "查话费"},
}
FINISH = {"type": "finish"}
WANTS_A_PERSON: dict[str, dict[str, object]] = {  # words of a customer -> what the bot tells the service
    "人工": HANDOFF,
    "老人找人工": {**HANDOFF, "reason": "elderly", "is_elderly": True},
    "投诉找人工": {**HANDOFF, "reason": "complaint", "is_complaint": True},
}


def assistant(text: str) -> list[Content]:
    """Hand over to who wants a person, end at 再见, and answer everything else as a question about the balance."""
    if (handoff := WANTS_A_PERSON.get("人工" if text.startswith("/human") else text)) is not None:
        return [Content("", card=handoff)]
    if text == "再见":
        return [Content("再见。", card=None), Content("", card=FINISH)]
    return [Content(f"答：{text}"), Content("", card=ABOUT)]


class SlowEngine(EchoEngine):
    """Answers only when let: a held answer is one that is still being computed."""

    def __init__(self) -> None:
        super().__init__(assistant)
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, *turn: object, **more: object) -> list[Content]:
        """Take one turn once the gate is open."""
        await self.gate.wait()
        return await super().send(*turn, **more)  # type: ignore[arg-type]


async def _arranged(handoff: Handoff) -> Mapping[str, object]:
    """Arrange nothing for a customer whom nobody serves: they are asked for their number."""
    return {}


class Process:
    """One service process on a database that outlives it."""

    def __init__(self, url: str, clock: Clock, settings: Settings, engine: EchoEngine) -> None:
        self.db, self.settings = Database(url), settings
        self.transcript = Transcript(self.db, clock, settings)
        texts = service_texts()
        self.desk = desk(self.db, clock, settings, self.transcript, texts)
        self.gateway = Gateway(self.db, clock, settings, engine, self.transcript, self.desk.people, texts)
        self.desk.watch_timers(self.gateway.timers)
        self.roster = Roster(self.db, clock)
        self.watch = QueueWatch(
            self.db, clock, settings, self.desk.handoffs, self.desk.presence, self.desk.live, _arranged, self.gateway.owner,
            grace=timedelta(0),
        )  # fmt: skip

    async def start(self) -> Process:
        """Start it as the service does."""
        await self.desk.live.start()
        await self.gateway.start()
        return self

    async def stop(self) -> None:
        """Stop it as the service does."""
        await self.gateway.stop()
        await self.desk.live.stop()
        await self.db.close()

    async def crash(self) -> None:
        """End it as a killed process ends."""
        await crash(self.gateway)
        await self.desk.live.stop()
        await self.db.close()

    async def hire(self, login: str, *skills: Skill, capacity: int = 2) -> StaffMember:
        """Add an agent, who comes online."""
        member = await self.roster.add(login, f"客服{login}", [Role.AGENT], skills or tuple(Skill), capacity)
        await self.desk.presence.set(member.id, Presence.ONLINE)
        return member

    async def say(self, user: str, text: str, message_id: str | None = None) -> Message:
        """Let a customer write, without waiting for the answer."""
        return (await self.gateway.accept(says(text, message_id, user))).message

    async def settled(self, timeout_s: float = 20.0) -> None:
        """Wait until no message is being worked on."""
        async with asyncio.timeout(timeout_s):
            while workers := [w for w in self.gateway._workers.values() if not w.done()]:
                await asyncio.wait(workers)

    async def lines(self, user: str, channel: str = "rest") -> Sequence[Message]:
        """Return everything a customer and the service have said, in order."""
        return await self.transcript.recent(channel, user, limit=2_000)
