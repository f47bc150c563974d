"""The one way of a message, whatever the channel: written, ordered, answered once, delivered.

Every channel hands its messages to `accept` (it pushes the answers itself) or `handle` (it waits and gets them back).
Each conversation has at most one worker, in one process; the worklist's lease decides which.
"""

from __future__ import annotations

import asyncio

from bot.alone import BotAlone
from bot.delivery import Delivery, PushChannel
from bot.handout import Handout
from bot.patience import Patience
from bot.rasa_client import DialogueEngine
from bot.rate_limit import RateLimit
from bot.replies import People, Replies
from bot.service_texts import ServiceTexts, service_texts
from bot.turns import LeaseLost, Turns
from conversations.directory import Directory
from conversations.housekeeping import Housekeeping
from conversations.idle import IdleClose
from conversations.live import LiveEvent, LiveEvents
from conversations.model import ContactId, Content, Inbound, Message, Processing, Sender, new_id
from conversations.outbox import Outbox
from conversations.reception import Received
from conversations.rows import IDLE
from conversations.timers import Timers
from conversations.transcript import Transcript
from conversations.worklist import Answered, Work, Worklist
from core import log
from core.clock import Clock
from core.database import Database
from core.errors import CustomerError
from core.ids import ConversationId
from core.settings import Settings

_log = log.get(__name__)
_RESUME_EVERY_S = 5.0
_STOP_GRACE_S = 3.0


