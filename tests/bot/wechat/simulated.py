"""The simulator in this process, on a free loopback port, and a service written by hand that it calls."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sanic import HTTPResponse, Request, Sanic

from bot.channels.wechat import xml
from bot.channels.wechat.accounts import DEMO
from bot.channels.wechat.crypto import is_signed, signature
from bot.channels.wechat.simulator.account import Account
from bot.channels.wechat.simulator.server import create_app

_NAMES = itertools.count()
TRY_S = 1.0  # instead of WeChat's five seconds


@asynccontextmanager
async def served(app: Sanic[Any, Any], listening: socket.socket) -> AsyncIterator[str]:
    """Serve an app on a bound socket; yields its address."""
    app.config.TOUCHUP = False  # it rewrites Sanic's own source, once in a process
    server: Any = await app.create_server(
        sock=listening,
        access_log=False,
        return_asyncio_server=True,
        asyncio_server_kwargs={"start_serving": False},
    )
    await server.startup()
    await server.before_start()
    await server.start_serving()
    try:
        yield address(listening)
    finally:
        await server.before_stop()
        await server.close()
        await server.after_stop()


def bound() -> socket.socket:
    """Return a socket on a free loopback port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


def address(listening: socket.socket) -> str:
    """Return the address of a bound socket."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


Answer = Callable[[Mapping[str, str]], Awaitable[str | None]]


async def echo(message: Mapping[str, str]) -> str | None:
    """Answer with what was said; an event is only acknowledged."""
    return f"收到：{message['Content']}" if "Content" in message else None


@dataclass
class HandService:
    """Takes the account's callbacks, checks them as a careful service would, and answers by a function."""

    answer: Answer = echo
    is_down: bool = False
    raw: bytes | None = None  # what is answered instead, whatever it is
    got: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Sanic[Any, Any]:
        app: Sanic[Any, Any] = Sanic(f"hand-service-{next(_NAMES)}", configure_logging=False)
        app.config.AUTO_EXTEND = False
        app.add_route(self._greet, "/wechat/demo", methods=["GET"], name="greet")
        app.add_route(self._take, "/wechat/demo", methods=["POST"], name="take")
        return app

    async def _greet(self, request: Request) -> HTTPResponse:
        query = {name: values[0] for name, values in request.args.items()}
        if not is_signed(query["signature"], DEMO.token, query["timestamp"], query["nonce"]):
            return HTTPResponse(status=403)
        return HTTPResponse(query["echostr"])

    async def _take(self, request: Request) -> HTTPResponse:
        query = {name: values[0] for name, values in request.args.items()}
        body = xml.read(request.body)
        parts = query["timestamp"], query["nonce"]
        assert is_signed(query["signature"], DEMO.token, *parts)
        if (encrypted := body.get("Encrypt")) is not None:
            assert is_signed(query["msg_signature"], DEMO.token, *parts, encrypted)
        message = body if encrypted is None else xml.read(DEMO.cipher.decrypt(encrypted))
        self.queries.append(query)
        self.bodies.append(body)
        self.got.append(message)
        if self.is_down:
            return HTTPResponse(status=503)
        if self.raw is not None:
            return HTTPResponse(self.raw)
        said = await self.answer(message)
        return HTTPResponse(b"success" if said is None else reply_to(message, said, encrypted is not None))


def reply_to(message: Mapping[str, str], text: str, is_encrypted: bool = True) -> bytes:
    """Write a passive reply."""
    plain = xml.write(
        {
            "ToUserName": message["FromUserName"],
            "FromUserName": message["ToUserName"],
            "CreateTime": 1_700_000_000,
            "MsgType": "text",
            "Content": text,
        }
    )
    if not is_encrypted:
        return plain.encode()
    sealed = DEMO.cipher.encrypt(plain)
    signed = signature(DEMO.token, "1700000000", "77", sealed)
    around: dict[str, xml.Value] = {
        "Encrypt": sealed,
        "MsgSignature": signed,
        "TimeStamp": 1_700_000_000,
        "Nonce": "77",
    }
    return xml.write(around).encode()


@dataclass
class Simulator:
    """The running simulator, as a tester handles it."""

    base: str
    http: httpx.AsyncClient
    service: HandService
    account: dict[str, Any]  # as it was set at the start

    async def post(self, path: str, status: int = 202, **body: Any) -> dict[str, Any]:
        """POST to the tester's interface."""
        answer = await self.http.post(f"/simulator/{path}", json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str) -> Any:
        """GET from the tester's interface."""
        answer = await self.http.get(f"/simulator/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def user(self, openid: str = "anna") -> str:
        """Let a user follow, and wait until the service has heard of it."""
        await self.post("users", 201, openid=openid)
        await self.quiet()
        return openid

    async def fault(self, **fault: Any) -> None:
        """Let something go wrong."""
        await self.post("faults", 201, **fault)

    async def quiet(self, timeout_s: float = 20.0) -> None:
        """Wait until no callback is on its way."""
        async with asyncio.timeout(timeout_s):
            while (await self.get("accounting?openid=-"))["pending"]:
                await asyncio.sleep(0.02)

    async def says(self, openid: str, text: str) -> None:
        """Write as a user, and wait until the callback is done with."""
        await self.post(f"users/{openid}/text", content=text)
        await self.quiet()

    async def shows(self, openid: str) -> list[str]:
        """Return what a phone shows, one text a line, the account's marked by its way."""
        lines = await self.get(f"users/{openid}/messages")
        return [f"{line.get('via') or line['from']}: {line.get('text', '')}" for line in lines]

    async def outcomes(self, openid: str) -> list[str]:
        """Return how the tries of a user's callbacks ended."""
        books = await self.get(f"accounting?openid={openid}")
        return [row["outcome"] for row in books["callbacks"] if not row["msg_id"].startswith("subscribe")]

    async def token(self) -> str:
        """Ask for an access token."""
        body = {"grant_type": "client_credential", "appid": DEMO.app_id, "secret": DEMO.app_secret}
        answer = await self.http.post("/cgi-bin/stable_token", json=body)
        return str(answer.json()["access_token"])

    async def call(self, api: str, token: str, body: Any) -> dict[str, Any]:
        """Call WeChat's API as the account."""
        answer = await self.http.post(f"/cgi-bin/{api}", params={"access_token": token}, json=body)
        found: dict[str, Any] = answer.json()
        return found

    async def push(self, openid: str, text: str, token: str | None = None) -> int:
        """Send a text by the customer-service API; return the error code."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        found = await self.call("message/custom/send", token or await self.token(), body)
        return int(found["errcode"])


@asynccontextmanager
async def running() -> AsyncIterator[Simulator]:
    """Start a simulator and the service it calls."""
    service, listening, own = HandService(), bound(), bound()
    account = Account(callback_url=address(listening) + "/wechat/demo")
    app = create_app(None, address(own), account, TRY_S)
    async with (
        served(service.app(), listening),
        served(app, own) as base,
        httpx.AsyncClient(base_url=base, timeout=30, trust_env=False) as http,
    ):
        start = {
            "callback_url": account.callback_url,
            "mode": "safe",
            "whitelist": [],
            "may_send": True,
            "menu_ids": True,
        }
        yield Simulator(base, http, service, start)
