"""`GET, POST /wechat/<account>`: WeChat's way in. Refusals are 4xx without a body that explains anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sanic import HTTPResponse, Request, Sanic

from bot.channels.wechat import xml
from bot.channels.wechat.accounts import Account
from bot.channels.wechat.arrival import arrival_from
from bot.channels.wechat.callbacks import Callbacks
from bot.channels.wechat.channel import Count
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.refusal import Refused
from core import log
from core.clock import Clock

_log = log.get(__name__)
_IN_TIME_S = 4.9  # WeChat hangs up after five
_LATE_S = 4.7  # a reply sent later may or may not be shown: it goes another way
_SETTLE_S = 0.1  # for the reply to get there before anything else is sent
_DONE = "success"  # WeChat's word for: nothing to say


def mount(
    app: Sanic[Any, Any], accounts: Mapping[str, Account], callbacks: Callbacks, clock: Clock, count: Count
) -> None:
    """Serve the callbacks of every account."""
    envelopes = {name: Envelope(account) for name, account in accounts.items()}

    def refused(account: str, reason: str, status: int) -> HTTPResponse:
        count(account if account in accounts else "unknown", "refused")
        _log.warning("wechat.refused", account=account[:32], reason=reason)
        return HTTPResponse("", status=status, content_type="text/plain")

    async def echo(request: Request, account: str) -> HTTPResponse:
        """Prove to WeChat that the address is ours."""
        if account not in envelopes:
            return refused(account, "unknown_account", 404)
        try:
            shown = envelopes[account].echo(_query(request), clock.now())
        except Refused as error:
            return refused(account, error.reason, error.status)
        return HTTPResponse(shown, content_type="text/plain; charset=utf-8")

    async def callback(request: Request, account: str) -> HTTPResponse | None:
        """Take a message or event; the answer is a passive reply or the word success."""
        began = asyncio.get_running_loop().time()
        if account not in envelopes:
            return refused(account, "unknown_account", 404)
        try:
            body = await _body(request)
            opened = envelopes[account].open(_query(request), body, clock.now())
            arrival = arrival_from(account, opened.fields, clock.now())
            claim = await callbacks.answer(arrival, opened.stamp)
        except Refused as error:
            return refused(account, error.reason, error.status)
        except Exception:  # a bug of ours, or the database: WeChat comes again
            _log.exception("wechat.callback_failed", account=account)
            count(account, "failed")
            return HTTPResponse("", status=500, content_type="text/plain")
        is_late = asyncio.get_running_loop().time() - began > _LATE_S
        if claim.reply is None or (is_late and await callbacks.give_back(claim)):
            return HTTPResponse(_DONE, content_type="text/plain")
        sealed = envelopes[account].seal(claim.reply, opened.fields, opened.is_encrypted, clock.now())
        response = await request.respond(content_type="application/xml; charset=utf-8")
        if response is None:
            return None
        await response.send(sealed, end_stream=True)
        if asyncio.get_running_loop().time() - began < _IN_TIME_S:
            callbacks.replied(claim, _SETTLE_S)
        return None

    app.add_route(echo, "/wechat/<account:str>", methods=["GET"], name="wechat_echo")
    app.add_route(callback, "/wechat/<account:str>", methods=["POST"], name="wechat_callback", stream=True)


def _query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in request.args.items() if values}


async def _body(request: Request) -> bytes:
    """Read the body, without ever holding more of it than a message may have."""
    stream: Any = request.stream  # typed as a protocol that lacks `read`
    parts, size = [], 0
    while stream is not None and (part := await stream.read()):
        size += len(part)
        if size > xml.MAX_BYTES:
            raise Refused("too_large", status=413)
        parts.append(part)
    return b"".join(parts)
