"""The widget as a customer handles it, over Playwright."""

from __future__ import annotations

import re
from typing import Any

ANSWER_MS = 30_000
_SAID = ":scope > :not(.customer, .typing)"


class Widget:
    """The open dialogue on a page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.root = page.locator("tongda-widget")

    def open(self, base: str) -> Widget:
        """Visit the demo page and open the dialogue."""
        self.page.goto(base + "/")
        self.root.get_by_role("button", name="在线客服").click()
        self.panel.wait_for()
        return self

    @property
    def panel(self) -> Any:
        return self.root.get_by_role("dialog")

    @property
    def log(self) -> Any:
        return self.root.get_by_role("log")

    def say(self, text: str) -> None:
        """Type a message and send it with Enter."""
        box = self.root.get_by_label("输入消息")
        box.fill(text)
        box.press("Enter")

    def press(self, title: str) -> None:
        """Press the newest enabled button with this title."""
        self.log.locator("button:enabled", has_text=title).last.click(timeout=ANSWER_MS)

    def sees(self, text: str) -> None:
        """Wait until somebody else has said a text, or a card says it."""
        self.log.locator(_SAID).filter(has_text=text).last.wait_for(timeout=ANSWER_MS)

    def texts(self, sender: str) -> list[str]:
        """Return the bubbles of one side, in order, without the words for screen readers."""
        script = "nodes => nodes.map(n => [...n.childNodes].slice(1).map(c => c.textContent).join(''))"
        found: list[str] = self.log.locator(f".bubble.{sender}:not(.typing)").evaluate_all(script)
        return found

    def look(self, theme: str, size: str) -> None:
        """Bring the widget to a theme, light or dark, and a size of text, normal or large, by its own buttons."""
        state = "(node, [name, value]) => node.dataset[name] === value"
        for name, value, button in (("theme", theme, re.compile("切换到")), ("size", size, "大字模式")):
            if not self.root.evaluate(state, [name, value]):
                self.root.get_by_role("button", name=button).click()

    def too_wide(self) -> list[str]:
        """Return the words of cards, bubbles and buttons in the thread that stick out of it or of themselves."""
        script = """nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1
          || node.getBoundingClientRect().right > node.closest('.log').getBoundingClientRect().right)
          .map(node => node.textContent)"""
        found: list[str] = self.log.locator(".card, .bubble, .choices, .choices button").evaluate_all(script)
        return found
