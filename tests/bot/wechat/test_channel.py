"""The channel as a user of WeChat meets it: the simulator calls the service, and the phone shows what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.wechat import ledger
from bot.channels.wechat.words import word
from conversations.model import Button, Content, Message, Sender
from conversations.tables import messages
from core.clock import SystemClock
from core.settings import Settings
from tests.bot.wechat.services import World, answers, world

AMOUNTS = (Button("30元", '/topup{"amount_fen": 3000}'), Button("50元", '/topup{"amount_fen": 5000}'))
STARS = tuple(Button(f"{stars}星", f'/rate{{"stars": {stars}}}') for stars in (5, 4, 3, 2, 1))
RATING = Content("请为这次服务打个分吧", STARS, about={"topic": "rating"})


@pytest.fixture
async def chat(sqlite_url: str, settings: Settings) -> AsyncIterator[World]:
    """One user who follows the account."""
    async with world(sqlite_url, settings) as running:
        yield running


async def say(chat: World, content: Content | str, sender: Sender = Sender.SYSTEM) -> Message:
    """Say something to the user that answers nothing."""
    await chat.settled()
    gateway = chat.service.gateway
    conversation = await gateway.directory.current("wechat", "demo:anna")
    content = Content(content) if isinstance(content, str) else content
    said = await gateway.transcript.say(conversation.id, content, sender)
    assert said is not None
    return said


async def stored(chat: World) -> list[tuple[str, str]]:
    """Return the transcript: who and what."""
    async with chat.service.db.read() as connection:
        found = await connection.execute(select(messages.c.sender, messages.c.text).order_by(messages.c.seq))
        return [(row.sender, row.text) for row in found]


# --- in time or not --------------------------------------------------------------------------------------------


async def test_quick_answer_is_the_passive_reply(chat: World) -> None:
    assert await chat.says("查话费") == ["passive: 收到：查话费"]


async def test_slow_answer_is_acknowledged_and_pushed(sqlite_url: str, settings: Settings) -> None:
    async with world(sqlite_url, settings, wechat_passive_s=1.0) as chat:
        chat.service.engine.delay_s = 2.0
        await chat.says("查话费")
        assert await chat.shown(3) == [f"passive: {word('welcome')}", "user: 查话费", "push: 收到：查话费"]


async def test_callback_delivered_twice_at_once_is_answered_once(chat: World) -> None:
    await chat.simulator.fault(kind="duplicate", count=1)
    assert await chat.says("查话费") == ["passive: 收到：查话费"]
    assert len(chat.service.engine.sent) == 1


async def test_reply_that_was_lost_is_given_to_the_retry(sqlite_url: str, settings: Settings) -> None:
    async with world(sqlite_url, settings, try_s=4.0, wechat_passive_s=3.0) as chat:
        await chat.simulator.fault(kind="drop_reply", count=1)
        assert await chat.says("查话费") == ["passive: 收到：查话费"]
        assert len(chat.service.engine.sent) == 1


async def test_answer_after_the_time_says_so_where_nothing_can_be_pushed(
    sqlite_url: str, settings: Settings
) -> None:
    async with world(sqlite_url, settings, wechat_passive_s=1.0) as chat:
        await chat.simulator.post("faults", 201, kind="errcode", api="custom/send", errcode=48001)
        chat.service.engine.delay_s = 2.0
        await chat.says("查话费")
        await chat.counts("api_error_48001", 1)
        chat.service.engine.delay_s = 0.0
        assert await chat.says("好了吗") == ["passive: 收到：查话费\n\n收到：好了吗"]


# --- choices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("meant", ["2", "回复2", "第二个", "②", "二", "50元"])
async def test_number_picks_the_choice(chat: World, meant: str) -> None:
    chat.service.engine.answer = answers(Content("充多少？", AMOUNTS))
    assert await chat.says("充值") == ["passive: 充多少？\n回复数字选择：\n1. 30元\n2. 50元"]
    await chat.says(meant)
    assert chat.service.engine.sent[-1][1] == AMOUNTS[1].payload
    assert ("customer", "50元") in await stored(chat)


async def test_bare_number_after_another_message_is_just_a_number(chat: World) -> None:
    chat.service.engine.answer = answers(Content("充多少？", AMOUNTS))
    await chat.says("充值")
    chat.service.engine.answer = answers(Content("好的"))
    await chat.says("等一下")
    await chat.says("2")
    assert chat.service.engine.sent[-1][1] == "2"
    await chat.says("回复2")
    assert chat.service.engine.sent[-1][1] == AMOUNTS[1].payload


@pytest.mark.parametrize("has_id", [True, False])
async def test_rating_is_a_message_menu_and_a_tap_is_a_score(chat: World, has_id: bool) -> None:
    await chat.says("查话费")
    await chat.simulator.post("account", 200, menu_ids=has_id)
    asked = await say(chat, RATING)
    await chat.shown(4)
    lines = await chat.simulator.get("users/anna/messages")
    assert [entry["content"] for entry in lines[-1]["menu"]["list"]] == [button.title for button in STARS]
    entry = lines[-1]["menu"]["list"][1]
    await chat.simulator.post("users/anna/menu_tap", id=entry["id"], content=entry["content"])
    await chat.simulator.quiet()
    assert chat.service.engine.sent[-1] == (asked.conversation_id, '/rate{"stars": 4}')


async def test_account_that_may_not_send_menus_asks_by_number(chat: World) -> None:
    await chat.says("查话费")
    await chat.simulator.fault(kind="errcode", api="custom/send", errcode=40200, count=1)
    await say(chat, RATING)
    assert (await chat.shown(4))[-1].startswith("push: 请为这次服务打个分吧\n回复数字打分：\n5. 5星")


# --- the allowance ---------------------------------------------------------------------------------------------


async def test_hand_off_and_rating_are_kept_affordable_and_the_rest_waits(chat: World) -> None:
    await chat.says("查话费")  # with the three of the follow just before there are eight
    for number in range(6):
        await say(chat, f"通知{number}")
        await chat.shown(4 + number)
    await say(chat, "通知6")
    await chat.counts("waiting", 1)
    assert len(await chat.simulator.shows("anna")) == 9
    await say(chat, "您好，我是客服", Sender.AGENT)
    assert (await chat.shown(10))[-1] == "push: 通知6\n\n您好，我是客服"
    await say(chat, RATING)
    await chat.shown(11)
    await say(chat, "通知7")
    await chat.counts("waiting", 2)
    assert await chat.says("在吗") == ["passive: 通知7\n\n收到：在吗"]
    assert not [name for name in ("45015", "45047") if chat.service.counted(f"api_error_{name}")]


async def test_wechat_s_refusal_corrects_the_ledger(chat: World) -> None:
    await chat.says("查话费")
    await chat.simulator.fault(kind="errcode", api="custom/send", errcode=45047, count=1)
    await say(chat, "充值成功")
    await chat.counts("api_error_45047", 1)
    await say(chat, "还有一条")
    await asyncio.sleep(0.3)
    assert chat.service.counted("api_error_45047") == 1
    assert len(await chat.simulator.shows("anna")) == 3
    assert await chat.says("在吗") == ["passive: 充值成功\n\n还有一条\n\n收到：在吗"]


async def test_number_of_a_customer_who_cannot_be_written_to_gets_a_notice(
    sqlite_url: str, settings: Settings
) -> None:
    told: list[Message] = []

    async def notify(message: Message) -> None:
        told.append(message)

    async with world(sqlite_url, settings, notify=notify, wechat_sms=True) as chat:
        await chat.says("查话费")
        await chat.simulator.fault(kind="errcode", api="custom/send", errcode=45015, count=1)
        said = await say(chat, "充值成功")
        async with asyncio.timeout(20):
            while not told:
                await asyncio.sleep(0.02)
        await say(chat, "还有一条")
        await asyncio.sleep(0.3)
        assert [message.id for message in told] == [said.id]


async def test_who_unfollowed_is_not_told_by_sms_either(sqlite_url: str, settings: Settings) -> None:
    told: list[Message] = []

    async def notify(message: Message) -> None:
        told.append(message)

    async with world(sqlite_url, settings, notify=notify, wechat_sms=True) as chat:
        await chat.says("查话费")
        await chat.simulator.post("users/anna/unfollow")
        await chat.simulator.quiet()
        said = await say(chat, "充值成功")
        contact = await chat.service.gateway.directory.contact("wechat", "demo:anna")
        assert contact is not None
        await chat.service.gateway.delivery.deliver(contact)
        waiting = await chat.service.gateway.transcript.undelivered(contact.id)
        assert ([message.id for message in waiting], told) == ([said.id], [])


@pytest.mark.parametrize("fault", ["expire_tokens", "revoke_tokens"])
async def test_token_that_is_no_longer_good_is_replaced(chat: World, fault: str) -> None:
    await chat.says("查话费")
    await chat.simulator.fault(kind=fault)
    await say(chat, "充值成功")
    assert (await chat.shown(4))[-1] == "push: 充值成功"


async def test_api_that_breaks_off_is_tried_again(chat: World) -> None:
    await chat.says("查话费")
    await chat.simulator.fault(kind="errcode", api="custom/send", errcode=-1, count=2)
    await say(chat, "充值成功")
    assert (await chat.shown(4))[-1] == "push: 充值成功"


@pytest.mark.parametrize(
    ("fault", "sends"),
    [
        ({"kind": "cut", "count": 1}, 1),
        ({"kind": "cut", "count": 1, "after": True}, 2),
        ({"kind": "errcode", "errcode": -1, "count": 3}, 1),
    ],
    ids=["cut before", "cut after", "busy"],
)
async def test_allowance_is_given_back_only_for_what_was_surely_not_sent(
    chat: World, fault: dict[str, Any], sends: int
) -> None:
    await chat.says("查话费")
    await chat.simulator.fault(api="custom/send", **fault)
    await say(chat, "充值成功")
    shown = await chat.shown(3 + sends)
    assert shown[3:] == ["push: 充值成功"] * sends  # a repeated line is better than a lost one
    await chat.counts("pushed", 1)
    left = (await chat.simulator.get("users/anna"))["allowances"]
    allowed = sum(allowance["remaining"] for allowance in left.values())
    assert allowed == 8 - sends
    async with chat.service.db.read() as connection:
        found = await ledger.allowance(connection, "demo:anna", SystemClock().now())
    assert found is not None
    assert found.left == (allowed if fault["kind"] == "errcode" else 6)  # nobody knows what a cut one was


# --- events and kinds ------------------------------------------------------------------------------------------


async def test_follower_is_welcomed_once_and_shortly_when_coming_back(chat: World) -> None:
    assert await chat.simulator.shows("anna") == [f"passive: {word('welcome')}"]
    await chat.simulator.post("users/anna/unfollow")
    await chat.simulator.quiet()
    await asyncio.sleep(1.1)  # another second: WeChat tells events apart by it
    await chat.simulator.post("users", 201, openid="anna")
    await chat.simulator.quiet()
    assert (await chat.simulator.shows("anna"))[-1] == f"passive: {word('welcome_back')}"


async def test_nothing_is_sent_to_who_unfollowed(chat: World) -> None:
    await chat.says("查话费")
    await chat.simulator.post("users/anna/unfollow")
    await chat.simulator.quiet()
    await say(chat, "充值成功")
    await asyncio.sleep(0.5)
    assert chat.service.counted("pushed") == 0
    assert chat.service.counted("api_error_43004") == 0


async def test_click_on_the_menu_opens_its_topic(chat: World) -> None:
    await chat.simulator.post("users/anna/click", key="balance_query")
    await chat.simulator.quiet()
    assert chat.service.engine.sent[-1][1] == "/balance_query"
    assert ("customer", "查余额") in await stored(chat)


async def test_click_on_an_entry_nobody_knows_is_answered(chat: World) -> None:
    await chat.simulator.post("users/anna/click", key="old_entry")
    await chat.simulator.quiet()
    assert (await chat.simulator.shows("anna"))[-1] == f"passive: {word('unknown_menu')}"


@pytest.mark.parametrize(
    ("kind", "body", "shown", "key"),
    [
        ("image", {}, "[图片]", "picture"),
        ("voice", {}, "[语音]", "voice"),
        ("link", {"title": "优惠", "url": "https://a.example/1"}, "[链接] 优惠 https://a.example/1", "link"),
    ],
)
async def test_what_the_bot_cannot_read_is_kept_and_answered(
    chat: World, kind: str, body: dict[str, Any], shown: str, key: str
) -> None:
    await chat.simulator.post(f"users/anna/{kind}", **body)
    await chat.simulator.quiet()
    texts = chat.service.gateway.texts
    assert (await chat.simulator.shows("anna"))[-1] == f"passive: {texts.text(key)}"
    assert await stored(chat) == [("customer", shown), ("system", texts.text(key))]
    assert chat.service.engine.sent == []


async def test_voice_wechat_has_written_down_is_a_text(chat: World) -> None:
    await chat.simulator.post("users/anna/voice", recognition="查话费")
    await chat.simulator.quiet()
    assert chat.service.engine.sent[-1][1] == "查话费"


async def test_place_with_a_name_is_a_text(chat: World) -> None:
    await chat.simulator.post(
        "users/anna/location", latitude=30.28, longitude=120.13, label="杭州市文三路1号"
    )
    await chat.simulator.quiet()
    assert chat.service.engine.sent[-1][1] == "杭州市文三路1号"


async def test_unknown_account_is_not_found(chat: World) -> None:
    answer = await chat.simulator.http.get(chat.simulator.base + "/simulator/account")
    address = answer.json()["callback_url"].replace("/demo", "/other")
    assert (await chat.simulator.http.post(address, content=b"<xml/>")).status_code == 404
