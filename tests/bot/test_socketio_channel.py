"""The web channel: Rasa's events for any client, ours for our widget, nobody's session for a forger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from bot.channels.sessions import Sessions
from conversations import rows
from conversations.live import LiveEvent
from conversations.locking import lock_contact_of
from conversations.model import Button, Content, Event, Sender
from core.settings import SANDBOX_SECRET
from tests.bot.conftest import Serve, Served


class Browser:
    """A Socket.IO client that keeps what it hears."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: list[dict[str, Any]] = []
        self.typings: list[bool] = []
        self.session_id = ""
        self._changed = asyncio.Event()
        self.client.on("bot_uttered", self._hear)
        self.client.on("typing", lambda state: self.typings.append(state["is_typing"]))
        self.client.on("session_confirm", self._confirm)

    def _hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        self._changed.set()

    def _confirm(self, session_id: str) -> None:
        self.session_id = session_id
        self._changed.set()

    async def join(self, session_id: str | None = None, **more: Any) -> str:
        """Ask for a session; return the one that is confirmed."""
        self.session_id = ""
        await self.client.emit("session_request", {"session_id": session_id, **more})
        await self.until(lambda: bool(self.session_id))
        return self.session_id

    async def say(self, text: Any, **more: Any) -> dict[str, Any]:
        """Say something; return what is acknowledged."""
        data = {"message": text, "session_id": self.session_id, **more}
        found: dict[str, Any] = await self.client.call("user_uttered", data)
        return found

    async def history(self, after_seq: int = 0) -> list[dict[str, Any]]:
        """Ask for what was said."""
        answer = await self.client.call("history", {"session_id": self.session_id, "after_seq": after_seq})
        found: list[dict[str, Any]] = answer["messages"]
        return found

    async def judge(self, message_id: Any, is_useful: Any) -> dict[str, Any]:
        """Say whether an answer helped; return what is acknowledged."""
        data = {"session_id": self.session_id, "message_id": message_id, "is_useful": is_useful}
        found: dict[str, Any] = await self.client.call("answer_feedback", data)
        return found

    async def types(self, is_typing: bool) -> dict[str, Any]:
        """Press keys; return what is acknowledged."""
        data = {"session_id": self.session_id, "is_typing": is_typing}
        found: dict[str, Any] = await self.client.call("user_typing", data)
        return found

    async def until(self, is_so: Any) -> None:
        """Wait for something to be heard."""
        async with asyncio.timeout(20):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    async def hears(self, count: int) -> list[str]:
        """Wait for `count` messages; return their texts."""
        await self.until(lambda: len(self.heard) >= count)
        return [message["text"] for message in self.heard]


@asynccontextmanager
async def browser(served: Served, **options: Any) -> AsyncIterator[Browser]:
    opened = Browser()
    await opened.client.connect(served.base, **{"transports": ["websocket"], "wait_timeout": 30, **options})
    try:
        yield opened
    finally:
        with suppress(TimeoutError):  # over polling it would wait for the poll under way, up to 30 s
            await asyncio.wait_for(opened.client.disconnect(), 0.5)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_any_rasa_client_gets_exactly_rasas_messages(served: Served, transport: str) -> None:
    served.engine.answer = lambda text: [
        Content("您好"),
        Content("请选择", (Button("查话费", "/balance_query"),), {"type": "receipt"}),
    ]
    async with browser(served, transports=[transport]) as anna:
        assert isinstance(await anna.join(), str)
        await anna.say("你好", customData={"language": "zh"})
        await anna.hears(2)
    replies = [{"content_type": "text", "title": "查话费", "payload": "/balance_query"}]
    assert anna.heard == [{"text": "您好"}, {"text": "请选择", "quick_replies": replies}]
    assert anna.typings == []


async def test_our_widget_gets_typing_the_place_and_the_card_too(served: Served) -> None:
    card = {"type": "receipt", "title": "充值"}
    served.engine.answer = lambda text: [Content("回执", card=card)]
    async with browser(served) as anna:
        await anna.join(client="tongda")
        said = await anna.say("给13800000001充50", message_id="m1")
        await anna.hears(1)
    assert (said["seq"], said["text"], said["client_id"]) == (1, "给138****0001充50", "m1")
    heard = anna.heard[0]
    assert (heard["seq"], heard["sender"], heard["card"], heard["text"]) == (2, "bot", card, "回执")
    assert anna.typings == [True, False]


async def test_session_is_kept_over_connections(served: Served) -> None:
    async with browser(served) as anna:
        session_id = await anna.join()
    async with browser(served) as again:
        assert await again.join(session_id) == session_id


@pytest.mark.parametrize(
    "forged",
    [
        "0" * 32,
        "a" * 32 + "." + "0" * 64,
        "../../etc/passwd",
        17,
        {"$ne": ""},
        "x" * 5000,
        Sessions("another secret").issue(),
        Sessions(SANDBOX_SECRET).issue()[:-1] + "é",
    ],
    ids=range(8),
)
async def test_forged_session_gets_a_fresh_one(served: Served, forged: Any) -> None:
    async with browser(served) as mallory:
        confirmed = await mallory.join(forged)
        assert confirmed != forged
        assert Sessions(SANDBOX_SECRET).name_of(confirmed) is not None


