"""WeChat's HTTP API, as far as an official account's customer service needs it: `/cgi-bin/...`."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import yaml
from sanic import HTTPResponse, Request

from bot.channels.wechat.simulator import outgoing
from bot.channels.wechat.simulator.faults import Fault, FaultKind
from bot.channels.wechat.simulator.media import MAX_BYTES
from bot.channels.wechat.simulator.outgoing import Unsendable
from bot.channels.wechat.simulator.parts import App, Parts, parts_of, respond
from bot.channels.wechat.simulator.tokens import TokenRefused

_WORDS: dict[int, str] = yaml.safe_load(Path(__file__).with_name("errcodes.yml").read_text(encoding="utf-8"))
_TYPING_S, _INTERACTION_S = 15.0, 30.0
_OK: Mapping[str, object] = {"errcode": 0, "errmsg": "ok"}

Verb = Callable[[Parts, Request], Mapping[str, object] | HTTPResponse]


class ApiError(Exception):
    """A call that is refused with an error code."""

    def __init__(self, errcode: int) -> None:
        super().__init__(str(errcode))
        self.errcode = errcode


def mount(app: App) -> None:
    """Add the routes."""
    for path, verb, method, needs_token in (
        ("token", _plain_token, "GET", False),
        ("stable_token", _stable_token, "POST", False),
        ("message/custom/send", _send, "POST", True),
        ("message/custom/typing", _typing, "POST", True),
        ("menu/create", _create_menu, "POST", True),
        ("menu/get", _get_menu, "GET", True),
        ("menu/delete", _delete_menu, "GET", True),
        ("user/info", _user_info, "GET", True),
        ("media/upload", _upload, "POST", True),
        ("media/get", _download, "GET", True),
    ):
        handler = _handler(path, verb, method, needs_token)
        app.add_route(handler, f"/cgi-bin/{path}", methods=["GET", "POST"], name=path.replace("/", "_"))


def _handler(
    path: str, verb: Verb, method: str, needs_token: bool
) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def handle(request: Request) -> HTTPResponse:
        parts = parts_of(request)
        fault = parts.faults.take(FaultKind.ERRCODE, FaultKind.SLOW, FaultKind.CUT, api=path)
        if fault is not None and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.kind is FaultKind.CUT and not fault.after:
            return _cut(request)
        request.ctx.is_cut = fault is not None and fault.kind is FaultKind.CUT
        try:
            if request.method != method:
                raise ApiError(43002 if method == "POST" else 43001)
            answer = _carry_out(parts, request, verb, needs_token, fault)
            errcode = 0
        except (ApiError, Unsendable, TokenRefused) as error:
            errcode, answer = error.errcode, _refusal(error.errcode, request)
        is_fault = fault is not None and fault.kind is FaultKind.ERRCODE and errcode == fault.errcode
        _count(parts, path, errcode, is_fault)
        if request.ctx.is_cut:
            return _cut(request)
        return answer if isinstance(answer, HTTPResponse) else respond(answer)

    return handle


def _carry_out(
    parts: Parts, request: Request, verb: Verb, needs_token: bool, fault: Fault | None
) -> Mapping[str, object] | HTTPResponse:
    whitelist = parts.callbacks.account.whitelist
    if whitelist and request.ip not in whitelist:
        raise ApiError(40164)
    if needs_token:
        parts.tokens.check(request.args.get("access_token"))
    if fault is not None and fault.kind is FaultKind.ERRCODE:
        if verb is _send:
            parts.quota.note(str(_body(request).get("touser")), fault.errcode, is_fault=True)
        raise ApiError(fault.errcode)
    return verb(parts, request)


def _cut(request: Request) -> HTTPResponse:
    """Cut the connection; what is returned ends the request on our side and reaches nobody."""
    transport: Any = request.transport
    if transport is not None:
        transport.abort()
    return HTTPResponse(status=503)


def _refusal(errcode: int, request: Request) -> dict[str, object]:
    words = _WORDS.get(errcode, "unknown error").replace("{ip}", request.ip)
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return {"errcode": errcode, "errmsg": f"{words} rid: {rid}"}


def _count(parts: Parts, path: str, errcode: int, is_fault: bool) -> None:
    parts.store.run(
        "INSERT INTO call VALUES (?, ?, ?, 1) ON CONFLICT (api, errcode, is_fault) DO UPDATE SET count = count + 1",
        path, errcode, is_fault,
    )  # fmt: skip


def _body(request: Request) -> dict[str, Any]:
    if b"\\u" in request.body:
        raise ApiError(40033)  # WeChat shows such characters as they stand
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ApiError(47001) from None
    if not isinstance(value, dict):
        raise ApiError(47001)
    return value


# --- tokens --------------------------------------------------------------------------------------------------


def _plain_token(parts: Parts, request: Request) -> Mapping[str, object]:
    _check_secret(parts, {name: request.args.get(name) for name in ("grant_type", "appid", "secret")})
    token, seconds = parts.tokens.plain()
    return {"access_token": token, "expires_in": seconds}


def _stable_token(parts: Parts, request: Request) -> Mapping[str, object]:
    body = _body(request)
    _check_secret(parts, body)
    token, seconds = parts.tokens.stable(body.get("force_refresh") is True)
    return {"access_token": token, "expires_in": seconds}


def _check_secret(parts: Parts, given: Mapping[str, Any]) -> None:
    account = parts.callbacks.account
    if given.get("grant_type") != "client_credential":
        raise ApiError(40002)
    if not given.get("appid") or not given.get("secret"):
        raise ApiError(41004 if given.get("appid") else 41002)
    if given["appid"] != account.app_id:
        raise ApiError(40013)
    if not hmac.compare_digest(str(given["secret"]).encode(), account.secret.encode()):
        raise ApiError(40125)


# --- customer service ----------------------------------------------------------------------------------------


def _send(parts: Parts, request: Request) -> Mapping[str, object]:
    body = _body(request)
    openid = _addressee(parts, body)
    kind, shown = outgoing.read(body, parts.media)
    if not parts.phones.is_following(openid):
        parts.quota.note(openid, 43004)
        raise ApiError(43004)
    if (errcode := parts.quota.draw(openid)) != 0:
        raise ApiError(errcode)
    untold = {"is_cut": True} if request.ctx.is_cut else {}  # the sender will never know that it is shown
    parts.phones.show(openid, "account", kind, via="push", **untold, **shown)
    return _OK


def _addressee(parts: Parts, body: Mapping[str, Any]) -> str:
    if not parts.callbacks.account.may_send:
        raise ApiError(48001)
    openid = body.get("touser")
    if not isinstance(openid, str) or parts.phones.is_following(openid) is None:
        raise ApiError(40003)
    return openid


def _typing(parts: Parts, request: Request) -> Mapping[str, object]:
    body = _body(request)
    openid, now = _addressee(parts, body), parts.store.now()
    user = parts.phones.user(openid)
    if body.get("command") == "CancelTyping":
        parts.phones.show_typing(openid, 0.0)
        return _OK
    if body.get("command") != "Typing":
        raise ApiError(45072)
    if not user["is_following"] or not parts.quota.of(openid):
        raise ApiError(45015)
    if now - user["touched"] > _INTERACTION_S:
        raise ApiError(45080)
    if user["typing_until"] > now:
        raise ApiError(45081)
    parts.phones.show_typing(openid, now + _TYPING_S)
    return _OK


# --- menu, users, media --------------------------------------------------------------------------------------


def _create_menu(parts: Parts, request: Request) -> Mapping[str, object]:
    parts.menu.create(_body(request))
    parts.phones.wake_all()
    return _OK


def _get_menu(parts: Parts, _request: Request) -> Mapping[str, object]:
    if not (entries := parts.menu.get()):
        raise ApiError(46003)
    return {"menu": {"button": entries}}


def _delete_menu(parts: Parts, _request: Request) -> Mapping[str, object]:
    parts.menu.delete()
    parts.phones.wake_all()
    return _OK


def _user_info(parts: Parts, request: Request) -> Mapping[str, object]:
    openid = request.args.get("openid") or ""
    following = parts.phones.is_following(openid)
    if following is None:
        raise ApiError(40003)
    if not following:
        return {"subscribe": 0, "openid": openid}
    user = parts.phones.user(openid)
    return {
        "subscribe": 1, "openid": openid, "language": "zh_CN", "subscribe_time": int(user["followed"]),
        "unionid": "", "remark": "", "groupid": 0, "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if user["scene"] else "ADD_SCENE_SEARCH",
        "qr_scene": 0, "qr_scene_str": user["scene"],
    }  # fmt: skip


def _upload(parts: Parts, request: Request) -> Mapping[str, object]:
    files: Any = request.files or {}
    found = files.get("media")
    if found is None:
        raise ApiError(41005)
    if len(found.body) > MAX_BYTES:
        raise ApiError(45001)
    kind = request.args.get("type") or "image"
    media_id = parts.media.keep(kind, found.type, found.body)
    return {"type": kind, "media_id": media_id, "created_at": int(parts.store.now())}


def _download(parts: Parts, request: Request) -> HTTPResponse:
    found = parts.media.find(request.args.get("media_id") or "")
    if found is None:
        raise ApiError(40007)
    return HTTPResponse(found["data"], content_type=found["content_type"])
