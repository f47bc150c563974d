"""The simulator's page as a customer handles it, over Playwright."""

from __future__ import annotations

import re
import secrets
from typing import Any

from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack


class WechatPhone:
    """A new follower's phone."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.users = page.locator(".users")
        self.openid = ""

    def follow(self, stack: Stack) -> WechatPhone:
        """Open the page and let somebody new follow the account."""
        self.openid = f"o{secrets.token_hex(8)}"
        self.page.goto(stack.wechat)
        self.page.get_by_label("新用户的 openid").evaluate(
            "(field, openid) => { field.value = openid; }", self.openid
        )
        self.page.get_by_role("button", name="添加并关注").click()
        # Whose chat is shown must be known first: everybody is welcomed. The list has no room on a phone.
        self.users.locator("[aria-current]", has_text=self.openid).wait_for(
            state="attached", timeout=ANSWER_MS
        )
        self.sees("欢迎关注")
        return self

    def say(self, text: str) -> None:
        """Write a message, from the menu or from the keyboard."""
        box = self.page.get_by_label("输入消息")
        keyboard = self.page.get_by_role("button", name="切换到键盘")
        box.or_(keyboard).filter(visible=True).first.wait_for(timeout=ANSWER_MS)
        if keyboard.is_visible():
            keyboard.click()
        box.fill(text)
        box.press("Enter")

    def sees(self, text: str) -> None:
        """Wait until the account has said something."""
        self.said(text).wait_for(timeout=ANSWER_MS)

    def said(self, text: str) -> Any:
        """The newest bubble of the account with a text."""
        return self.log.locator(".line.account", has_text=text).last

    def choose(self, title: str) -> None:
        """Answer the newest numbered list with the number in front of a title."""
        bubble = self.said(title)
        bubble.wait_for(timeout=ANSWER_MS)
        number = re.search(rf"(\d+)\. [^\n]*{title}", bubble.inner_text())
        assert number is not None, bubble.inner_text()
        self.say(number[1])

    def prove(self, stack: Stack, number: str) -> None:
        """Answer the questions for number and code."""
        self.sees("手机号")
        self.say(number)
        self.sees("验证码")
        self.say(stack.last_code(number))
