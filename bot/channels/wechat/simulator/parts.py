"""What the simulator's endpoints share: its parts, and JSON with Chinese unescaped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from sanic import HTTPResponse, Request, Sanic

from bot.channels.wechat.simulator.acts import Acts
from bot.channels.wechat.simulator.callbacks import Callbacks
from bot.channels.wechat.simulator.faults import Faults
from bot.channels.wechat.simulator.media import Media
from bot.channels.wechat.simulator.menu import Menu
from bot.channels.wechat.simulator.phones import Phones
from bot.channels.wechat.simulator.quota import Quota
from bot.channels.wechat.simulator.store import Store
from bot.channels.wechat.simulator.tokens import Tokens

App: TypeAlias = Sanic[Any, Any]


@dataclass(frozen=True)
class Parts:
    """Everything behind the endpoints."""

    store: Store
    faults: Faults
    phones: Phones
    quota: Quota
    tokens: Tokens
    media: Media
    menu: Menu
    callbacks: Callbacks
    acts: Acts


def parts_of(request: Request) -> Parts:
    """Return the app's parts."""
    found: Parts = request.app.ctx.parts
    return found


def respond(value: object, status: int = 200) -> HTTPResponse:
    """Answer JSON."""
    text = json.dumps(value, ensure_ascii=False)
    return HTTPResponse(text, status=status, content_type="application/json; charset=utf-8")
