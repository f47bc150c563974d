"""The dialogue engine as a port, and Rasa Open Source 3.6 behind it.

Rasa's `sender` is our conversation id, and the message id travels in `metadata` (a top-level `message_id` is not read),
so that the tracker tells whether a message was seen. Which process owns a conversation follows from its id alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import httpx

from conversations.model import Button, Content
from core import log
from core.errors import (
    UpstreamError,
    UpstreamMalformed,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from core.ids import ConversationId, MessageId
from core.settings import Settings

_log = log.get(__name__)
_READY_TIMEOUT_S = 2.0
_AT_ONCE = (
    16  # turns under way in one Rasa process, which works on one at a time: the rest wait here, not there
)

FINISH = "finish"
"""A response with ``custom: {type: finish}`` ends the conversation after it has been said."""
HANDOFF = "handoff"
"""``custom: {type: handoff, reason, skill, ...}`` puts the conversation into the queue for a person."""
ABOUT = "about"
"""``custom: {type: about, topic, article?, offering?, found?, search?, outcome?}`` says what the answer was about; nobody reads it."""
CONTROLS = frozenset({FINISH, HANDOFF, ABOUT})


class DialogueEngine(Protocol):
    """Turns a customer's message into the bot's answer; raises UpstreamError when it cannot be reached."""

    async def send(
        self,
        conversation_id: ConversationId,
        text: str,
        message_id: MessageId,
        metadata: Mapping[str, object],
    ) -> list[Content]:
        """Take one turn; an empty list means that the turn failed inside the engine."""

    async def answers_to(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> list[Content] | None:
        """Return what was answered to a message before, or None if the engine never saw it."""

    async def is_ready(self, conversation_id: ConversationId | None = None) -> bool:
        """Say whether the process of a conversation can answer; without one, whether all can."""

    def process_of(self, conversation_id: ConversationId) -> str:
        """Name the process that owns a conversation."""


class RasaEngine:
    """Rasa over its REST channel and HTTP API."""

    def __init__(
        self,
        urls: Sequence[str],
        timeout_s: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not urls:
            raise ValueError("at least one Rasa address is needed")
        self._urls = [url.rstrip("/") for url in urls]
        self._gates = {url: asyncio.Semaphore(_AT_ONCE) for url in self._urls}
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_s, connect=2.0, pool=None),
            transport=transport,
            trust_env=False,  # loopback: no proxy
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> RasaEngine:
        """Connect to the settings' processes; a turn is given up after three times what a customer waits unasked."""
        return cls(settings.rasa_urls, settings.rasa_timeout_s * 3)

    def process_of(self, conversation_id: ConversationId) -> str:
        """Pick by rendezvous hashing: an address added or removed moves only its share of the conversations."""
        return max(
            self._urls, key=lambda url: hashlib.sha256(f"{url}\x1f{conversation_id}".encode()).digest()
        )

    async def send(
        self,
        conversation_id: ConversationId,
        text: str,
        message_id: MessageId,
        metadata: Mapping[str, object],
    ) -> list[Content]:
        """POST to the REST channel of the process that owns the conversation."""
        url = self.process_of(conversation_id)
        body = {
            "sender": conversation_id,
            "message": text,
            "metadata": {**metadata, "message_id": message_id},
        }
        async with self._gates[url]:
            answer = await self._request("POST", f"{url}/webhooks/rest/webhook", json=body)
        if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
            raise UpstreamMalformed("engine.malformed", "the REST channel's answer is not a list of objects")
        return contents_from(answer)

    async def answers_to(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> list[Content] | None:
        """Look the message up in the conversation's tracker."""
        url = f"{self.process_of(conversation_id)}/conversations/{conversation_id}/tracker"
        tracker = await self._request("GET", url, params={"include_events": "ALL"})
        events = tracker.get("events") if isinstance(tracker, dict) else None
        if not isinstance(events, list):
            raise UpstreamMalformed("engine.malformed", "the tracker has no events")
        return _answers_in(events, message_id)

    async def is_ready(self, conversation_id: ConversationId | None = None) -> bool:
        """Ask for `/status`: ready is a process with a model (`GET /` answers without one too)."""
        urls = self._urls if conversation_id is None else [self.process_of(conversation_id)]
        return all(await asyncio.gather(*(self._has_model(url) for url in urls)))

    async def _has_model(self, url: str) -> bool:
        try:
            status = await self._request("GET", f"{url}/status", timeout=_READY_TIMEOUT_S)
        except UpstreamError:
            return False
        return isinstance(status, dict) and bool(status.get("model_file"))

    async def _request(self, method: str, url: str, **options: Any) -> Any:
        try:
            answer = await self._client.request(method, url, **options)
        except httpx.ConnectTimeout as error:
            raise UpstreamUnavailable("engine.unavailable", type(error).__name__) from error
        except httpx.TimeoutException as error:
            raise UpstreamTimeout("engine.timeout", type(error).__name__) from error
        except httpx.HTTPError as error:
            raise UpstreamUnavailable("engine.unavailable", type(error).__name__) from error
        if answer.status_code >= 500:
            raise UpstreamUnavailable("engine.unavailable", str(answer.status_code))
        if answer.status_code >= 400:
            raise UpstreamRejected("engine.rejected", str(answer.status_code), reason=answer.status_code)
        try:
            return answer.json()
        except ValueError as error:
            raise UpstreamMalformed("engine.malformed", "not JSON") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def contents_from(items: Iterable[Mapping[str, Any]]) -> list[Content]:
    """Read the REST channel's items; a `custom` after a text is that text's card, as Rasa sends the two apart."""
    contents: list[Content] = []
    for item in items:
        text = item.get("text")
        if isinstance(text, str) and text.strip():
            contents.append(Content(text, _buttons(item.get("buttons"))))
        custom = item.get("custom")
        if isinstance(custom, dict) and custom:
            last = contents[-1] if contents else None
            if last is None or last.card is not None or custom.get("type") in CONTROLS:
                contents.append(Content("", card=custom))
            else:
                contents[-1] = Content(last.text, last.buttons, custom)
    return contents


def _buttons(found: object) -> tuple[Button, ...]:
    if not isinstance(found, list):
        return ()
    return tuple(
        Button(str(button["title"]), str(button.get("payload") or button["title"]))
        for button in found
        if isinstance(button, dict) and button.get("title")
    )


def _answers_in(events: Sequence[Mapping[str, Any]], message_id: MessageId) -> list[Content] | None:
    items: list[Mapping[str, Any]] | None = None
    for event in events:
        kind = event.get("event")
        if kind == "user":
            if items is not None:
                break
            if (event.get("metadata") or {}).get("message_id") == message_id:
                items = []
        elif kind == "bot" and items is not None:
            items += _as_rest_items(event)
    return contents_from(items) if items is not None else None


def _as_rest_items(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Write a tracker's bot event the way the REST channel had sent it: blank lines part messages without buttons."""
    text, data = event.get("text"), event.get("data") or {}
    items: list[Mapping[str, Any]] = []
    if isinstance(text, str) and text.strip():
        if data.get("buttons"):
            items.append({"text": text, "buttons": data["buttons"]})
        else:
            items += [{"text": part} for part in text.strip().split("\n\n")]
    if data.get("custom"):
        items.append({"custom": data["custom"]})
    return items
