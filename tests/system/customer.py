"""A customer who talks to the running product over REST."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from tests.system.stack import Stack


class Customer:
    """One conversation; `say` returns everything the assistant answered, as one text."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = f"customer-{uuid.uuid4().hex[:12]}"
        self.last: list[dict[str, Any]] = []

    def say(self, message: str) -> str:
        self.last = self.stack.send(self.name, message)
        return "\n".join(str(item.get("text", "")) for item in self.last)

    def press(self, title: str) -> str:
        """Press the button whose title holds these words."""
        return self.say(self.payload(title))

    def payload(self, title: str) -> str:
        """Return what a button sends."""
        buttons = [button for item in self.last for button in item.get("buttons", ())]
        return next(str(button["payload"]) for button in buttons if title in button["title"])

    def prove(self, number: str) -> str:
        """Answer the question for number and code; return what follows."""
        self.say(number)
        return self.say(self.stack.last_code(number))

    def payment_id(self) -> str:
        """Return the payment behind the link in the last answer."""
        found = re.search(r"/payments/([\w-]+)", json.dumps(self.last, ensure_ascii=False))
        assert found is not None, self.last
        return found[1]
