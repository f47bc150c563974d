"""Customers of a service with ratings: whole conversations of the bot, of an agent, and of both, to their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from conversations.desk_model import Disposition, Handoff, Rating, StaffMember
from conversations.identity import Identity
from conversations.model import Button, Content, Conversation, Message, State
from conversations.ratings import Ratings
from core.clock import FixedClock
from core.ids import ConversationId
from core.settings import Settings
from tests.bot.gateways import says
from tests.bot.people_process import FINISH, HANDOFF, Process, SlowEngine

ABOUTS: dict[str, dict[str, object]] = {
    "账单": {"topic": "bill", "article": "bill-why"},
    "套餐": {"topic": "plan", "offering": "plan-go-19"},
    "断网": {"topic": "fault", "article": "fault-offline"},
    "你好": {"topic": "smalltalk"},
}


def assistant(text: str) -> list[Content]:
    """Hand over at 人工, end at 再见, and name what each other answer was about."""
    if text == "人工" or text.startswith("/human"):
        return [Content("", card=HANDOFF)]
    if text == "再见":
        return [Content("再见。"), Content("", card=FINISH)]
    about = next((about for word, about in ABOUTS.items() if word in text), {"topic": "usage"})
    return [Content(f"答：{text}"), Content("", card={"type": "about", **about})]


@dataclass
class Chat:
    """A service with an agent and a colleague of theirs, and the customers who write to it."""

    process: Process
    clock: FixedClock
    engine: SlowEngine
    agent: StaffMember
    colleague: StaffMember
    channels: dict[str, str] = field(default_factory=dict)  # customer -> where they write, if not over REST

    async def say(self, text: str, user: str = "anna") -> list[Message]:
        """Let a customer write; return what they are told."""
        return await self.process.gateway.handle(says(text, user=user, channel=self.channel(user)))

    def channel(self, user: str) -> str:
        return self.channels.get(user, "rest")

    async def describe(self, user: str, region: str, age_band: str) -> None:
        """Let it be known where and how old a customer is, as proving a number does."""
        current = await self.process.gateway.directory.current(self.channel(user), user)
        identity = Identity(self.process.db, self.clock, self.process.settings)
        await identity.describe(current.id, region, age_band)

    async def hear(self, text: str, user: str = "anna") -> str:
        """The same, as text."""
        return "\n".join(message.content.text for message in await self.say(text, user))

    async def served(self, user: str = "anna") -> Handoff:
        """Let a customer ask for a person, who answers."""
        await self.say("人工", user)
        handoffs = self.process.desk.handoffs
        (waiting,) = await handoffs.waiting()
        accepted = await handoffs.accept(waiting.id, self.agent.id)
        await handoffs.say(accepted.conversation_id, self.agent, "您好，已经为您处理好了", "m1")
        return accepted

    async def by_bot(self, user: str = "anna", wish: str = "账单") -> None:
        """A conversation of the bot alone, to its end."""
        await self.say(wish, user)
        await self.say("再见", user)

    async def by_agent(self, user: str = "anna", wish: str = "") -> None:
        """A conversation that an agent ends; with a wish the bot has answered that before."""
        if wish:
            await self.say(wish, user)
        handoff = await self.served(user)
        await self.process.desk.handoffs.resolve(handoff.id, self.agent.id, Disposition.SOLVED)

    async def by_two(self, user: str = "anna", wish: str = "断网") -> None:
        """A conversation that an agent gives on to the colleague, who ends it."""
        await self.say(wish, user)
        handoff, handoffs = await self.served(user), self.process.desk.handoffs
        moved = await handoffs.transfer(handoff.id, self.agent.id, to=self.colleague.id, reason="您熟悉")
        self.clock.advance(timedelta(seconds=1))
        await handoffs.accept(moved.id, self.colleague.id)
        await handoffs.say(moved.conversation_id, self.colleague, "已经修好了", "m2")
        await handoffs.resolve(moved.id, self.colleague.id, Disposition.SOLVED)

    async def by_both(self, user: str = "anna", wish: str = "套餐") -> None:
        """A conversation of the bot, then an agent, then the bot again, to its end."""
        await self.say(wish, user)
        handoff = await self.served(user)
        await self.process.desk.handoffs.hand_back(handoff.id, self.agent.id)
        await self.say("再见", user)

    async def rating(self, user: str = "anna") -> Rating:
        """The only question a customer was asked, with the answer to it."""
        (asked,) = await self.ratings(user)
        return asked

    async def ratings(self, user: str = "anna") -> list[Rating]:
        """All questions a customer was asked, with the answers to them."""
        store, found = Ratings(self.process.db, self.clock), []
        for current in await self.conversations(user):
            if (rating := await store.of(current.id)) is not None:
                found.append(rating)
        return found

    async def conversations(self, user: str = "anna") -> list[Conversation]:
        """All conversations of a customer, oldest first."""
        lines = await self.process.lines(user, self.channel(user))
        found = []
        for conversation_id in dict.fromkeys(line.conversation_id for line in lines):
            current = await self.process.gateway.directory.conversation(conversation_id)
            assert current is not None
            found.append(current)
        return found

    async def states(self, user: str = "anna") -> list[State]:
        return [current.state for current in await self.conversations(user)]

    async def questions(self, user: str = "anna") -> Counter[ConversationId]:
        """How often each conversation of a customer has shown the question."""
        lines = await self.process.lines(user, self.channel(user))
        return Counter(line.conversation_id for line in lines if is_question(line))

    async def silence(self, seconds: float) -> None:
        """Let time pass in small steps while the timers are looked after."""
        for _ in range(int(seconds // 10)):
            self.clock.advance(timedelta(seconds=10))
            await self.process.gateway.timers.fire_due()


def is_question(message: Message) -> bool:
    """Say whether a message asks for a rating."""
    return (message.content.card or {}).get("type") == "rating"


def buttons_of(said: list[Message]) -> dict[str, Button]:
    """Return the buttons a customer is shown, by their titles."""
    return {button.title: button for message in said for button in message.content.buttons}


@asynccontextmanager
async def running_chat(database_url: str, clock: FixedClock, settings: Settings) -> AsyncIterator[Chat]:
    """A running service put together as the product is, but for Rasa."""
    here = settings.model_copy(update={"database_url": database_url})
    engine = SlowEngine()
    engine.answer = assistant
    process = Process(database_url, clock, here, engine)
    agent, colleague = await process.hire("mei"), await process.hire("ning")
    await process.start()
    for loop in process.gateway._loops[1:2]:  # the timers fire when a test lets time pass
        loop.cancel()
    try:
        yield Chat(process, clock, engine, agent, colleague)
    finally:
        await process.stop()