async def test_name_of_a_session_alone_does_not_open_its_history(served: Served) -> None:
    async with browser(served) as anna, browser(served) as mallory:
        session_id = await anna.join(client="tongda")
        await anna.say("我的账单")
        await anna.hears(1)
        name = session_id.partition(".")[0]
        await mallory.join(name + "." + "0" * 64, client="tongda")
        assert await mallory.history() == []
        mallory.session_id = name
        assert await mallory.history() == []
        await mallory.say("你好")
        await mallory.hears(1)
        assert len(anna.heard) == 1


async def test_client_that_skips_the_session_request_is_given_a_session(served: Served) -> None:
    async with browser(served) as anna:
        await anna.say("你好")
        await anna.say("在吗")
        assert await anna.hears(2) == ["收到：你好", "收到：在吗"]
        assert Sessions(SANDBOX_SECRET).name_of(anna.session_id) is not None


async def test_after_a_reload_the_history_is_there_in_order(served: Served) -> None:
    async with browser(served) as anna:
        session_id = await anna.join(client="tongda")
        await anna.say("一", message_id="m1")
        await anna.hears(1)
    async with browser(served) as reloaded:
        await reloaded.join(session_id, client="tongda")
        history = await reloaded.history()
    assert [(m["seq"], m["sender"], m["text"], m["client_id"]) for m in history] == [
        (1, "customer", "一", "m1"),
        (2, "bot", "收到：一", None),
    ]


async def test_after_a_lost_connection_nothing_is_lost_and_nothing_doubled(served: Served) -> None:
    async with browser(served) as anna:
        session_id = await anna.join(client="tongda")
        await anna.say("一")
        await anna.hears(1)
        served.engine.delay_s = 0.3
        await anna.say("二", message_id="m2")
    conversation = await served.gateway.directory.current("web", session_id.partition(".")[0])
    async with asyncio.timeout(30):
        while len(await served.gateway.transcript.history(conversation.id)) < 4:
            await asyncio.sleep(0.02)  # the answer comes while nobody listens
    await served.gateway.transcript.say(conversation.id, Content("充值成功"), Sender.BOT)
    async with browser(served) as again:
        await again.join(session_id, client="tongda")
        missed = await again.history(after_seq=2)
        repeated = await again.say("二", message_id="m2")  # it never heard the acknowledgement
        assert [m["text"] for m in missed] == ["二", "收到：二", "充值成功"]
        assert (repeated["seq"], repeated["is_duplicate"]) == (3, True)
        await asyncio.sleep(1.2)  # the delivery loop has nothing left
        assert again.heard == []
    assert len(served.engine.sent) == 2


async def test_rasa_client_that_was_away_gets_what_it_missed_when_it_is_back(served: Served) -> None:
    async with browser(served) as anna:
        session_id = await anna.join()
        await anna.say("一")
        await anna.hears(1)
    async with asyncio.timeout(20):
        while served.gateway.delivery._channels["web"].reachable():
            await asyncio.sleep(0.01)  # the service has not noticed yet that she left
    conversation = await served.gateway.directory.current("web", session_id.partition(".")[0])
    await served.gateway.transcript.say(conversation.id, Content("充值成功"), Sender.BOT)
    async with browser(served) as again:
        await again.join(session_id)
        assert await again.hears(1) == ["充值成功"]


async def test_two_windows_of_one_session_both_hear(served: Served) -> None:
    async with browser(served) as left, browser(served) as right:
        await right.join(await left.join())
        await left.say("你好")
        assert await left.hears(1) == await right.hears(1) == ["收到：你好"]


ARTICLE = {"topic": "faq", "article": "number-porting"}


async def _speaks(served: Served, session_id: str, author: str) -> None:
    """Let an agent accept a customer and write."""
    directory, transcript = served.gateway.directory, served.gateway.transcript
    conversation = await directory.current("web", session_id.partition(".")[0])
    await directory.move(conversation.id, Event.REQUEST_HANDOFF)
    moved = await directory.move(conversation.id, Event.ACCEPT)
    assert moved is not None
    async with transcript._db.write() as connection:
        await lock_contact_of(connection, moved.id)
        at = moved.last_activity
        said = await rows.append(
            connection, moved, [Content("您好")], Sender.AGENT, at, author=("0" * 32, author)
        )
    transcript.announce(said)


async def test_customer_sees_who_serves(served: Served) -> None:
    async with browser(served) as anna, browser(served) as theirs:
        session_id = await anna.join(client="tongda")
        await theirs.join(session_id)
        await anna.say("你好")
        await anna.hears(1)
        await _speaks(served, session_id, "小林")
        await anna.hears(2)
        await theirs.hears(2)
    told = [(m["sender"], m["author_name"], m["epoch"]) for m in anna.heard]
    assert told == [("bot", None, 0), ("agent", "小林", 2)]
    assert theirs.heard[1] == {"text": "您好"}  # a foreign widget counts the keys


