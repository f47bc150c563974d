"""The tester's interface, plain JSON: `/simulator/...`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from sanic import HTTPResponse, Request

from bot.channels.wechat.simulator import faults
from bot.channels.wechat.simulator.account import changed
from bot.channels.wechat.simulator.accounting import accounting
from bot.channels.wechat.simulator.acts import Acts
from bot.channels.wechat.simulator.faults import FaultKind
from bot.channels.wechat.simulator.media import MAX_BYTES
from bot.channels.wechat.simulator.parts import App, Parts, parts_of, respond
from bot.channels.wechat.simulator.refusal import invalid, unknown
from bot.channels.wechat.simulator.store import moment

_WAIT_S = 25.0
# A black dot, for a tester who only needs that a picture is sent.
_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_Done = dict[str, object]


def mount(app: App) -> None:
    """Add the routes."""
    for handler, path, method in (
        (_list_users, "users", "GET"),
        (_add_user, "users", "POST"),
        (_show_user, "users/<openid:str>", "GET"),
        (_list_messages, "users/<openid:str>/messages", "GET"),
        (_show_screen, "users/<openid:str>/screen", "GET"),
        (_act, "users/<openid:str>/<act:str>", "POST"),
        (_show_accounting, "accounting", "GET"),
        (_list_faults, "faults", "GET"),
        (_add_fault, "faults", "POST"),
        (_clear_faults, "faults", "DELETE"),
        (_show_account, "account", "GET"),
        (_change_account, "account", "POST"),
        (_verify, "account/verify", "POST"),
        (_show_clock, "clock", "GET"),
        (_move_clock, "clock", "POST"),
        (_reset, "reset", "POST"),
    ):
        app.add_route(handler, f"/simulator/{path}", methods=[method], name=f"{handler.__name__[1:]}")


# --- users ---------------------------------------------------------------------------------------------------


async def _list_users(request: Request) -> HTTPResponse:
    parts = parts_of(request)
    return respond([_user_json(parts, row["openid"]) for row in parts.phones.all()])


async def _add_user(request: Request) -> HTTPResponse:
    body = _body(request)
    return respond(
        parts_of(request).acts.follow(_text(body, "openid", "") or None, _text(body, "scene", "")), 201
    )


async def _show_user(request: Request, openid: str) -> HTTPResponse:
    return respond(_user_json(parts_of(request), openid))


async def _list_messages(request: Request, openid: str) -> HTTPResponse:
    """What the phone shows behind `after`; waits up to `wait_s` seconds for something to show."""
    parts = parts_of(request)
    parts.phones.user(openid)
    after, wait_s = int(_query(request, "after")), _query(request, "wait_s")
    if wait_s and not parts.phones.lines(openid, after):
        await parts.phones.wait(openid, min(wait_s, _WAIT_S))
    return respond(parts.phones.lines(openid, after))


async def _show_screen(request: Request, openid: str) -> HTTPResponse:
    """Everything a phone's page needs, as soon as it differs from what the page has: long polling."""
    parts = parts_of(request)
    after, has = int(_query(request, "after")), request.args.get("state") or ""
    screen = _screen(parts, openid, after)
    if not screen["lines"] and screen["state"] == has:
        await parts.phones.wait(openid, _until_change(parts, openid))
        screen = _screen(parts, openid, after)
    return respond(screen)


def _screen(parts: Parts, openid: str, after: int) -> dict[str, Any]:
    user, entries = _user_json(parts, openid), list(parts.menu.get())
    state = json.dumps([user, entries], sort_keys=True)
    return {
        "lines": parts.phones.lines(openid, after),
        "user": user,
        "menu": entries,
        "state": str(hash(state)),
    }


def _until_change(parts: Parts, openid: str) -> float:
    """Return the seconds until something ends by itself: an allowance, the typing."""
    now = parts.store.now()
    ends = [allowance.until for allowance in parts.quota.of(openid)]
    ends += [float(parts.phones.user(openid)["typing_until"])]
    return min([_WAIT_S, *(end - now + 0.05 for end in ends if end > now)])


def _user_json(parts: Parts, openid: str) -> dict[str, object]:
    user = parts.phones.user(openid)
    allowances = {
        allowance.occasion.value: {"remaining": allowance.remaining, "until": moment(allowance.until)}
        for allowance in parts.quota.of(openid)
    }
    return {
        "openid": openid,
        "is_following": bool(user["is_following"]),
        "is_typing": user["typing_until"] > parts.store.now(),
        "allowances": allowances,
    }


async def _act(request: Request, openid: str, act: str) -> HTTPResponse:
    if act not in _ACTS:
        raise unknown(f"act; there are {', '.join(_ACTS)}")
    return respond(_ACTS[act](parts_of(request).acts, openid, _body(request)), 202)


