"""The simulator keeps to WeChat's rules: callbacks and retries, allowances, tokens, error codes, limits."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.wechat.simulator import words
from bot.channels.wechat.simulator.phones import Phones
from bot.channels.wechat.simulator.store import Store
from bot.channels.wechat.simulator.words import UNAVAILABLE
from tests.bot.wechat.simulated import TRY_S, HandService, Simulator, reply_to, running

FOLDER = Path(words.__file__).parent


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Simulator]:
    async with running() as simulator:
        yield simulator


@pytest.fixture
async def simulator(shared: Simulator) -> Simulator:
    """The simulator, put back to its beginning."""
    await shared.post("reset", 200)
    await shared.post("account", 200, **shared.account)
    fresh = HandService()
    for name, value in vars(fresh).items():
        setattr(shared.service, name, value)
    return shared


# --- callbacks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_user_gets_the_passive_reply_in_every_mode(simulator: Simulator, mode: str) -> None:
    await simulator.post("account", 200, mode=mode)
    await simulator.user()
    await simulator.says("anna", "话费还有多少？")
    assert await simulator.shows("anna") == ["user: 话费还有多少？", "passive: 收到：话费还有多少？"]
    assert ("Encrypt" in simulator.service.bodies[-1]) == (mode != "plain")
    assert ("Content" in simulator.service.bodies[-1]) == (mode != "safe")


async def test_callback_is_tried_again_with_the_same_id_and_a_new_nonce(simulator: Simulator) -> None:
    await simulator.user()
    started = len(simulator.service.got)

    async def late_at_first(message: Mapping[str, str]) -> str | None:
        if len(simulator.service.got) == started + 1:
            await asyncio.sleep(TRY_S + 0.8)
        return "好的"

    simulator.service.answer = late_at_first
    await simulator.says("anna", "你好")
    first, second = simulator.service.got[started:]
    assert first["MsgId"] == second["MsgId"]
    assert simulator.service.queries[-1]["nonce"] != simulator.service.queries[-2]["nonce"]
    assert await simulator.outcomes("anna") == ["timed_out", "replied"]
    assert await simulator.shows("anna") == ["user: 你好", "passive: 好的"]


async def test_phone_says_so_when_three_tries_have_failed(simulator: Simulator) -> None:
    await simulator.user()
    simulator.service.is_down = True
    await simulator.says("anna", "你好")
    assert await simulator.outcomes("anna") == ["refused"] * 3
    assert await simulator.shows("anna") == ["user: 你好", f"wechat: {UNAVAILABLE}"]


@pytest.mark.parametrize(
    "raw",
    [
        b"<xml><Encrypt>x</Encrypt></xml>",
        b"not xml",
        reply_to({"FromUserName": "anna", "ToUserName": "gh_demo"}, "明文", is_encrypted=False),
        reply_to({"FromUserName": "bert", "ToUserName": "gh_demo"}, "给别人的"),
        reply_to({"FromUserName": "anna", "ToUserName": "gh_demo"}, "长" * 700),
        reply_to({"FromUserName": "anna", "ToUserName": "gh_demo"}, ""),
    ],
)
async def test_answer_that_wechat_would_not_take_reaches_nobody(simulator: Simulator, raw: bytes) -> None:
    await simulator.user()
    simulator.service.raw = raw
    await simulator.says("anna", "你好")
    assert await simulator.outcomes("anna") == ["malformed"]
    assert await simulator.shows("anna") == ["user: 你好", f"wechat: {UNAVAILABLE}"]


async def test_same_answer_to_a_second_copy_is_shown_once_and_another_one_as_well(
    simulator: Simulator,
) -> None:
    await simulator.user()
    await simulator.fault(kind="duplicate")
    await simulator.says("anna", "你好")
    assert await simulator.shows("anna") == ["user: 你好", "passive: 收到：你好"]
    answers = ["一", "二"]

    async def another(_message: Mapping[str, str]) -> str | None:
        return answers.pop(0) if answers else "二"  # a third try comes where the machine is slow

    simulator.service.answer = another
    await simulator.says("anna", "在吗")
    assert sorted((await simulator.shows("anna"))[3:]) == ["passive: 一", "passive: 二"]


async def test_held_callback_is_overtaken(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.fault(kind="hold", delay_s=0.3, count=1)
    await simulator.post("users/anna/text", content="先")
    await simulator.says("anna", "后")
    assert [message["Content"] for message in simulator.service.got[-2:]] == ["后", "先"]


async def test_dropped_reply_is_asked_for_again(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.fault(kind="drop_reply", count=1)
    await simulator.says("anna", "你好")
    assert await simulator.outcomes("anna") == ["dropped", "replied"]
    assert await simulator.shows("anna") == ["user: 你好", "passive: 收到：你好"]


async def test_every_kind_of_message_and_event_has_wechats_fields(simulator: Simulator) -> None:
    await simulator.post("users", 201, openid="anna", scene="shop-7")
    await simulator.post("users/anna/click", key="BILL")
    await simulator.post("users/anna/scan", scene="shop-8")
    await simulator.post("users/anna/voice", recognition="查话费")
    await simulator.post("users/anna/image")
    await simulator.post("users/anna/location", latitude=31.23, longitude=121.47, label="上海")
    await simulator.post("users/anna/link", title="套餐", url="https://example.com/")
    await simulator.post("users/anna/unfollow")
    await simulator.quiet()
    got = {message.get("Event") or message["MsgType"]: message for message in simulator.service.got}
    assert got["subscribe"]["EventKey"] == "qrscene_shop-7"
    assert got["CLICK"]["EventKey"] == "BILL"
    assert got["SCAN"]["EventKey"] == "shop-8"
    assert got["voice"]["Recognition"] == "查话费"
    assert got["image"]["PicUrl"].startswith(simulator.base)
    assert (got["location"]["Location_X"], got["location"]["Label"]) == ("31.230000", "上海")
    assert got["link"]["Url"] == "https://example.com/"
    assert "unsubscribe" in got


async def test_console_asks_the_server_for_its_echo(simulator: Simulator) -> None:
    assert await simulator.post("account/verify", 200) == {"is_verified": True}
    await simulator.post("account", 200, callback_url=simulator.base + "/nowhere")
    assert await simulator.post("account/verify", 200) == {"is_verified": False}


# --- allowances ----------------------------------------------------------------------------------------------


async def test_five_messages_after_a_users_message_and_no_more(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.post("clock", 200, advance_s=61)  # the follow's minute is over
    await simulator.says("anna", "你好")
    assert [await simulator.push("anna", str(n)) for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    await simulator.says("anna", "还在吗")
    assert await simulator.push("anna", "在") == 0
    book = (await simulator.get("accounting?openid=anna"))["users"][0]
    assert (book["pushed"], book["refused"]) == (6, {"45047": 1})


async def test_nothing_after_48_hours(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.says("anna", "你好")
    await simulator.post("clock", 200, advance_s=48 * 3600 - 5)
    assert await simulator.push("anna", "还赶得上") == 0
    await simulator.post("clock", 200, advance_s=6)
    assert await simulator.push("anna", "晚了") == 45015


@pytest.mark.parametrize("act", ["click", "scan", "menu_tap"])
async def test_three_messages_in_the_minute_after_a_tap(simulator: Simulator, act: str) -> None:
    await simulator.user()
    await simulator.post("clock", 200, advance_s=61)
    assert await simulator.push("anna", "没有窗口") == 45015
    bodies: dict[str, dict[str, Any]] = {
        "click": {"key": "BILL"},
        "scan": {"scene": "7"},
        "menu_tap": {"id": "1", "content": "满意"},
    }
    await simulator.post(f"users/anna/{act}", **bodies[act])
    assert [await simulator.push("anna", str(n)) for n in range(4)] == [0, 0, 0, 45047]
    await simulator.post("clock", 200, advance_s=61)
    assert await simulator.push("anna", "晚了") == 45015


async def test_user_who_left_gets_nothing_and_cannot_write(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.says("anna", "你好")
    await simulator.post("users/anna/unfollow")
    assert await simulator.push("anna", "再见") == 43004
    await simulator.post("users/anna/text", 409, content="等等")


async def test_fault_is_not_counted_as_a_refusal_of_wechats(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.says("anna", "你好")
    await simulator.fault(kind="errcode", api="custom/send", errcode=45015, count=1)
    assert [await simulator.push("anna", "一"), await simulator.push("anna", "一")] == [45015, 0]
    book = (await simulator.get("accounting?openid=anna"))["users"][0]
    assert (book["faulted"], book["refused"]) == ({"45015": 1}, {})


# --- the API -------------------------------------------------------------------------------------------------


async def test_stable_token_stays_the_same_until_it_is_forced_expired_or_nearly_over(
    simulator: Simulator,
) -> None:
    await simulator.user()
    first = await simulator.token()
    assert await simulator.token() == first
    assert len(first) == 512
    await simulator.post("clock", 200, advance_s=7200 - 299)
    second = await simulator.token()
    assert second != first
    assert await simulator.push("anna", "新旧都行", first) != 40001
    await simulator.fault(kind="expire_tokens")
    assert await simulator.push("anna", "过期", second) == 42001
    third = await simulator.token()
    await simulator.fault(kind="revoke_tokens")
    assert await simulator.push("anna", "失效", third) == 40001


async def test_forced_token_replaces_the_present_one_and_is_rationed(simulator: Simulator) -> None:
    body = {"grant_type": "client_credential", "appid": "wxdemo0000000001",
            "secret": "demo-secret-of-the-sandbox-account", "force_refresh": True}  # fmt: skip
    first = await simulator.token()
    assert (await simulator.call("stable_token", "", body))["expires_in"] == 7200
    assert await simulator.push("anna", "旧的", first) == 40001
    assert (await simulator.call("stable_token", "", body))["errcode"] == 45011
    for _ in range(19):
        await simulator.post("clock", 200, advance_s=31)
        assert "access_token" in await simulator.call("stable_token", "", body)
    await simulator.post("clock", 200, advance_s=31)
    assert (await simulator.call("stable_token", "", body))["errcode"] == 45009


@pytest.mark.parametrize(
    ("change", "errcode"),
    [({"secret": "wrong"}, 40125), ({"appid": "wx1"}, 40013), ({"grant_type": "x"}, 40002)],
)
async def test_token_is_refused_to_strangers(
    simulator: Simulator, change: dict[str, str], errcode: int
) -> None:
    body = {"grant_type": "client_credential", "appid": "wxdemo0000000001",
            "secret": "demo-secret-of-the-sandbox-account"}  # fmt: skip
    assert (await simulator.call("stable_token", "", {**body, **change}))["errcode"] == errcode


async def test_address_outside_the_whitelist_is_refused(simulator: Simulator) -> None:
    token = await simulator.token()
    await simulator.post("account", 200, whitelist=["203.0.113.7"])
    assert await simulator.push("anna", "你好", token) == 40164


async def test_account_without_certification_may_not_push(simulator: Simulator) -> None:
    await simulator.user()
    await simulator.post("account", 200, may_send=False)
    assert await simulator.push("anna", "你好") == 48001


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"touser": "nobody", "msgtype": "text", "text": {"content": "好"}}, 40003),
        ({"touser": "anna", "msgtype": "text", "text": {"content": "长" * 683}}, 45002),
        ({"touser": "anna", "msgtype": "text", "text": {"content": ""}}, 44004),
        ({"touser": "anna", "msgtype": "text", "text": "好"}, 47001),
        ({"touser": "anna", "msgtype": "sticker", "sticker": {}}, 40008),
        ({"touser": "anna", "msgtype": "image", "image": {"media_id": "nothing"}}, 40007),
        ({"touser": "anna", "msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"touser": "anna", "msgtype": "msgmenu", "msgmenu": {"head_content": "请评价", "list": []}}, 40035),
    ],
)
async def test_message_that_wechat_would_not_take_is_refused(
    simulator: Simulator, body: dict[str, object], errcode: int
) -> None:
    await simulator.user()
    assert (await simulator.call("message/custom/send", await simulator.token(), body))["errcode"] == errcode


async def test_escaped_chinese_is_refused(simulator: Simulator) -> None:
    await simulator.user()
    answer = await simulator.http.post(
        "/cgi-bin/message/custom/send",
        params={"access_token": await simulator.token()},
        content=rb'{"touser": "anna", "msgtype": "text", "text": {"content": "\u597d"}}',
    )
    assert answer.json()["errcode"] == 40033


async def test_tapped_menu_entry_arrives_as_text_with_its_id_where_the_account_sees_ids(
    simulator: Simulator,
) -> None:
    await simulator.user()
    menu = {
        "head_content": "请评价",
        "list": [{"id": "101", "content": "满意"}, {"id": "102", "content": "不满意"}],
    }
    body = {"touser": "anna", "msgtype": "msgmenu", "msgmenu": menu}
    assert (await simulator.call("message/custom/send", await simulator.token(), body))["errcode"] == 0
    await simulator.post("users/anna/menu_tap", id="102")
    await simulator.post("account", 200, menu_ids=False)
    await simulator.post("users/anna/menu_tap", id="101")
    await simulator.quiet()
    taps = [(m["Content"], m.get("bizmsgmenuid")) for m in simulator.service.got if m["MsgType"] == "text"]
    assert taps == [("不满意", "102"), ("满意", None)]


async def test_typing_is_shown_once_and_ends_with_the_message(simulator: Simulator) -> None:
    await simulator.user()
    token, typing = await simulator.token(), {"touser": "anna", "command": "Typing"}
    assert (await simulator.call("message/custom/typing", token, typing))["errcode"] == 0
    assert (await simulator.get("users/anna"))["is_typing"] is True
    assert (await simulator.call("message/custom/typing", token, typing))["errcode"] == 45081
    await simulator.push("anna", "写完了", token)
    assert (await simulator.get("users/anna"))["is_typing"] is False
    await simulator.post("clock", 200, advance_s=31)
    assert (await simulator.call("message/custom/typing", token, typing))["errcode"] == 45080


@pytest.mark.parametrize(
    ("entries", "errcode"),
    [
        ([], 40016),
        ([{"type": "click", "name": "一", "key": "A"}] * 4, 40016),
        ([{"type": "click", "name": "名字太长的菜单项", "key": "A"}], 40018),
        ([{"type": "click", "name": "账单"}], 40019),
        ([{"type": "dance", "name": "账单", "key": "A"}], 40017),
        ([{"name": "更多", "sub_button": [{"type": "click", "name": "账单", "key": "A"}] * 6}], 40023),
        ([{"type": "click", "name": "账单", "key": "BILL"}], 0),
    ],
)
async def test_menu_is_checked_as_wechat_checks_it(
    simulator: Simulator, entries: list[dict[str, object]], errcode: int
) -> None:
    token = await simulator.token()
    assert (await simulator.call("menu/create", token, {"button": entries}))["errcode"] == errcode


async def test_phone_waits_for_a_line_and_shows_each_once(simulator: Simulator) -> None:
    await simulator.user()
    waiting = asyncio.create_task(simulator.get("users/anna/messages?wait_s=5"))
    await asyncio.sleep(0.1)
    await simulator.push("anna", "一")
    assert [line["text"] for line in await waiting] == ["一"]
    await simulator.push("anna", "二")
    assert [line["seq"] for line in await simulator.get("users/anna/messages?after=1")] == [2]


# --- its own memory ------------------------------------------------------------------------------------------


def test_simulator_remembers_users_and_lines_over_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "simulator.db")
    Phones(store).add("anna", "")
    Phones(store).show("anna", "account", "text", text="您好")
    store.advance(60)
    store.close()
    again = Store(tmp_path / "simulator.db")
    assert [line["text"] for line in Phones(again).lines("anna")] == ["您好"]
    assert again.now() > time.time() + 50
    again.close()


def test_every_error_code_has_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    used = set(re.findall(r"(?:ApiError|Unsendable|TokenRefused)\((\d+)", source)) | {"45015", "45047"}
    words = yaml.safe_load((FOLDER / "errcodes.yml").read_text(encoding="utf-8"))
    assert used <= {str(code) for code in words}
