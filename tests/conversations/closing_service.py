"""The part of a service process that ends conversations, as the tests of the end see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations import rows
from conversations.closing import RATING, Closing
from conversations.desk_model import Handoff, StaffMember
from conversations.handoff_steps import Surroundings
from conversations.handoffs import Handoffs
from conversations.model import Content, Inbound, Message, Sender, State
from conversations.pending import PendingActions
from conversations.timers import Timers
from conversations.worklist import Worklist
from core.ids import ConversationId
from tests.conversations.floor import Floor, KeysAsWords

BILL = {"topic": "bill"}


@dataclass
class Service:
    """The part of a service process that ends conversations; a second one on the same database is a restarted one."""

    floor: Floor
    name: str = "first"
    announced: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        floor = self.floor
        around = floor.db, floor.clock, floor.settings
        self.closing = Closing(*around, KeysAsWords(), self._announce, self._publish, rationed={"rationed"})
        self.timers = Timers(floor.db, floor.clock, self.name)
        self.timers.on(rows.IDLE, self.closing.on_silence)
        self.timers.on(RATING, self.closing.on_rating_due)
        speaking = Surroundings(KeysAsWords(), self._announce, self._publish, self.closing)
        self.handoffs = Handoffs(*around, speaking)
        self.pending = PendingActions(*around)

    def _announce(self, said: Sequence[Message]) -> None:
        self.announced += [message.content.text for message in said]

    def _publish(self, kind: str, subject: str, payload: Mapping[str, object]) -> None:
        self.published.append(kind)

    async def passes(self, seconds: int, step_s: int = 10) -> None:
        """Let time pass while the timers are looked after, as the loop does."""
        for _ in range(seconds // step_s):
            await self.floor.wait(step_s)
            await self.timers.fire_due()

    async def talk(
        self, about: Mapping[str, object] = BILL, user: str = "anna", channel: str = "rest"
    ) -> ConversationId:
        """Let a customer ask, and the bot answer."""
        received = await self.floor.transcript.receive(Inbound(channel, user, "我上个月的账单"), self.name)
        assert received.work is not None
        answer = [Content("答", about=about)]
        await Worklist(self.floor.db, self.floor.clock).answer(received.work, answer, Sender.BOT, self.name)
        return received.conversation.id

    async def served(self, agent: StaffMember, *, has_answered: bool) -> Handoff:
        """Let a customer of the bot be given to an agent."""
        await self.talk()
        handoff = await self.floor.queues("anna")
        handoff = await self.handoffs.accept(handoff.id, agent.id)
        if has_answered:
            await self.handoffs.say(handoff.conversation_id, agent, "您好，我来看看", "m1")
        return handoff

    async def state(self, conversation_id: ConversationId) -> State:
        return (await self.floor.conversation(conversation_id)).state

    async def told(self, conversation_id: ConversationId) -> list[str]:
        """Return what the service itself has told the customer, in order."""
        history = await self.floor.transcript.history(conversation_id)
        return [message.content.text for message in history if message.sender is Sender.SYSTEM]
