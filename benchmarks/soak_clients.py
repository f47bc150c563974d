"""Scripted customers and agents over the product's own sockets, and what each has sent and seen."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from contextlib import suppress
from typing import Any

import httpx
import socketio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

_ACK_S = 5.0
_AGAIN_S = 0.3


class Book:
    """What everybody did: texts are unique, so one text is one message."""

    def __init__(self) -> None:
        self.customer_sent: dict[str, float] = {}  # text -> when its first try left
        self.agent_saw: dict[str, float] = {}  # text -> when the desk showed it
        self.agent_sent: dict[str, float] = {}
        self.customer_saw: dict[str, float] = {}
        self.errors: list[str] = []


class Customer:
    """A widget: signs in by its session, asks for a person, then talks; what is not acknowledged is sent again."""

    def __init__(self, base: str, number: int, book: Book) -> None:
        self.base, self.number, self.book = base, number, book
        self.client = socketio.AsyncClient(reconnection_delay=0.3, reconnection_delay_max=1.5)
        self.session: str | None = None
        self.lines: dict[int, dict[str, Any]] = {}
        self.sent: list[str] = []
        self.joined, self.served = asyncio.Event(), asyncio.Event()
        self.client.on("connect", self._join)
        self.client.on("disconnect", self._left)
        self.client.on("session_confirm", self._confirmed)
        self.client.on("bot_uttered", self._take)

    async def start(self) -> None:
        await self.client.connect(self.base, transports=["websocket"], wait_timeout=20)

    async def _join(self) -> None:
        await self.client.emit("session_request", {"session_id": self.session, "client": "tongda"})

    async def _left(self, *_: object) -> None:
        self.joined.clear()

    async def _confirmed(self, session: str) -> None:
        self.session = session
        with suppress(Exception):
            await self.read_on()
            self.joined.set()

    async def read_on(self) -> None:
        """Fetch what came while away."""
        while True:
            seen = max(self.lines, default=0)
            answer = await self.client.call(
                "history", {"session_id": self.session, "after_seq": self._unbroken()}, timeout=_ACK_S
            )
            for line in answer["messages"]:
                self._take(line)
            if max(self.lines, default=0) == seen:
                return

    def _unbroken(self) -> int:
        last = 0
        while last + 1 in self.lines:
            last += 1
        return last

    def _take(self, line: dict[str, Any]) -> None:
        self.lines.setdefault(line["seq"], line)
        if line["sender"] == "agent":
            self.book.customer_saw.setdefault(line["text"], time.time())
            self.served.set()
        if "我是客服" in line["text"]:
            self.served.set()

    async def say(self, text: str) -> None:
        """Send one message until it is acknowledged."""
        message_id = uuid.uuid4().hex
        self.sent.append(text)
        while True:
            await self.joined.wait()
            self.book.customer_sent.setdefault(text, time.time())
            try:
                said = await self.client.call(
                    "user_uttered",
                    {"session_id": self.session, "message": text, "message_id": message_id},
                    timeout=_ACK_S,
                )
                if "error" not in said:
                    self.lines.setdefault(said["seq"], {**said, "sender": "customer", "text": said["text"]})
                    return
                self.book.errors.append(str(said["error"]))
            except Exception as error:  # the connection went: the next one sends it again
                self.book.errors.append(type(error).__name__)
            await asyncio.sleep(_AGAIN_S)

    async def talk(self, until: float, every_s: float) -> None:
        """Ask for a person, wait for them, and say something now and then."""
        await self.say("转人工")
        await self.served.wait()
        count = 0
        while time.time() < until:
            await asyncio.sleep(random.uniform(0.5, 1.5) * every_s)
            count += 1
            await self.say(f"客户{self.number}第{count}句")


class Agent:
    """A desk: online, follows what it is given, answers what it reads."""

    def __init__(self, base: str, login: str, password: str, book: Book) -> None:
        self.base, self.login, self.password, self.book = base, login, password, book
        self.http = httpx.AsyncClient(base_url=base, timeout=10.0, trust_env=False)
        self.csrf = ""
        self.socket: ClientConnection
        self.rows: dict[str, str] = {}  # of the board: handoff -> conversation
        self.following: set[str] = set()
        self.read: dict[str, list[tuple[int, str]]] = {}
        self.answered: set[str] = set()
        self.is_over = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def sign_in(self) -> None:
        found = await self.http.post(
            "/api/staff/sign-in", json={"login": self.login, "password": self.password}
        )
        found.raise_for_status()
        self.csrf = found.json()["csrf"]
        await self.call("/api/desk/presence", {"presence": "online"})

    async def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST until the service has answered; what it refuses is an error of the run."""
        while True:
            try:
                found = await self.http.post(path, json=body, headers={"X-CSRF-Token": self.csrf})
            except httpx.HTTPError:
                await asyncio.sleep(_AGAIN_S)
                continue
            if found.status_code >= 500:
                await asyncio.sleep(_AGAIN_S)
                continue
            if found.status_code >= 400:
                self.book.errors.append(f"{path}: {found.text}")
            return dict(found.json())

    async def work(self) -> None:
        """Stay at the desk, whatever happens to the connection."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        url = self.base.replace("http", "ws", 1) + "/api/desk/live"
        while not self.is_over:
            try:
                async with connect(url, additional_headers={"Cookie": cookie}, proxy=None) as socket:
                    self.socket, self.rows = socket, {}
                    await self.look()
                    async for data in socket:
                        await self._hear(json.loads(data))
            except (OSError, WebSocketException, httpx.HTTPError, TimeoutError):
                await asyncio.sleep(_AGAIN_S)

    async def _hear(self, said: dict[str, Any]) -> None:
        if said["type"] == "messages":
            self._read(said["conversation"], said["messages"])
        elif said["type"] == "board":
            self.rows |= {handoff["id"]: handoff["conversation"] for handoff in said["rows"]}
            for handoff in said["mine"]:
                if (conversation := self.rows[handoff]) not in self.following:
                    await self.open(conversation)
        elif said["type"] == "unread":
            await self.open(said["conversation"])

    async def look(self) -> None:
        """Read everything that is in hand, at the start and after a gap."""
        found = (await self.http.get("/api/desk/overview")).json()
        for handoff in found["mine"]:
            await self.open(handoff["conversation"])

    async def open(self, conversation: str) -> None:
        """Read a conversation, and let the service send what comes next."""
        found = (await self.http.get(f"/api/desk/conversations/{conversation}")).json()
        self.following.add(conversation)
        self._read(conversation, found["messages"])
        seq = found["messages"][-1]["seq"] if found["messages"] else 0
        await self.socket.send(json.dumps({"type": "follow", "conversation": conversation, "seq": seq}))

    def _read(self, conversation: str, lines: list[dict[str, Any]]) -> None:
        known = self.read.setdefault(conversation, [])
        for line in lines:
            if line["sender"] != "customer" or (line["seq"], line["text"]) in known:
                continue
            known.append((line["seq"], line["text"]))
            self.book.agent_saw.setdefault(line["text"], time.time())
            if line["text"].startswith("客户") or not self.answered_in(conversation):
                self._answer(conversation, line["text"])

    def answered_in(self, conversation: str) -> bool:
        return any(text.startswith(conversation) for text in self.answered)

    def _answer(self, conversation: str, text: str) -> None:
        key = conversation + text
        if key in self.answered:
            return
        self.answered.add(key)
        task = asyncio.create_task(self._say(conversation, f"回{text}#{conversation[:6]}"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _say(self, conversation: str, text: str) -> None:
        await asyncio.sleep(random.uniform(0.3, 1.5))
        self.book.agent_sent.setdefault(text, time.time())
        await self.call(
            f"/api/desk/conversations/{conversation}/messages", {"text": text, "client_id": uuid.uuid4().hex}
        )

    async def finish(self) -> None:
        """Answer what is open and go."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        self.is_over = True
