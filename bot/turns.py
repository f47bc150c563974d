"""Asking the dialogue engine, whatever it takes: outages are waited out, and no message reaches it twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.rasa_client import DialogueEngine
from conversations.model import Content
from conversations.worklist import LEASE, Work, Worklist
from core import log
from core.errors import UpstreamError
from core.ids import ConversationId

_log = log.get(__name__)
_TRIES = 3  # with the engine up: then the turn itself is what fails
_RENEW_EVERY_S = LEASE.total_seconds() / 3
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 5.0


class LeaseLost(Exception):
    """Another service process works on the conversation now."""


class Recovery:
    """Waits until an engine process is back; everyone who waits for the same process shares one probe."""

    def __init__(self, engine: DialogueEngine) -> None:
        self._engine = engine
        self._probes: dict[str, asyncio.Task[None]] = {}

    async def wait(self, conversation_id: ConversationId, timeout_s: float) -> bool:
        """Wait for the process that owns the conversation; False if it is not back in time."""
        name = self._engine.process_of(conversation_id)
        if name not in self._probes or self._probes[name].done():
            self._probes[name] = asyncio.create_task(self._probe(name, conversation_id))
        done, _ = await asyncio.wait({self._probes[name]}, timeout=timeout_s)
        return bool(done)

    async def _probe(self, name: str, conversation_id: ConversationId) -> None:
        wait_s = _FIRST_WAIT_S
        _log.warning("engine.lost", process=name)
        while not await self._engine.is_ready(conversation_id):
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        _log.info("engine.recovered", process=name)

    def stop(self) -> None:
        """Stop probing."""
        for probe in self._probes.values():
            probe.cancel()


class Turns:
    """Takes one message to the engine and brings its answer back."""

    def __init__(
        self,
        engine: DialogueEngine,
        worklist: Worklist,
        owner: str,
        tell_outage: Callable[[Work], Awaitable[None]],
    ) -> None:
        self._engine, self._worklist, self._owner = engine, worklist, owner
        self._tell_outage = tell_outage
        self._recovery = Recovery(engine)
        self.in_outage: set[ConversationId] = set()

    async def ask(self, work: Work) -> list[Content]:
        """Return the engine's answer; empty when the turn failed. Raises LeaseLost.

        Before a message that the engine may have seen is sent again, its tracker is asked for the answer.
        """
        conversation_id = work.message.conversation_id
        may_have_seen, tries = work.is_resumed, 0
        try:
            while tries < _TRIES:
                try:
                    return await self._try(work, may_have_seen)
                except UpstreamError as error:
                    may_have_seen = True
                    _log.warning("turn.failed", conversation=conversation_id, code=error.code)
                if await self._engine.is_ready(conversation_id):
                    tries += 1
                    await asyncio.sleep(_FIRST_WAIT_S * tries)
                else:
                    self.in_outage.add(conversation_id)
                    await self._tell_outage(work)
                    await self._wait_out(conversation_id)
        finally:
            self.in_outage.discard(conversation_id)
        _log.error("turn.given_up", conversation=conversation_id, message=work.message.id)
        return []

    async def _try(self, work: Work, may_have_seen: bool) -> list[Content]:
        message = work.message
        if may_have_seen:
            found = await self._engine.answers_to(message.conversation_id, message.id)
            if found is not None:
                return found
        metadata = {
            "channel": work.contact.channel,
            "raw_is_traditional": work.conversation.is_traditional,
            "card_support": bool(work.details.get("card_support")),
        }
        if work.contact.region:
            metadata["region"] = work.contact.region
        return await self._engine.send(message.conversation_id, work.engine_text or "", message.id, metadata)

    async def _wait_out(self, conversation_id: ConversationId) -> None:
        while not await self._recovery.wait(conversation_id, _RENEW_EVERY_S):
            if not await self._worklist.renew(conversation_id, self._owner):
                raise LeaseLost(conversation_id)

    def stop(self) -> None:
        """Stop probing."""
        self._recovery.stop()