class Gateway:
    """Receives messages of every channel and sees to it that each is answered once, in order."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        engine: DialogueEngine,
        transcript: Transcript,
        people: People | None = None,
        texts: ServiceTexts | None = None,
    ) -> None:
        self.owner, self._process = new_id(), ""
        self.transcript, self.directory = transcript, Directory(db, clock, settings)
        self.outbox = Outbox(db, clock)
        self.worklist = Worklist(db, clock)
        self.delivery = Delivery(self.outbox, self.directory, self.owner)
        self.timers = Timers(db, clock, self.owner)
        self.timers.on(IDLE, IdleClose(db, clock, settings))
        self._housekeeping = Housekeeping(db, clock, settings)
        self.texts = texts or service_texts()
        self._settings, self._is_sqlite = settings, db.is_sqlite
        self._turns = Turns(engine, self.worklist, self.owner, self._tell_outage)
        self._replies = Replies(self._ask, self.texts, settings, people or BotAlone(clock, self.texts))
        self._rate_limit = RateLimit(settings.messages_per_minute)
        self._workers: dict[ConversationId, asyncio.Task[None]] = {}
        self._busy: set[tuple[str, str]] = set()  # (channel, channel user) being answered
        self._told_slow: set[ConversationId] = set()  # an answer that is late has been announced
        self._patience = Patience(settings.rasa_timeout_s, self._lose_patience)
        self._handout = Handout(
            transcript, self.outbox, self._patience, self._turns.in_outage, self._say_waiting
        )
        self._loops: list[asyncio.Task[None]] = []
        self._is_stopping = False
        transcript.on_said(self.delivery.announce)

    def register(self, channel: PushChannel) -> None:
        """Let a channel push what is said to its users."""
        self.delivery.register(channel)

    def listen(self, live: LiveEvents, process: str) -> None:
        """Deliver at once what another process than `process` has written, and show that an agent types."""
        self._process = process
        live.subscribe(self._on_event)

    async def _on_event(self, event: LiveEvent) -> None:
        contact_id = event.payload.get("contact")
        if not isinstance(contact_id, str):
            return
        if event.kind == "conversation.said":
            if event.payload.get("process") == self._process or event.payload.get("sender") == "customer":
                return
            self.delivery.start(ContactId(contact_id))
        elif event.kind == "typing" and event.payload.get("by") == "agent":
            await self.delivery.typing_to(ContactId(contact_id), bool(event.payload.get("is_typing")))

    # --- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Resume what was left unanswered, then keep delivering, resuming, firing timers and tidying until `stop`."""
        self._is_stopping = False
        if self._is_sqlite:
            await (
                self.worklist.free_all()
            )  # one process owns a SQLite file: what it held before it died is free
        await self.resume()
        self._loops = [
            asyncio.create_task(self.delivery.run()),
            asyncio.create_task(self.timers.run()),
            asyncio.create_task(self._housekeeping.run()),
            asyncio.create_task(self._resume_forever()),
        ]

    async def stop(self) -> None:
        """Let turns under way end for a moment, then give up what is left: another start resumes it."""
        self._is_stopping = True
        for loop in self._loops:
            loop.cancel()
        await self._patience.stop()
        waiting = {worker for worker in self._workers.values() if not worker.done()}
        ending = {w for c, w in self._workers.items() if w in waiting and c not in self._turns.in_outage}
        if ending:
            await asyncio.wait(ending, timeout=_STOP_GRACE_S)
        for worker in waiting:
            worker.cancel()
        self._turns.stop()
        await asyncio.gather(*waiting, *self._loops, return_exceptions=True)
        await self.delivery.stop()
        await self.worklist.free_all(self.owner)

    async def resume(self) -> None:
        """Take up every conversation with unanswered messages that nobody works on."""
        for conversation_id in await self.worklist.abandoned():
            await self._take(conversation_id)

    async def _take(self, conversation_id: ConversationId) -> None:
        work = await self.worklist.take(conversation_id, self.owner)
        if work is not None:
            _log.info("message.resumed", conversation=conversation_id, message=work.message.id)
            self._work(work)

    async def _resume_forever(self) -> None:
        while True:
            await asyncio.sleep(_RESUME_EVERY_S)
            try:
                await self.resume()
            except Exception:
                _log.exception("resume.failed")

    # --- in --------------------------------------------------------------------------------------------------

    async def accept(self, inbound: Inbound) -> Received:
        """Store a message and start working on it; its answer goes out by itself.

        Raises CustomerError("gateway.rate_limited").
        """
        if not self._rate_limit.allows(f"{inbound.channel}\x1f{inbound.channel_user}"):
            _log.warning("message.rate_limited", channel=inbound.channel)
            raise CustomerError("gateway.rate_limited")
        received = await self.transcript.receive(inbound, self.owner)
        message = received.message
        if received.is_duplicate:
            _log.info("message.repeated", conversation=message.conversation_id, message=message.id)
            if message.processing is not Processing.ANSWERED:  # who was at work on it may have died
                await self._take(message.conversation_id)
            return received
        if message.processing is not Processing.ANSWERED:
            self._patience.watch(message, is_counted=not self.delivery.is_rationed(inbound.channel))
        if received.work is not None:
            self._work(received.work)
        elif received.is_orphaned:
            await self._take(message.conversation_id)
        return received

    async def handle(self, inbound: Inbound) -> list[Message]:
        """Store a message, wait for its answer, and return what the customer has not been given yet, oldest first.

        For channels that are asked. An empty text asks without saying anything. A repeated message gets its answer again.
        """
        if not inbound.text:
            return await self.fetch(inbound.channel, inbound.channel_user)
        received = await self.accept(inbound)
        return await self._handout.answer_to(received.message)

    async def wait_for(self, message: Message, timeout_s: float) -> None:
        """Wait until there is something to give for a message just accepted, but no longer than this."""
        await self._handout.wait_for(message, timeout_s)

    async def fetch(self, channel: str, channel_user: str) -> list[Message]:
        """Return what a customer has not been given yet, but for answers a request of theirs is waiting for."""
        contact = await self.directory.contact(channel, channel_user)
        return [] if contact is None else await self._handout.fetch(contact.id)

    async def history(self, channel: str, channel_user: str, after_seq: int = 0) -> list[Message]:
        """Return a customer's transcript after a reading position; what it holds counts as delivered."""
        found = await self.transcript.recent(channel, channel_user, after_seq)
        if found:
            await self.outbox.mark_read(found[-1].contact_id, found[-1].seq)
        return found

    def is_working(self, channel: str, channel_user: str) -> bool:
        """Say whether an answer to this customer is being written in this process."""
        return (channel, channel_user) in self._busy

    # --- waiting ---------------------------------------------------------------------------------------------

    async def _lose_patience(self, message: Message) -> None:
        conversation_id = message.conversation_id
        if conversation_id not in self._turns.in_outage and conversation_id not in self._told_slow:
            self._told_slow.add(conversation_id)
            await self._say_waiting(message)
        self._patience.wake(message.id)

    async def _say_waiting(self, message: Message) -> None:
        key = "queued" if message.conversation_id in self._turns.in_outage else "still_working"
        content = self.texts.content(key)
        try:
            await self.transcript.say_while_unanswered(message, content)
        except Exception:
            _log.exception("patience.failed", conversation=message.conversation_id)

    # --- working ---------------------------------------------------------------------------------------------

    def _work(self, work: Work) -> None:
        """Start the worker of a conversation; one that is just ending is waited for."""
        if self._is_stopping:  # it is stored: another start answers it, when there is an engine to ask again
            return
        conversation_id = work.message.conversation_id
        before = self._workers.get(conversation_id)
        worker = asyncio.create_task(self._run(work, before))
        self._workers[conversation_id] = worker
        worker.add_done_callback(lambda done: self._ended(conversation_id, done))

    def _ended(self, conversation_id: ConversationId, worker: asyncio.Task[None]) -> None:
        if self._workers.get(conversation_id) is worker:
            del self._workers[conversation_id]
        if not worker.cancelled() and worker.exception() is not None:
            _log.error("worker.failed", conversation=conversation_id, exc_info=worker.exception())

    async def _run(self, work: Work | None, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        while work is not None:
            try:
                answered = await self._answer(work)
            except LeaseLost:
                _log.warning("conversation.lease_lost", conversation=work.message.conversation_id)
                return
            except Exception:  # a bug of ours, or the database: the customer must not wait for ever
                _log.exception("turn.crashed", conversation=work.message.conversation_id)
                failed = [self.texts.content("failed")]
                answered = await self.worklist.answer(work, failed, Sender.SYSTEM, self.owner)
            self._told_slow.discard(work.message.conversation_id)
            self._patience.settled(work.message.id)
            self.transcript.announce(answered.messages)
            work = answered.next

    async def _answer(self, work: Work) -> Answered:
        self.delivery.remember(work.contact)
        reply = await self._replies.to(work)
        answered = await self.worklist.answer(
            work, reply.contents, reply.sender, self.owner, reply.effect, reply.about
        )
        if reply.afterwards is not None and not answered.is_stale:
            reply.afterwards()
        return answered

    async def _ask(self, work: Work) -> list[Content]:
        who = work.contact.channel, work.contact.channel_user
        self._busy.add(who)
        await self.delivery.typing(work.contact, True)
        try:
            return await self._turns.ask(work)
        finally:
            self._busy.discard(who)
            await self.delivery.typing(work.contact, False)

    async def _tell_outage(self, work: Work) -> None:
        said = await self.worklist.tell_outage(work, self.texts.content("outage"))
        if said is not None:
            self.transcript.announce([said])
        self._patience.wake(work.message.id)