async def test_customer_judges_an_article_and_nothing_else(served: Served) -> None:
    served.engine.answer = lambda text: [
        Content("须满足四个条件。"),
        *([Content("", card={"type": "about", **ARTICLE})] if text == "携号转网" else []),
    ]
    async with browser(served) as anna:
        await anna.join(client="tongda")
        await anna.say("携号转网")
        await anna.say("你好")
        await anna.hears(2)
        assert [m["feedback"] for m in anna.heard] == [True, False]
        acknowledged = [await anna.judge(m["message_id"], True) for m in anna.heard]
    words = served.gateway.texts.error("feedback_unknown")
    assert acknowledged == [{"ok": True}, {"error": {"code": "feedback_unknown", "message": words}}]


@pytest.mark.parametrize("message_id", [None, 7, "", "x" * 500, "0" * 32, {"$ne": ""}], ids=range(6))
async def test_feedback_about_nothing_is_answered_with_an_error(served: Served, message_id: Any) -> None:
    async with browser(served) as anna:
        await anna.join(client="tongda")
        assert "error" in await anna.judge(message_id, True)
        assert "error" in await anna.judge("0" * 32, "yes")


async def test_customer_cannot_judge_an_answer_to_somebody_else(served: Served) -> None:
    about = Content("", card={"type": "about", **ARTICLE})
    served.engine.answer = lambda text: [Content("须满足四个条件。"), about]
    async with browser(served) as anna, browser(served) as mallory:
        await anna.join(client="tongda")
        await mallory.join(client="tongda")
        await anna.say("携号转网")
        await anna.hears(1)
        answer = await mallory.judge(anna.heard[0]["message_id"], False)
    assert answer["error"]["code"] == "feedback_unknown"


async def test_agent_sees_that_the_customer_types_and_the_bot_does_not_care(served: Served) -> None:
    events: asyncio.Queue[LiveEvent] = asyncio.Queue()
    served.live.subscribe(events.put)
    async with browser(served) as anna:
        session_id = await anna.join(client="tongda")
        assert await anna.types(True) == {"ok": True}  # nothing said yet
        await anna.say("你好")
        await anna.hears(1)
        await anna.types(True)  # the bot answers
        await _speaks(served, session_id, "小林")
        await anna.types(True)
        await anna.types(False)
        async with asyncio.timeout(20):
            told = [await events.get() for _ in range(2)]
    contact = await served.gateway.directory.contact("web", session_id.partition(".")[0])
    assert contact is not None
    assert [event.payload for event in told] == [
        {"contact": contact.id, "by": "customer", "is_typing": is_typing} for is_typing in (True, False)
    ]
    assert events.empty()


@pytest.mark.parametrize("data", [None, "text", 7, [], {"message": 7}, {"message": None}], ids=range(6))
async def test_event_of_the_wrong_shape_is_answered_with_an_error(served: Served, data: Any) -> None:
    async with browser(served) as anna:
        await anna.join()
        answer = await anna.client.call("user_uttered", data)
        assert answer["error"]["message"] == served.gateway.texts.error("message_invalid")
        await anna.say("你好")
        assert await anna.hears(1) == ["收到：你好"]


async def test_event_without_any_data_is_answered_with_an_error(served: Served) -> None:
    async with browser(served) as anna:
        answer = await anna.client.call("user_uttered")
        assert answer["error"]["code"] == "message_invalid"
        assert (await anna.client.call("history"))["messages"] == []


async def test_too_long_message_is_politely_refused(served: Served) -> None:
    async with browser(served) as anna:
        await anna.join()
        await anna.say("长" * 10_000)
        assert await anna.hears(1) == [served.gateway.texts.text("too_long", max_chars=2000)]


async def test_sender_who_is_too_fast_is_told(serve: Serve) -> None:
    async with serve(messages_per_minute=1) as served, browser(served) as anna:
        await anna.join()
        await anna.say("一")
        assert (await anna.say("二"))["error"]["code"] == "rate_limited"
        assert served.gateway.texts.error("rate_limited") in await anna.hears(2)


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("{base}", True),
        ("http://localhost:3000", True),
        ("https://www.operator.example", True),
        ("https://evil.example", False),
        ("https://www.operator.example.evil.example", False),
        ("null", False),
        ("file://", False),
    ],
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_only_allowed_origins_may_connect(
    serve: Serve, origin: str, is_allowed: bool, transport: str
) -> None:
    async with serve(widget_origins=("https://www.operator.example/",)) as served:
        headers = {"Origin": origin.format(base=served.base)}
        if is_allowed:
            async with browser(served, headers=headers, transports=[transport]) as anna:
                assert await anna.join()
        else:
            with pytest.raises(Refused):
                await Browser().client.connect(served.base, headers=headers, transports=[transport])


async def test_stopping_service_closes_its_connections_without_a_word_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    opened = [socketio.AsyncClient(reconnection=False) for _ in range(5)]
    async with serve() as served:
        for client in opened:
            await client.connect(served.base, transports=["websocket"], wait_timeout=30)
    async with asyncio.timeout(30):
        await asyncio.gather(*(client.wait() for client in opened))
    await asyncio.sleep(0.1)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
