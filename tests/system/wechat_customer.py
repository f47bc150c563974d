"""A customer on WeChat: writes to the simulator and reads what the phone shows."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import httpx

from tests.system.stack import Stack

_PATIENCE_S = 60.0


class WechatCustomer:
    """A new follower; `said` waits until the account has said something since their last message."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.openid = stack, f"o{uuid.uuid4().hex[:20]}"
        self._http = httpx.Client(base_url=f"{stack.wechat}/simulator/", timeout=60.0, trust_env=False)
        self._http.post("users", json={"openid": self.openid}).raise_for_status()
        self._read = 0
        self.said("欢迎关注")

    def say(self, text: str) -> None:
        """Write a message."""
        self._act("text", content=text)

    def click(self, key: str) -> None:
        """Touch an entry of the custom menu."""
        self._act("click", key=key)

    def _act(self, kind: str, **body: Any) -> None:
        self._read = len(self._lines())
        self._http.post(f"users/{self.openid}/{kind}", json=body).raise_for_status()

    def said(self, words: str) -> str:
        """Wait for these words; return everything the account has said since the customer's last message."""
        deadline, text = time.monotonic() + _PATIENCE_S, ""
        while time.monotonic() < deadline:
            lines = self._lines()[self._read :]
            text = "\n".join(str(line.get("text", "")) for line in lines if line["from"] != "user")
            if words in text:
                return text
            time.sleep(0.1)
        raise AssertionError(f"{words} was not said, but: {text}")

    def choose(self, title: str, words: str) -> None:
        """Answer the list that holds these words with the number in front of a title."""
        found = re.search(rf"(\d+)\. [^\n]*{title}", self.said(words))
        assert found is not None, self.said(words)
        self.say(found[1])

    def prove(self, number: str) -> None:
        """Answer the questions for number and code."""
        self.said("手机号")
        self.say(number)
        self.said("验证码")
        self.say(self.stack.last_code(number))

    def _lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._http.get(f"users/{self.openid}/messages").json()
        return found
