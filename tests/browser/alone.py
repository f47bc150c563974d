"""The widget without the product: its files, straight from the tree, and a service that says what a test wants."""

from __future__ import annotations

import itertools
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from app.paths import ROOT
from tests.browser.inside import inside

BASE = "http://widget.test"
WEB = ROOT / "bot" / "channels" / "web"
_NUMBERED = re.compile(r"42(\d*)(.*)", re.DOTALL)
_EMPTY = """<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width"><title>空白页</title>
<main><h1>空白页</h1></main></html>"""


def serve_files(page: Any) -> None:
    """Answer for `BASE` with an empty page and the widget's modules."""

    def answer(route: Any) -> None:
        if "/socket.io/" in route.request.url:  # long polling, which nobody here speaks
            route.abort()
            return
        path = WEB / route.request.url.removeprefix(f"{BASE}/").removeprefix("widget/")
        is_file = path.suffix == ".js"
        body = path.read_text(encoding="utf-8") if is_file else _EMPTY
        route.fulfill(body=body, content_type="text/javascript" if is_file else "text/html; charset=utf-8")

    page.route(f"{BASE}/**", answer)


@dataclass
class FakeService:
    """The Socket.IO side of one page: a history, what is pushed, and every event the widget sends."""

    page: Any
    history: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusal: str = ""  # what feedback is answered with, if not thanks
    unheard: int = 0  # messages of the customer that get lost on the way
    is_gone: bool = False  # whoever connects is not answered

    def __post_init__(self) -> None:
        self._socket: Any = None
        self._seqs = itertools.count(1)
        serve_files(self.page)
        self.page.route_web_socket(re.compile(r"ws://widget\.test/.*"), self._connected)

    def says(self, sender: str, text: str, **more: Any) -> dict[str, Any]:
        """Add a message to the history; push it when the widget is there."""
        seq = next(self._seqs)
        message = {"seq": seq, "message_id": f"m{seq}", "sender": sender, "text": text, "buttons": [], "card": None,
                   "author_name": None, "epoch": 0, "feedback": False, "client_id": None} | more  # fmt: skip
        self.history.append(message)
        if self._socket is not None and sender != "customer":
            self._socket.send("42" + json.dumps(["bot_uttered", message]))
        return message

    def heard(self, event: str) -> list[dict[str, Any]]:
        """Return what the widget sent under a name, without its session."""
        return [
            {k: v for k, v in data.items() if k != "session_id"}
            for name, data in self.events
            if name == event
        ]

    def hears(self, event: str, count: int, within_s: float = 20.0) -> list[dict[str, Any]]:
        """Wait until the widget has sent so many under a name; return all of them."""
        give_up = time.monotonic() + within_s
        while len(self.heard(event)) < count and time.monotonic() < give_up:
            self.page.wait_for_timeout(20)  # Playwright tells of messages while it waits
        return self.heard(event)

    def open(self, theme: str = "light", size: str = "normal") -> None:
        """Show the widget, open, on an otherwise empty page."""
        self.page.add_init_script(
            f"localStorage['tongda.theme']='{theme}';localStorage['tongda.size']='{size}'"
        )
        self.page.goto(BASE + "/")
        inside(
            self.page,
            f"""async () => {{
              await import("{BASE}/widget/main.js");
              const widget = document.createElement("tongda-widget");
              for (const [name, value] of [["base", "{BASE}"], ["open", ""], ["title-text", "云通移动客服"]])
                widget.setAttribute(name, value);
              document.body.append(widget);
            }}""",
        )
        self.page.wait_for_function("document.querySelector('tongda-widget').session.isJoined")

    def goes(self) -> None:
        """Lose the network."""
        self.is_gone = True
        self.page.evaluate("dispatchEvent(new Event('offline'))")

    def comes_back(self) -> None:
        """Have the network again; a connection that hangs is given up first."""
        self.is_gone = False
        self.page.evaluate("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'))")

    def _connected(self, socket: Any) -> None:
        socket.on_message(lambda packet: self._received(socket, packet))
        socket.send("0" + json.dumps({"sid": "x", "pingInterval": 60_000, "pingTimeout": 60_000}))

    def _received(self, socket: Any, packet: str) -> None:
        if self.is_gone:
            return
        if packet.startswith("40"):
            socket.send("40{}")
        elif (numbered := _NUMBERED.fullmatch(packet)) is not None:
            event, data = json.loads(numbered[2])
            self.events.append((event, data))
            if event == "user_uttered" and self.unheard:
                self.unheard -= 1
                return
            if event == "session_request":
                self._socket = socket
                socket.send('42["session_confirm","session"]')
            socket.send(f"43{numbered[1]}" + json.dumps([self._answer(event, data)]))

    def _answer(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        if event == "history":
            return {"messages": [m for m in self.history if m["seq"] > data["after_seq"]], "is_typing": False}
        if event == "user_uttered":
            shown = data["message"].removeprefix("/")
            return self.says("customer", shown, client_id=data["message_id"])
        if event == "answer_feedback" and self.refusal:
            return {"error": {"code": "feedback_unknown", "message": self.refusal}}
        return {"ok": True}
