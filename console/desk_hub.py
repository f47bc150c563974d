"""The live side of the desk: one websocket for each open desk, fed from the live events of every process.

What arrives here is only a hint; the hub reads the transcript and sends each desk what it has not had yet, in order.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from console import desk_views as views
from console.desk_access import is_supervisor
from conversations.desk_model import StaffId, StaffMember
from conversations.handoffs import Handoffs
from conversations.live import RESUMED, LiveEvent
from conversations.presence import PresenceBook
from conversations.transcript import Transcript
from core import log
from core.ids import ConversationId

_log = log.get(__name__)
_GATHER_S = 0.1  # events that come together are one look at the overview
_OVERVIEW = {"queue.changed", "presence.changed", "conversation.moved", RESUMED}


class Socket(Protocol):
    """One websocket."""

    async def send(self, data: str) -> None:
        """Send a text."""


@dataclass(eq=False)
class OpenDesk:
    """One browser tab of one member of staff."""

    staff: StaffMember
    socket: Socket
    sent: dict[ConversationId, int] = field(default_factory=dict)  # last seq sent, of what the tab shows
    in_hand: frozenset[ConversationId] = frozenset()
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def shows(self, conversation_id: ConversationId) -> bool:
        """Say whether this tab follows a conversation: in hand, or open for reading along."""
        return conversation_id in self.sent or conversation_id in self.in_hand

    async def send(self, kind: str, **values: Any) -> None:
        """Send one message; a tab that is gone is taken off by its own handler."""
        try:
            await self.socket.send(json.dumps({"type": kind, **values}, ensure_ascii=False))
        except Exception as error:  # the websocket library has its own tree, of closed connections only
            _log.info("desk.not_sent", staff=self.staff.id, error=type(error).__name__)


class DeskHub:
    """The open desks of this process."""

    def __init__(self, handoffs: Handoffs, transcript: Transcript, presence: PresenceBook) -> None:
        self._handoffs, self._transcript, self._presence = handoffs, transcript, presence
        self._desks: set[OpenDesk] = set()
        self._telling: asyncio.Task[None] | None = (
            None  # desks are about to be told that something has changed
        )

    async def join(self, desk: OpenDesk) -> None:
        """Add a tab."""
        self._desks.add(desk)
        await self._presence.beat(desk.staff.id)
        await self._refresh_in_hand()

    def leave(self, desk: OpenDesk) -> None:
        """Take a tab off; the heartbeat of others of the same person goes on."""
        self._desks.discard(desk)

    async def beat(self, desk: OpenDesk) -> None:
        """Note that a tab is alive."""
        await self._presence.beat(desk.staff.id)

    def follow(self, staff_id: StaffId, conversation_id: ConversationId, seq: int) -> None:
        """Note that somebody has read a conversation up to here: what comes next is sent."""
        for desk in self._desks:
            if desk.staff.id == staff_id:
                desk.sent[conversation_id] = max(seq, desk.sent.get(conversation_id, 0))

    async def on_event(self, event: LiveEvent) -> None:
        """Pass on what concerns the desks of this process."""
        if not self._desks:
            return
        conversation_id = ConversationId(event.subject)
        if event.kind == "conversation.said":
            await self._send_new(conversation_id)
        elif event.kind == "conversation.noted":
            await self._to(self._showing(conversation_id), "noted", conversation=conversation_id)
        elif event.kind == "typing" and event.payload.get("by") == "customer":
            is_typing = bool(event.payload.get("is_typing"))
            await self._to(
                self._showing(conversation_id), "typing", conversation=conversation_id, is_typing=is_typing
            )
        if event.kind in _OVERVIEW and self._telling is None:
            self._telling = asyncio.create_task(self._tell_changed())

    async def _tell_changed(self) -> None:
        """Let every desk look again; what changes within a moment is one look, however many customers it moves."""
        await asyncio.sleep(_GATHER_S)
        self._telling = None  # what changes from here on is another look
        try:
            await self._refresh_in_hand()
        except Exception:
            _log.exception("desk.not_refreshed")
        await self._to(self._desks, "changed")

    async def _refresh_in_hand(self) -> None:
        accepted = await self._handoffs.in_hand()
        for desk in self._desks:
            desk.in_hand = frozenset(h.conversation_id for h in accepted if h.agent_id == desk.staff.id)
            if not is_supervisor(desk.staff):
                desk.sent = {c: seq for c, seq in desk.sent.items() if c in desk.in_hand}

    async def _send_new(self, conversation_id: ConversationId) -> None:
        desks = self._showing(conversation_id)
        if not desks:
            return
        known = [desk.sent.get(conversation_id, -1) for desk in desks]
        found = await self._transcript.history(conversation_id, max(min(known), 0))
        await asyncio.gather(*(self._send(desk, conversation_id, found) for desk in desks))

    async def _send(self, desk: OpenDesk, conversation_id: ConversationId, found: Iterable[Any]) -> None:
        async with desk.lock:
            last = desk.sent.get(conversation_id)
            if last is None:  # never opened: the tab fetches it, and then follows
                await desk.send("unread", conversation=conversation_id)
                return
            fresh = [message for message in found if message.seq > last]
            if fresh:
                desk.sent[conversation_id] = fresh[-1].seq
                await desk.send(
                    "messages", conversation=conversation_id, messages=[views.message(m) for m in fresh]
                )

    def _showing(self, conversation_id: ConversationId) -> list[OpenDesk]:
        return [desk for desk in self._desks if desk.shows(conversation_id)]

    async def _to(self, desks: Iterable[OpenDesk], kind: str, **values: Any) -> None:
        await asyncio.gather(*(desk.send(kind, **values) for desk in list(desks)))
