"""What answers one message: the service itself, the dialogue engine, or what waits for a person or a rating."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.rasa_client import ABOUT, CONTROLS, FINISH, HANDOFF
from bot.service_texts import ServiceTexts
from conversations.model import Content, Sender, State
from conversations.worklist import Effect, Work
from core import log
from core.settings import Settings

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """Words to the customer, and what else the answer does.

    `forward` is put to the engine, whose words come first; `afterwards` is called once everything is stored; `about`
    is what the engine's answer was about, for the numbers.
    """

    contents: Sequence[Content] = ()
    sender: Sender = Sender.BOT
    effect: Effect | None = None
    forward: str | None = None
    afterwards: Callable[[], None] | None = None
    about: Mapping[str, Any] | None = None


class People(Protocol):
    """Handoff and rating, as far as answering needs them."""

    async def in_queue(self, work: Work) -> Reply | None:
        """Answer a customer who waits for a person; None when they go on with the bot meanwhile."""

    async def in_rating(self, work: Work) -> Reply:
        """Answer a customer who was asked for a rating."""

    def handing_over(self, work: Work, control: Mapping[str, Any]) -> Reply:
        """Return what puts the conversation into the queue, as the bot's control card describes it."""

    def ending(self) -> Effect:
        """Return what ends the conversation, with the question for a rating where there was a wish."""


class Asks(Protocol):
    """Asks the dialogue engine, showing the customer that it works."""

    def __call__(self, work: Work) -> Awaitable[list[Content]]:
        """Return the engine's answer; empty when the turn failed."""


class Replies:
    """Finds the answer to a message."""

    def __init__(self, ask: Asks, texts: ServiceTexts, settings: Settings, people: People) -> None:
        self._ask, self._texts, self._settings, self._people = ask, texts, settings, people

    async def to(self, work: Work) -> Reply:
        """Return what to say to one message and what else to do; always says something."""
        if work.refusal is not None:
            fields = {"max_chars": self._settings.message_max_chars}
            return Reply([self._texts.content(work.refusal.value, **fields)], Sender.SYSTEM)
        state = work.conversation.state
        if state is State.WAITING and (reply := await self._people.in_queue(work)) is not None:
            if reply.forward is None:
                return reply
            said = await self._from_engine(replace(work, engine_text=reply.forward))
            return replace(reply, contents=[*said.contents, *reply.contents], about=said.about)
        if state in (State.RATING, State.CLOSED):
            return await self._people.in_rating(work)
        return await self._from_engine(work)

    async def _from_engine(self, work: Work) -> Reply:
        answer = await self._ask(work)
        controls = {kind: c for c in answer if (kind := _control(c)) is not None}
        about = _about(answer)
        contents = [replace(content, about=about) for content in answer if _control(content) is None]
        if (handoff := controls.get(HANDOFF)) is not None:
            asked = {"topic": HANDOFF, **(about or {}), "outcome": HANDOFF}
            return replace(
                self._people.handing_over(work, handoff.card or {}), contents=contents, about=asked
            )
        if FINISH in controls:
            return Reply(contents, effect=self._people.ending(), about=about)
        if not contents:
            _log.error("answer.empty", conversation=work.message.conversation_id, message=work.message.id)
            return Reply([self._texts.content("failed")], Sender.SYSTEM)
        return Reply(contents, about=about)


def _control(content: Content) -> str | None:
    """Return what a content tells the service instead of the customer."""
    kind = content.card.get("type") if content.card is not None else None
    return str(kind) if kind in CONTROLS else None


def _about(answer: Sequence[Content]) -> dict[str, Any] | None:
    """Merge what the actions of one turn say their answers were about; the last word counts."""
    merged: dict[str, Any] = {}
    for content in answer:
        if _control(content) == ABOUT:
            merged |= {key: value for key, value in (content.card or {}).items() if key != "type"}
    return merged or None
