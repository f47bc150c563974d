"""The agent desk as an agent handles it, over Playwright; and agents of one's own."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Coroutine
from typing import Any

from sqlalchemy import update

from console.accounts import SANDBOX_PASSWORD, Accounts
from console.audit import Audit
from conversations.desk_model import HandoffState, Presence, Role, Skill
from conversations.desk_tables import handoffs, presences
from conversations.model import State
from conversations.staff import Roster
from conversations.tables import conversations
from core.clock import SystemClock
from core.database import Database
from tests.browser.widget import ANSWER_MS
from tests.system.stack import Stack


class DeskPage:
    """An agent's open desk."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.log = page.locator(".log")
        self.input = page.locator(".composer textarea")

    def sign_in(
        self, base: str, login: str, password: str = SANDBOX_PASSWORD, online: bool = True
    ) -> DeskPage:
        """Sign in and come online."""
        self.page.goto(f"{base}/agent")
        self.page.get_by_label("账号").fill(login)
        self.page.get_by_role("textbox", name="密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录").click()
        self.page.get_by_role("heading", name="通达 · 坐席工作台").wait_for(timeout=ANSWER_MS)
        if online:
            self.set_presence("online")
        return self

    def set_presence(self, presence: str) -> None:
        """Choose 在线 or 离线."""
        self.page.get_by_label("状态").select_option(presence)
        self.page.locator(f".top .dot.{presence}").wait_for(timeout=ANSWER_MS)

    def tab(self, title: str) -> None:
        """Show the queue or one's own conversations."""
        self.page.get_by_role("tab", name=title).click()

    def has(self, count: int) -> None:
        """Wait until so many conversations are in hand."""
        tab = self.page.get_by_role("tab", name=re.compile(rf"^接待中 {count}\b"))
        tab.wait_for(timeout=ANSWER_MS)

    def open_first(self) -> None:
        """Open the first conversation of the list."""
        self.page.locator(".item").first.click(timeout=ANSWER_MS)
        self.page.locator(".thread-head h2").filter(has_text="·").wait_for(timeout=ANSWER_MS)

    def open_with(self, text: str) -> None:
        """Open the conversation whose last words are these, whoever else waits."""
        self.page.locator(".item", has_text=text).first.click(timeout=ANSWER_MS)
        self.page.locator(".thread-head h2").filter(has_text="·").wait_for(timeout=ANSWER_MS)

    def say(self, text: str) -> None:
        """Write to the customer, once that is possible: what is written before is a note."""
        self.page.locator(".composer:not(.as-note)").wait_for(timeout=ANSWER_MS)
        self.input.fill(text)
        self.input.press("Enter")

    def sees(self, text: str) -> None:
        """Wait until the transcript shows a text."""
        self.log.get_by_text(text).last.wait_for(timeout=ANSWER_MS)

    def confirm(self, title: str) -> None:
        """Press a dialog's button."""
        self.page.locator("dialog").get_by_role("button", name=title).click()


def hire(stack: Stack, login: str, name: str, skills: tuple[Skill, ...], capacity: int = 5) -> None:
    """Add an agent to the running product, with the sandbox's password."""

    async def add() -> None:
        db, clock = Database(stack.settings.database), SystemClock()
        roster = Roster(db, clock)
        accounts = Accounts(db, clock, stack.settings, roster, Audit(db, clock))
        member = await roster.add(login, name, [Role.AGENT], skills, capacity)
        await accounts.give_password(member.id, SANDBOX_PASSWORD)
        await db.close()

    _in_thread(add())


def clear_the_floor(stack: Stack) -> None:
    """End every handoff and send everybody home: what one test leaves open must not reach the next one's agents."""

    async def clear() -> None:
        db, now = Database(stack.settings.database), SystemClock().now()
        is_open = handoffs.c.state.in_([HandoffState.WAITING.value, HandoffState.ACCEPTED.value])
        with_people = conversations.c.state.in_([State.WAITING.value, State.HUMAN.value])
        closed = {"state": State.CLOSED.value, "closed": now, "epoch": conversations.c.epoch + 1}
        async with db.write() as connection:
            await connection.execute(update(presences).values(presence=Presence.OFFLINE.value))
            ended = {"state": HandoffState.CANCELLED.value, "ended": now}
            await connection.execute(update(handoffs).where(is_open).values(**ended))
            await connection.execute(update(conversations).where(with_people).values(**closed))
        await db.close()

    _in_thread(clear())


def _in_thread(doing: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine beside Playwright, whose loop runs in this thread."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(doing)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
