"""The desk's websocket: what is new, the moment it is; its pings are the heartbeat of presence.

A ping is answered by the browser itself, even in a tab that sleeps in the background, where a script's timers do not run.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sanic import Request, Sanic, Websocket

from console.desk_access import DESK
from console.desk_hub import DeskHub, OpenDesk
from console.guard import Guard
from core import log
from core.ids import ConversationId

_log = log.get(__name__)
_BEAT_EVERY_S, _PONG_WITHIN_S = 10.0, 8.0
_SESSION_EVERY = 6  # beats between two looks at whether the session still counts


def mount(app: Sanic[Any, Any], guard: Guard, hub: DeskHub) -> None:
    """Serve the websocket at /api/desk/live; it closes with 4401 without a session, 4403 for a foreign page or role."""

    async def live(request: Request, socket: Websocket) -> None:
        session = await guard.session(request)
        if session is None:
            await socket.close(4401, "session")
            return
        if not guard.is_own_origin(request) or not session.staff.roles & DESK:
            await socket.close(4403, "refused")
            return
        desk = OpenDesk(session.staff, socket)
        await hub.join(desk)
        beating = asyncio.create_task(_beat(guard, request, hub, desk, socket))
        try:
            await desk.send("hello")
            async for said in socket:  # ends when it goes
                await _hear(hub, desk, said)
        finally:
            beating.cancel()
            hub.leave(desk)

    app.add_websocket_route(live, "/api/desk/live", name="desk_live")


async def _hear(hub: DeskHub, desk: OpenDesk, said: Any) -> None:
    """Take what a tab says: `{"type": "follow", "conversation", "seq"}`, what it has read and up to where."""
    try:
        values = json.loads(said)
        is_follow = values["type"] == "follow"
        conversation_id, seq = str(values["conversation"]), int(values["seq"])
    except (ValueError, TypeError, KeyError):
        _log.info("desk.unreadable", staff=desk.staff.id)
        return
    if is_follow:
        await hub.follow(desk, ConversationId(conversation_id), seq)


async def _beat(guard: Guard, request: Request, hub: DeskHub, desk: OpenDesk, socket: Websocket) -> None:
    """Ping until no answer comes, or the session has ended meanwhile."""
    count = 0
    while True:
        await asyncio.sleep(_BEAT_EVERY_S)
        count += 1
        try:
            answered = await socket.ping()
            await asyncio.wait_for(answered, _PONG_WITHIN_S)
            if count % _SESSION_EVERY == 0 and await guard.session(request) is None:
                await socket.close(4401, "session")
                return
            await hub.beat(desk)
        except Exception as error:  # gone, in one of the library's many ways: presence expires by itself
            _log.info("desk.lost", staff=desk.staff.id, error=type(error).__name__)
            await socket.close(4408, "silent")
            return
