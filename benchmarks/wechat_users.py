"""The users and agents of the WeChat run: what they say and when, and what their phones have shown in the end."""

from __future__ import annotations

import asyncio
import random
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import httpx

from benchmarks.slow_rasa import parts_of
from benchmarks.soak_clients import Agent, Book

MARK = re.compile(r"(?:答复|补充|完毕)[\w-]+|回客户[\w-]+")
HANDOFF, GREETED, RATED, THANKED = "转人工", "我是客服", "打个分", "谢谢您的评价"
RATING = "5"  # stars; stored as a rating, not as a message
_FIRST = 4  # number of a customer's first line for a person
_MANY = 5  # messages of an agent to one of the customer's, more than may go out at once


class Phone:
    """One user: writes over the simulator, and reads nothing but the phone."""

    def __init__(self, http: httpx.AsyncClient, number: int, messages: int, wants_person: bool) -> None:
        self.http, self.openid, self.wants_person = http, f"user{number:03d}", wants_person
        self.texts = [f"问题{number:03d}-{count}" for count in range(1, messages + 1)]
        if wants_person:
            self.texts[2:] = [
                HANDOFF,
                *(f"客户{number:03d}-{count}" for count in range(_FIRST, messages + 1)),
            ]
        self.sent: list[tuple[str, str]] = []  # (message id, text)
        self.nudges = 0
        self.was_asked_in_time = False

    async def follow(self) -> None:
        await self._post("/simulator/users", openid=self.openid)

    async def talk(self, seconds: float) -> None:
        """Say everything within so many seconds: some in a burst, some after a while."""
        chance = random.Random(self.openid)
        moments = sorted(chance.uniform(0, seconds) for _ in self.texts)
        if chance.random() < 0.4:  # a burst: the second message follows the first at once
            moments[1] = moments[0] + 0.4
        began = time.monotonic()
        for moment, text in zip(moments, self.texts, strict=True):
            await asyncio.sleep(max(0.2, began + moment - time.monotonic()))
            if text.startswith("客户"):
                await self.sees(GREETED, 120)
            await self.say(text)
        if self.wants_person:
            self.was_asked_in_time = await self.sees(RATED, 60)
            await self.say(RATING)
            await self.sees(THANKED, 60)

    async def say(self, text: str) -> None:
        done = await self._post(f"/simulator/users/{self.openid}/text", content=text)
        self.sent.append((done["msg_id"], text))

    async def nudge(self) -> None:
        """Write once more, as a user whose answer has not come does: it lets what waits go out."""
        self.nudges += 1
        await self.say("还在吗")

    async def lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._get(f"/simulator/users/{self.openid}/messages")).json()
        return found

    async def said_to_me(self) -> str:
        return "\n".join(line["text"] for line in await self._said())

    async def _said(self) -> list[dict[str, Any]]:
        return [line for line in await self.lines() if line["from"] != "user" and line.get("text")]

    async def sees(self, text: str, timeout_s: float) -> bool:
        """Wait until the phone shows a text; False when it does not."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if text in await self.said_to_me():
                return True
            await asyncio.sleep(0.5)
        return False

    def expected(self, for_a_person: Collection[str] = ()) -> list[str]:
        """Return the marks that the phone must show, each once; questions for a person are not the bot's to answer."""
        questions = [text for _, text in self.sent if text.startswith("问题") and text not in for_a_person]
        marks = [mark for text in questions for mark in parts_of(text)]
        for _, text in self.sent:
            if text.startswith("客户"):
                marks += replies_to(text)
        return marks

    async def shown(self) -> list[str]:
        """Return the marks that the phone shows, in order, but for what had to be sent again."""
        return MARK.findall("\n".join(line["text"] for line in await self._said() if not line.get("is_cut")))

    async def repeats(self) -> list[str]:
        """Return the marks in lines of which the service could not know that they were shown: it sends them again."""
        return MARK.findall("\n".join(line["text"] for line in await self._said() if line.get("is_cut")))

    async def _post(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def _get(self, path: str) -> httpx.Response:
        return (await self.http.get(path)).raise_for_status()


def replies_to(text: str) -> list[str]:
    """Return what an agent says to a customer's line: one message, to the first of its customer a whole handful."""
    count = _MANY if text.endswith(f"-{_FIRST}") else 1
    return [f"回{text}-{number}" for number in range(1, count + 1)]


class Clerk(Agent):
    """An agent who answers each line of a customer and ends the conversation when all are answered, in whatever order."""

    def __init__(self, base: str, login: str, password: str, book: Book, last: int) -> None:
        super().__init__(base, login, password, book)
        self._lines = last - _FIRST + 1  # that a customer writes to a person
        self._served: defaultdict[str, int] = defaultdict(int)  # in a conversation
        self._one_by_one: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # in a conversation

    def _read(self, conversation: str, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            text = str(line["text"])
            if line["sender"] == "customer" and text.startswith("客户") and text not in self.answered:
                self.answered.add(text)
                task = asyncio.create_task(self._serve(conversation, text))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, conversation: str, text: str) -> None:
        path = f"/api/desk/conversations/{conversation}"
        async with self._one_by_one[conversation]:
            for reply in replies_to(text):
                await asyncio.sleep(random.uniform(0.2, 0.8))
                await self.call(f"{path}/messages", {"text": reply, "client_id": uuid.uuid4().hex})
            self._served[conversation] += 1
            if self._served[conversation] == self._lines:
                await asyncio.sleep(1.0)
                await self.call(f"{path}/resolve", {"disposition": "solved"})
