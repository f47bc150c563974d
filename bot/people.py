"""Waiting for a person, seen from the conversation: into the queue, its place in it, out of it again.

The desk itself is the console's; how a conversation ends and is rated is `conversations.closing`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.replies import Reply
from bot.service_texts import ServiceTexts
from conversations import rows, statements
from conversations.desk_model import HandoffRequest, HandoffState, Reason, Skill, Summary
from conversations.forecast import Forecast
from conversations.handoffs import Handoffs
from conversations.model import Content, Conversation, Message, Sender, State
from conversations.opening_words import time_text
from conversations.place_words import POSITION, QUEUED, PlaceWords, minutes
from conversations.worklist import Effect, Work
from core.clock import CHINA

_PAYLOAD = re.compile(r"/inform\{.*\}")
_COMMANDS = (
    ("leave_queue", re.compile(r"(?:我)?(?:要|想)?(?:取消|退出|不)(?:排队?|转|等|要)?(?:人工)?(?:客服)?(?:了|吧)?|不用(?:人工|转|等)?(?:人工)?了|算了")),
    ("with_bot", re.compile(r"(?:我)?(?:先)?(?:继续|接着)?(?:问|和|跟)?(?:机器人|小通|智能客服)(?:聊|说)?(?:吧)?|先问你")),
    ("leave_message", re.compile(r"(?:我)?(?:要|想)?(?:留言|登记回电|回电|给我回(?:个)?电话?)(?:吧)?")),
)  # fmt: skip
_NAMES_QUEUE = re.compile("排|人工|客服|转|回电|留言")  # 取消 alone may be meant for the bot
_CALLBACK = '/complaint{"ticket_kind": "request"}'


class Hours(Protocol):
    """When people answer, and how many may wait."""

    async def is_open(self, at: datetime) -> bool:
        """Say whether agents work at this time."""

    async def hours_text(self, at: datetime) -> str:
        """Return the opening hours of that day in words (``8:00-22:00``)."""

    async def closes(self, at: datetime) -> datetime | None:
        """Return until when agents work who work now; None when that is more than a day."""

    async def queue_limit(self) -> int:
        """Return how many customers may wait at once."""


class Ending(Protocol):
    """How a conversation ends."""

    async def in_rating(self, work: Work) -> Reply:
        """Answer a customer who was asked for a rating."""

    def ending(self) -> Effect:
        """Return what ends the conversation."""


class People:
    """The bot's side of handoff; ratings it leaves to `ending`."""

    def __init__(self, handoffs: Handoffs, hours: Hours, ending: Ending, texts: ServiceTexts) -> None:
        self._handoffs, self._hours, self._ending, self._texts = handoffs, hours, ending, texts

    async def in_queue(self, work: Work) -> Reply | None:
        """Answer a customer who waits: their place, or what they ask of the queue; None when the bot is to answer."""
        conversation_id, with_bot = work.message.conversation_id, work.conversation.with_bot
        command = _command(work.engine_text or "", is_with_bot=with_bot)
        if command == "with_bot":
            return Reply(sender=Sender.SYSTEM, effect=self._go_on_with_bot)
        if command in ("leave_queue", "leave_message"):
            return Reply(
                sender=Sender.SYSTEM,
                effect=self._leave if command == "leave_queue" else self._leave_for_callback,
                forward=_CALLBACK if command == "leave_message" else None,
                afterwards=lambda: self._handoffs.queue_changed(conversation_id),
            )
        return None if with_bot else Reply(sender=Sender.SYSTEM, effect=self._say_place)

    async def in_rating(self, work: Work) -> Reply:
        """Answer a customer who was asked for a rating."""
        return await self._ending.in_rating(work)

    def ending(self) -> Effect:
        """Return what ends the conversation."""
        return self._ending.ending()

    def handing_over(self, work: Work, control: Mapping[str, Any]) -> Reply:
        """Put the conversation into the queue; out of hours or with a full queue offer a call back instead."""
        request, conversation_id = request_from(control), work.message.conversation_id

        async def hand_over(
            connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
        ) -> list[Message]:
            if conversation.state is not State.BOT:  # already waiting, and asked the bot meanwhile
                return await self._say_place(connection, conversation, now, has_more)
            if not await self._hours.is_open(now):
                content = self._content("handoff_closed", hours=await self._hours.hours_text(now))
                return await self._say(connection, conversation, content, now)
            queue = await self._handoffs.queue_in(connection)
            if len(queue.waiting) >= await self._hours.queue_limit():
                return await self._say(connection, conversation, self._content("handoff_full"), now)
            handoff = await self._handoffs.open(connection, conversation, request, now)
            place = (await self._handoffs.queue_in(connection)).place(handoff)
            return await self._say(connection, conversation, await self._placed(place, QUEUED, now), now)

        return Reply(effect=hand_over, afterwards=lambda: self._handoffs.queue_changed(conversation_id))

    # --- effects -----------------------------------------------------------------------------------------------

    async def _say_place(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
    ) -> list[Message]:
        queue = await self._handoffs.queue_in(connection)
        handoff = next((h for h in queue.handoffs if h.conversation_id == conversation.id), None)
        if handoff is None or handoff.state is not HandoffState.WAITING:
            return []
        content = await self._placed(queue.place(handoff), POSITION, now)
        return await self._say(connection, conversation, content, now)

    async def _go_on_with_bot(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
    ) -> list[Message]:
        await connection.execute(
            statements.GO_ON_WITH_BOT, {"conversation": conversation.id, "with_bot": True}
        )
        return await self._say(connection, conversation, self._content("handoff_with_bot"), now)

    async def _leave(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
    ) -> list[Message]:
        await self._handoffs.withdraw(connection, conversation.id, now)
        return await self._say(connection, conversation, self._content("handoff_left_queue"), now)

    async def _leave_for_callback(
        self, connection: AsyncConnection, conversation: Conversation, now: datetime, has_more: bool
    ) -> list[Message]:
        await self._handoffs.withdraw(connection, conversation.id, now)
        return []

    # --- words -------------------------------------------------------------------------------------------------

    async def _placed(self, place: Forecast, words: PlaceWords, now: datetime) -> Content:
        key, fields = words.of(place)
        if place.wait_s is not None and (until := await self._too_late(place.wait_s, now)) is not None:
            key = "handoff_closing" if place.ahead else "handoff_closing_first"
            fields = {"ahead": place.ahead, "minutes": minutes(place.wait_s), "until": until}
        return replace(self._content(key, **fields), about={"topic": "handoff", "ahead": place.ahead})

    async def _too_late(self, wait_s: int, now: datetime) -> str | None:
        """Return when agents go home, where that is before it is a customer's turn."""
        closing = await self._hours.closes(now)
        if closing is None or now + timedelta(seconds=wait_s) <= closing:
            return None
        return time_text(closing.astimezone(CHINA).time())

    def _content(self, key: str, **fields: object) -> Content:
        return self._texts.content(key, **fields)

    async def _say(
        self, connection: AsyncConnection, conversation: Conversation, content: Content, now: datetime
    ) -> list[Message]:
        current = await connection.execute(statements.CONVERSATION, {"conversation": conversation.id})
        return await rows.append(
            connection, rows.conversation_from(current.one()), [content], Sender.SYSTEM, now
        )


