"""The dialogue engine as a port, and Rasa Open Source 3.6 behind it.

Rasa's `sender` is our conversation id, and the message id travels in `metadata` (a top-level `message_id` is not read),
so that the tracker tells whether a message was seen. Which process owns a conversation follows from its id alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import aiohttp

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
_READY_TIMEOUT_S, _CONNECT_TIMEOUT_S = 2.0, 2.0
_KEEP_ALIVE_S = 4.0  # Rasa closes a connection that was idle for 5 s
_JSON = {"Content-Type": "application/json"}
# Turns under way in one Rasa process, which works on one at a time: the rest wait here, not there.
_AT_ONCE = 16

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

    def __init__(self, urls: Sequence[str], timeout_s: float) -> None:
        if not urls:
            raise ValueError("at least one Rasa address is needed")
        self._urls = [url.rstrip("/") for url in urls]
        self._gates = {url: asyncio.Semaphore(_AT_ONCE) for url in self._urls}
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

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
            answer = await self._request("POST", f"{url}/webhooks/rest/webhook", body)
        if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
            raise UpstreamMalformed("engine.malformed", "the REST channel's answer is not a list of objects")
        return contents_from(answer)

    async def answers_to(
        self, conversation_id: ConversationId, message_id: MessageId
    ) -> list[Content] | None:
        """Look the message up in the conversation's tracker."""
        url = f"{self.process_of(conversation_id)}/conversations/{conversation_id}/tracker?include_events=ALL"
        tracker = await self._request("GET", url)
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
            status = await self._request("GET", f"{url}/status", timeout_s=_READY_TIMEOUT_S)
        except UpstreamError:
            return False
        return isinstance(status, dict) and bool(status.get("model_file"))

    async def _request(
        self, method: str, url: str, body: object = None, timeout_s: float | None = None
    ) -> Any:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        timeout = aiohttp.ClientTimeout(timeout_s or self._timeout_s, sock_connect=_CONNECT_TIMEOUT_S)
        try:
            async with self._open().request(method, url, data=data, headers=_JSON, timeout=timeout) as answer:
                status, content = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = UpstreamTimeout if _is_late(error) else UpstreamUnavailable
            code = "engine.timeout" if failure is UpstreamTimeout else "engine.unavailable"
            raise failure(code, type(error).__name__) from error
        if status >= 500:
            raise UpstreamUnavailable("engine.unavailable", str(status))
        if status >= 400:
            raise UpstreamRejected("engine.rejected", str(status), reason=status)
        try:
            return json.loads(content)
        except ValueError as error:
            raise UpstreamMalformed("engine.malformed", "not JSON") from error

    def _open(self) -> aiohttp.ClientSession:
        """Return the session; it belongs to the event loop that first uses it."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def _is_late(error: Exception) -> bool:
    """Say whether the engine may have got the request, and answered too late."""
    return isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ConnectionTimeoutError)


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
