"""The web channel: Rasa's Socket.IO events, on sessions that are signed.

in:  ``session_request {session_id?, client?}``, ``user_uttered {message, session_id, message_id?}`` (acknowledged with
     ``{seq, text, ...}`` once it is stored), ``history {session_id, after_seq}`` (acknowledged with ``{messages}``),
     ``user_typing {session_id, is_typing}``, ``answer_feedback {session_id, message_id, is_useful}`` (both acknowledged
     with ``{ok: true}``)
out: ``session_confirm <session id>``, ``bot_uttered {...}``, ``typing {is_typing}``

A client that says ``client: "tongda"`` gets our fields beside Rasa's; any other gets exactly Rasa's, because some
(rasa-webchat) tell a message's kind by counting its keys.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sanic import Sanic
from socketio import AsyncServer

from bot.channels.origins import Origins
from bot.channels.rest import is_name
from bot.channels.sessions import Sessions
from bot.delivery import Pushed
from bot.gateway import Gateway
from conversations.feedback import Feedback, article_of
from conversations.live import LiveEvents
from conversations.model import Inbound, Message, Sender, State
from core import log
from core.errors import CustomerError
from core.ids import MessageId
from core.settings import Settings

NAME = "web"
OURS = "tongda"
_MAX_BYTES = 100_000  # of one event
_CLOSE_LOOKS, _CLOSE_LOOK_S = 20, 0.05  # for connections to end
_log = log.get(__name__)


def mount(
    app: Sanic[Any, Any],
    gateway: Gateway,
    settings: Settings,
    feedback: Feedback | None = None,
    live: LiveEvents | None = None,
) -> None:
    """Serve the channel at /socket.io and let the gateway push over it."""
    server = AsyncServer(
        async_mode="sanic",
        cors_allowed_origins=Origins(settings.widget_origins),
        cors_credentials=False,
        max_http_buffer_size=_MAX_BYTES,
    )
    server.attach(app)
    channel = SocketIOChannel(server, gateway, Sessions(settings.secret), feedback, live)
    gateway.register(channel)

    async def close(_app: Sanic[Any, Any]) -> None:
        await channel.close()

    app.register_listener(close, "before_server_stop")


@dataclass(frozen=True, slots=True)
class _Client:
    """One connection that has a session."""

    name: str  # of the session
    is_ours: bool


class SocketIOChannel:
    """The connections of this process and the sessions they belong to."""

    name = NAME
    is_rationed = False

    def __init__(
        self,
        server: AsyncServer,
        gateway: Gateway,
        sessions: Sessions,
        feedback: Feedback | None = None,
        live: LiveEvents | None = None,
    ) -> None:
        self._server, self._gateway, self._sessions = server, gateway, sessions
        self._feedback, self._live = feedback, live
        self._clients: dict[str, _Client] = {}  # socket id -> client
        self._sockets: defaultdict[str, set[str]] = defaultdict(set)  # session name -> socket ids
        server.on("disconnect", self._disconnect)
        server.on("session_request", self._guarded(self._session_request))
        server.on("user_uttered", self._guarded(self._user_uttered))
        server.on("history", self._guarded(self._history))
        server.on("user_typing", self._guarded(self._user_typing))
        server.on("answer_feedback", self._guarded(self._answer_feedback))

    async def close(self) -> None:
        """End every connection in order, before the server cuts them: what waits for it is sent, and each client comes back."""
        for socket in list(self._server.eio.sockets.values()):
            await socket.queue.put(
                None
            )  # the library's word for "nothing more": its writer closes the connection
        for _ in range(_CLOSE_LOOKS):
            if not self._server.eio.sockets:
                return
            await asyncio.sleep(_CLOSE_LOOK_S)

    # --- out: what the gateway asks for ----------------------------------------------------------------------

    def reachable(self) -> Collection[str]:
        """Return the sessions connected to this process."""
        return self._sockets.keys()

    def can_reach(self, channel_user: str) -> bool:
        """Say whether a session is connected to this process."""
        return channel_user in self._sockets

    async def push(self, channel_user: str, messages: Sequence[Message]) -> Pushed:
        """Send messages to every connection of a session."""
        sockets = tuple(self._sockets.get(channel_user, ()))
        for message in messages:
            for socket in sockets:
                await self._server.emit("bot_uttered", self._written(socket, message), to=socket)
        return Pushed(len(messages) if sockets else 0)

    async def typing(self, channel_user: str, is_typing: bool) -> None:
        """Tell our own widgets that an answer is being written."""
        for socket in tuple(self._sockets.get(channel_user, ())):
            if self._clients[socket].is_ours:
                await self._server.emit("typing", {"is_typing": is_typing}, to=socket)

    def _written(self, socket: str, message: Message) -> dict[str, Any]:
        client = self._clients.get(socket)
        return ours_from(message) if client is not None and client.is_ours else rasa_from(message)

    # --- in --------------------------------------------------------------------------------------------------

    async def _session_request(self, socket: str, data: Mapping[str, Any]) -> None:
        client, session_id = self._joined(socket, data.get("session_id"), data.get("client") == OURS)
        await self._server.emit("session_confirm", session_id, to=socket)
        if not client.is_ours:  # ours fetches its history, which tells it the same in order
            contact = await self._gateway.directory.contact(NAME, client.name)
            if contact is not None:
                await self._gateway.delivery.deliver(contact)

    async def _user_uttered(self, socket: str, data: Mapping[str, Any]) -> dict[str, Any]:
        client = await self._client_of(socket, data)
        text, message_id = data.get("message"), data.get("message_id")
        if not isinstance(text, str):
            return self._error("message_invalid")
        if message_id is not None and not is_name(message_id):
            return self._error("message_id_invalid")
        metadata = {"card_support": client.is_ours}
        try:
            received = await self._gateway.accept(Inbound(NAME, client.name, text, message_id, metadata))
        except CustomerError as error:
            code = error.code.removeprefix("gateway.")
            if not client.is_ours:  # it does not read what is acknowledged
                await self._server.emit("bot_uttered", {"text": self._gateway.texts.error(code)}, to=socket)
            return self._error(code)
        return {**ours_from(received.message), "is_duplicate": received.is_duplicate}

    async def _history(self, socket: str, data: Mapping[str, Any]) -> dict[str, Any]:
        client = await self._client_of(socket, data)
        after = data.get("after_seq")
        after_seq = after if isinstance(after, int) and 0 <= after < 2**31 else 0
        found = await self._gateway.history(NAME, client.name, after_seq)
        is_typing = self._gateway.is_working(NAME, client.name)
        return {"messages": [ours_from(message) for message in found], "is_typing": is_typing}

    async def _user_typing(self, socket: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Let the agent see that the customer is writing; the bot does not care."""
        client = await self._client_of(socket, data)
        contact = await self._gateway.directory.contact(NAME, client.name)
        if contact is not None and self._live is not None:
            conversation = await self._gateway.directory.open_of(contact.id)
            if conversation is not None and conversation.state is State.HUMAN:
                is_typing = data.get("is_typing") is True
                told = {"contact": contact.id, "by": "customer", "is_typing": is_typing}
                self._live.publish("typing", conversation.id, told)
        return {"ok": True}

    async def _answer_feedback(self, socket: str, data: Mapping[str, Any]) -> dict[str, Any]:
        client = await self._client_of(socket, data)
        message_id, is_useful = data.get("message_id"), data.get("is_useful")
        if self._feedback is None or not isinstance(message_id, str) or not isinstance(is_useful, bool):
            return self._error("feedback_unknown")
        if not is_name(message_id):
            return self._error("message_id_invalid")
        try:
            await self._feedback.give(NAME, client.name, MessageId(message_id), is_useful)
        except CustomerError as error:
            return self._error(error.code.replace(".", "_"))
        return {"ok": True}

    async def _disconnect(self, socket: str, *_reason: object) -> None:
        self._leave(socket)

    # --- sessions --------------------------------------------------------------------------------------------

    async def _client_of(self, socket: str, data: Mapping[str, Any]) -> _Client:
        """Return whom an event is from: by the session it shows, else the connection's, else a fresh one."""
        client, given = self._clients.get(socket), data.get("session_id")
        if client is not None and self._sessions.name_of(given) in (None, client.name):
            return client
        client, session_id = self._joined(socket, given, client is not None and client.is_ours)
        if session_id != given:
            await self._server.emit("session_confirm", session_id, to=socket)
        return client

    def _joined(self, socket: str, session_id: object, is_ours: bool) -> tuple[_Client, str]:
        """Bind a connection to a session: the one it shows if we signed it, a fresh one otherwise."""
        name = self._sessions.name_of(session_id)
        if name is None or not isinstance(session_id, str):
            if session_id is not None:
                _log.warning("session.refused")
            session_id = self._sessions.issue()
            name = session_id.partition(".")[0]
        self._leave(socket)
        client = self._clients[socket] = _Client(name, is_ours)
        self._sockets[name].add(socket)
        return client, session_id

    def _leave(self, socket: str) -> None:
        client = self._clients.pop(socket, None)
        if client is not None:
            self._sockets[client.name].discard(socket)
            if not self._sockets[client.name]:
                del self._sockets[client.name]

    def _guarded(self, handler: Any) -> Any:
        """Give a handler an object, whatever the client sent, and the client words, whatever the handler raised."""

        async def guarded(socket: str, data: object = None, *_more: object) -> Any:
            try:
                return await handler(socket, data if isinstance(data, Mapping) else {})
            except Exception:
                _log.exception("socketio.failed")
                return self._error("internal")

        return guarded

    def _error(self, code: str) -> dict[str, Any]:
        return {"error": {"code": code, "message": self._gateway.texts.error(code)}}


def rasa_from(message: Message) -> dict[str, Any]:
    """Write a message exactly as Rasa's Socket.IO channel does."""
    content = message.content
    if not content.buttons:
        return {"text": content.text}
    replies = [{"content_type": "text", "title": b.title, "payload": b.payload} for b in content.buttons]
    return {"text": content.text, "quick_replies": replies}


def ours_from(message: Message) -> dict[str, Any]:
    """Write a message with everything our widget shows."""
    content = message.content
    return {
        **rasa_from(message),
        "seq": message.seq,
        "message_id": message.id,
        "sender": message.sender.value,
        "author_name": message.author_name,
        "epoch": message.epoch,  # another one: somebody else serves now
        "feedback": bool(article_of(message.sender, content)),
        "buttons": [{"title": b.title, "payload": b.payload} for b in content.buttons],
        "card": dict(content.card) if content.card is not None else None,
        "created": message.created.isoformat(),
        "client_id": message.channel_message_id if message.sender is Sender.CUSTOMER else None,
    }