def request_from(control: Mapping[str, Any]) -> HandoffRequest:
    """Read the control card of `action_handoff`."""
    summary = control.get("summary") or {}
    return HandoffRequest(
        reason=Reason(str(control["reason"])),
        skill=Skill(str(control["skill"])),
        language=str(control.get("language") or "zh-Hans"),
        is_elderly=bool(control.get("is_elderly")),
        is_complaint=bool(control.get("is_complaint")),
        summary=Summary(
            who=str(summary.get("who") or ""),
            wish=str(summary.get("wish") or ""),
            tried=tuple(str(item) for item in summary.get("tried") or ()),
            known=tuple((str(label), str(value)) for label, value in summary.get("known") or ()),
            last_turns=tuple((str(who), str(text)) for who, text in summary.get("last_turns") or ()),
        ),
    )


def _command(engine_text: str, is_with_bot: bool) -> str | None:
    """Return what a waiting customer asks of the queue: a button's command, or the same in words.

    Of somebody who goes on with the bot meanwhile, only words that name the queue are meant for it.
    """
    if _PAYLOAD.fullmatch(engine_text):
        try:
            named = json.loads(engine_text.removeprefix("/inform")).get("command")
        except (ValueError, AttributeError):
            return None
        return named if named in {name for name, _ in _COMMANDS} else None
    plain = engine_text.strip(" ,。.!！?？")
    if is_with_bot and _NAMES_QUEUE.search(plain) is None:
        return None
    return next((name for name, words in _COMMANDS if words.fullmatch(plain)), None)