_ACTS: dict[str, Callable[[Acts, str, dict[str, Any]], _Done]] = {
    "text": lambda acts, openid, body: acts.text(openid, _text(body, "content")),
    "click": lambda acts, openid, body: acts.click(openid, _text(body, "key")),
    "view": lambda acts, openid, body: acts.view(openid, _text(body, "url")),
    "scan": lambda acts, openid, body: acts.scan(openid, _text(body, "scene")),
    "menu_tap": lambda acts, openid, body: acts.menu_tap(openid, _text(body, "id"), body.get("content")),
    "voice": lambda acts, openid, body: acts.voice(openid, body.get("recognition"), _bytes(body, b"#!AMR\n")),
    "image": lambda acts, openid, body: acts.image(
        openid, _text(body, "content_type", "image/png"), _bytes(body, _DOT)
    ),
    "location": lambda acts, openid, body: acts.location(
        openid, _degrees(body, "latitude"), _degrees(body, "longitude"), _text(body, "label", "")
    ),
    "link": lambda acts, openid, body: acts.link(
        openid, _text(body, "title"), _text(body, "description", ""), _text(body, "url")
    ),
    "unfollow": lambda acts, openid, _body: acts.unfollow(openid),
}


# --- accounting, faults, account, clock -----------------------------------------------------------------------


async def _show_accounting(request: Request) -> HTTPResponse:
    return respond(accounting(parts_of(request), request.args.get("openid")))


async def _list_faults(request: Request) -> HTTPResponse:
    return respond([fault.to_json() for fault in parts_of(request).faults.active()])


async def _add_fault(request: Request) -> HTTPResponse:
    parts, fault = parts_of(request), faults.parse(_body(request))
    if fault.kind is FaultKind.EXPIRE_TOKENS:
        return respond({"kind": fault.kind.value, "tokens": parts.tokens.expire()}, 201)
    if fault.kind is FaultKind.REVOKE_TOKENS:
        return respond({"kind": fault.kind.value, "tokens": parts.tokens.revoke()}, 201)
    parts.faults.add(fault)
    return respond(fault.to_json(), 201)


async def _clear_faults(request: Request) -> HTTPResponse:
    parts_of(request).faults.clear()
    return respond([])


async def _show_account(request: Request) -> HTTPResponse:
    return respond(parts_of(request).callbacks.account.to_json())


async def _change_account(request: Request) -> HTTPResponse:
    callbacks = parts_of(request).callbacks
    callbacks.account = changed(callbacks.account, _body(request))
    return respond(callbacks.account.to_json())


async def _verify(request: Request) -> HTTPResponse:
    return respond({"is_verified": await parts_of(request).callbacks.verify()})


async def _show_clock(request: Request) -> HTTPResponse:
    return respond({"now": moment(parts_of(request).store.now())})


async def _move_clock(request: Request) -> HTTPResponse:
    """Move the clock ahead, for the windows and the tokens; callbacks keep the machine's time."""
    seconds = _body(request).get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= 90 * 86_400:
        raise invalid("advance_s is a number of seconds, up to 90 days")
    parts = parts_of(request)
    parts.store.advance(float(seconds))
    parts.phones.wake_all()
    return await _show_clock(request)


async def _reset(request: Request) -> HTTPResponse:
    """Forget users, lines, tokens, books and faults; the menu stays, as the account's owner made it."""
    parts = parts_of(request)
    entries = list(parts.menu.get())
    parts.faults.clear()
    parts.callbacks.forget()
    parts.store.forget()
    if entries:
        parts.menu.create({"button": entries})
    parts.phones.wake_all()
    return respond({"status": "reset"})


# --- reading requests -----------------------------------------------------------------------------------------


def _body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(value, dict):
        raise invalid("the body is not a JSON object")
    return value


def _text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise invalid(f"{name} is a text")
    return value


def _degrees(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -180 <= value <= 180:
        raise invalid(f"{name} is in degrees")
    return float(value)


def _bytes(body: dict[str, Any], default: bytes) -> bytes:
    if "data" not in body:
        return default
    try:
        data = base64.b64decode(_text(body, "data"), validate=True)
    except (binascii.Error, ValueError):
        raise invalid("data is base64") from None
    if not 0 < len(data) <= MAX_BYTES:
        raise invalid(f"data is up to {MAX_BYTES} bytes")
    return data


def _query(request: Request, name: str) -> float:
    try:
        value = float(request.args.get(name) or 0)
    except ValueError:
        raise invalid(f"{name} is a number") from None
    if not 0 <= value < 2**31:
        raise invalid(f"{name} is not negative")
    return value
