"""A whole service process but for Rasa and HTTP: gateway, queue, ratings and timers, which can crash and start again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.people import desk
from bot.echo_engine import EchoEngine
from bot.gateway import Gateway
from bot.service_texts import service_texts
from conversations.desk_model import Presence, Role, Skill, StaffMember
from conversations.model import Content, Message
from conversations.staff import Roster
from conversations.transcript import Transcript
from core.clock import Clock
from core.database import Database
from core.settings import Settings
from tests.bot.gateways import crash, says

ABOUT = {"type": "about", "topic": "balance"}
HANDOFF = {
    "type": "handoff",
    "reason": "asked",
    "skill": "billing",
    "summary": {"who": "未验证身份", "wish": "查话费"},
}
FINISH = {"type": "finish"}


def assistant(text: str) -> list[Content]:
    """Hand over at 人工, end at 再见, and answer everything else as a question about the balance."""
    if text == "人工" or text.startswith("/human"):
        return [Content("", card=HANDOFF)]
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


class Process:
    """One service process on a database that outlives it."""

    def __init__(self, url: str, clock: Clock, settings: Settings, engine: EchoEngine) -> None:
        self.db = Database(url)
        self.transcript = Transcript(self.db, clock, settings)
        texts = service_texts()
        self.desk = desk(self.db, clock, settings, self.transcript, texts)
        self.gateway = Gateway(self.db, clock, settings, engine, self.transcript, self.desk.people, texts)
        self.desk.watch_timers(self.gateway.timers)
        self.roster = Roster(self.db, clock)

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

    async def settled(self, timeout_s: float = 5.0) -> None:
        """Wait until no message is being worked on."""
        async with asyncio.timeout(timeout_s):
            while workers := [w for w in self.gateway._workers.values() if not w.done()]:
                await asyncio.wait(workers)

    async def lines(self, user: str) -> Sequence[Message]:
        """Return everything a customer and the service have said, in order."""
        return await self.transcript.recent("rest", user, limit=2_000)
