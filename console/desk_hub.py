"""The live side of the desk: one websocket for each open desk, fed from the live events of every process.

What arrives here is only a hint. The hub reads the transcript and sends each desk what it has not had yet, in order;
and it reads the board, once for all desks, and sends each what is different on it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from console import desk_views as views
from console.desk_access import DeskAccess, is_supervisor
from console.desk_board import Board, Boards, Rows
from conversations.desk_model import StaffMember
from conversations.live import RESUMED, LiveEvent
from conversations.model import ContactId, Message, Sender
from conversations.presence import PresenceBook
from conversations.transcript import Transcript
from core import log
from core.errors import AppError
from core.ids import ConversationId

_log = log.get(__name__)
_GATHER_S = 0.1  # events that come together are one look at the board
_REST = 3  # a look that took long is followed by a rest this many times as long
_BOARD = {"queue.changed", "presence.changed", "conversation.moved", RESUMED}


class Socket(Protocol):
    """One websocket."""

    async def send(self, data: str) -> None:
        """Send a text."""


@dataclass(eq=False)
class OpenDesk:
    """One browser tab of one member of staff."""

    staff: StaffMember
    socket: Socket
    sent: dict[ConversationId, int] = field(default_factory=dict)  # last seq sent, of what the tab follows
    on_board: frozenset[ConversationId] = frozenset()  # what it may see without asking
    in_hand: frozenset[ConversationId] = frozenset()
    customers: frozenset[ContactId] = frozenset()  # whom it serves now
    rows: Rows = field(default_factory=dict)  # of the board, as last sent
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

    def __init__(
        self, boards: Boards, access: DeskAccess, transcript: Transcript, presence: PresenceBook
    ) -> None:
        self._boards, self._access = boards, access
        self._transcript, self._presence = transcript, presence
        self._desks: set[OpenDesk] = set()
        self._is_changed = False
        self._telling: asyncio.Task[None] | None = None

    async def join(self, desk: OpenDesk) -> None:
        """Add a tab; it reads the board by itself, and hears of every change from here on."""
        self._desks.add(desk)
        await self._presence.beat(desk.staff.id)
        self._look(desk, await self._boards.now())

    def leave(self, desk: OpenDesk) -> None:
        """Take a tab off; the heartbeat of others of the same person goes on."""
        self._desks.discard(desk)

    async def beat(self, desk: OpenDesk) -> None:
        """Note that a tab is alive."""
        await self._presence.beat(desk.staff.id)

    async def follow(self, desk: OpenDesk, conversation_id: ConversationId, seq: int) -> None:
        """Note that a tab has read a conversation up to here: what came since, and what comes next, is sent."""
        try:
            await self._access.conversation(desk.staff, conversation_id)
        except AppError as error:
            _log.info("desk.may_not_follow", staff=desk.staff.id, code=error.code)
            return
        desk.sent[conversation_id] = max(seq, desk.sent.get(conversation_id, 0))
        found = await self._transcript.history(conversation_id, desk.sent[conversation_id])
        await self._send(desk, conversation_id, found)

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
        elif event.kind == "follow_up.changed":
            await self._to([desk for desk in self._desks if _is_concerned(desk, event)], "follow_ups")
        if event.kind in _BOARD:
            self._is_changed = True
            if self._telling is None or self._telling.done():
                self._telling = asyncio.create_task(self._tell_changed())

    # --- the board ---------------------------------------------------------------------------------------------

    async def _tell_changed(self) -> None:
        """Tell every desk what is different, until nothing more changes: however many customers move, few looks."""
        clock = asyncio.get_running_loop().time
        while self._is_changed and self._desks:
            await asyncio.sleep(_GATHER_S)
            self._is_changed, began = False, clock()  # what changes from here on is another look
            try:
                board = await self._boards.now()
                await asyncio.gather(*(self._tell(desk, board) for desk in list(self._desks)))
            except Exception:
                _log.exception("desk.not_told")
            await asyncio.sleep(_REST * (clock() - began))

    async def _tell(self, desk: OpenDesk, board: Board) -> None:
        self._look(desk, board)
        news, desk.rows = board.news(desk.staff, desk.rows)
        await desk.send("board", **news)

    def _look(self, desk: OpenDesk, board: Board) -> None:
        """Note who a tab belongs to now, and what it may see; it no longer follows what was given to somebody else."""
        desk.staff = board.staff.get(desk.staff.id, desk.staff)
        lists = board.lists(desk.staff)
        desk.in_hand = frozenset(handoff.conversation_id for handoff in lists["mine"])
        desk.customers = frozenset(handoff.contact_id for handoff in lists["mine"])
        desk.on_board = frozenset(handoff.conversation_id for found in lists.values() for handoff in found)
        desk.sent = {followed: seq for followed, seq in desk.sent.items() if followed in desk.on_board}

    # --- the transcript ----------------------------------------------------------------------------------------

    async def _send_new(self, conversation_id: ConversationId) -> None:
        desks = self._showing(conversation_id)
        if not desks:
            return
        known = [desk.sent.get(conversation_id, -1) for desk in desks]
        found = await self._transcript.history(conversation_id, max(min(known), 0))
        await asyncio.gather(*(self._send(desk, conversation_id, found) for desk in desks))

    async def _send(self, desk: OpenDesk, conversation_id: ConversationId, found: Sequence[Message]) -> None:
        async with desk.lock:
            last = desk.sent.get(conversation_id)
            if last is None:  # never opened: the tab fetches it, and then follows
                is_customers = bool(found) and found[-1].sender is Sender.CUSTOMER
                seq = (
                    found[-1].seq if is_customers else None
                )  # by which the tab knows it, should it come again
                await desk.send("unread", conversation=conversation_id, seq=seq)
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


def _is_concerned(desk: OpenDesk, event: LiveEvent) -> bool:
    """Say whether a follow-up that has changed is on a desk's list, or about a customer it serves now."""
    is_listed = is_supervisor(desk.staff) or desk.staff.id in event.payload.get("owners", ())
    return is_listed or event.payload.get("contact") in desk.customers
