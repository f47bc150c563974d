"""The channel's API client against the simulator over HTTP: what is sent, what errors become, how tokens heal."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.channels.wechat.accounts import DEMO
from bot.channels.wechat.client import Article, WechatApi
from bot.channels.wechat.errors import (
    ApiBusy,
    NotFollowing,
    NotPermitted,
    NotSent,
    NoTurn,
    QuotaSpent,
    WindowClosed,
    is_surely_undone,
)
from bot.channels.wechat.menu import read_menu
from bot.channels.wechat.writing import Menu
from core.clock import SystemClock
from core.database import Database
from core.errors import UpstreamError, UpstreamRejected, UpstreamTimeout, UpstreamUnavailable
from core.settings import Settings
from tests.bot.wechat.simulated import Simulator, running

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Contract:
    """A client, the simulator it calls, and the errors it has counted."""

    api: WechatApi
    simulator: Simulator
    errors: list[str]


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Simulator]:
    async with running() as simulator:
        yield simulator


@pytest.fixture
async def simulator(shared: Simulator) -> Simulator:
    """The simulator with one follower, `anna`, who has just written."""
    await shared.post("reset", 200)
    await shared.post("account", 200, **shared.account)
    await shared.user("anna")
    await shared.says("anna", "你好")
    return shared


def _api(
    database: Database, settings: Settings, simulator: Simulator, errors: list[str], owner: str
) -> WechatApi:
    account = replace(DEMO, api_base=simulator.base)
    return WechatApi.of(account, database, SystemClock(), settings, owner, errors.append)


@pytest.fixture
async def contract(database: Database, settings: Settings, simulator: Simulator) -> AsyncIterator[Contract]:
    errors: list[str] = []
    api = _api(database, settings.model_copy(update={"wechat_timeout_s": 10.0}), simulator, errors, "one")
    yield Contract(api, simulator, errors)
    await api.close()


async def _pushed(contract: Contract) -> list[dict[str, object]]:
    lines = await contract.simulator.get("users/anna/messages")
    return [line for line in lines if line.get("via") == "push"]


async def test_every_kind_of_message_reaches_the_phone(contract: Contract) -> None:
    api, http = contract.api, contract.simulator.http
    token = await contract.simulator.token()
    files = {"media": ("a.png", _PIXEL, "image/png")}
    uploaded = await http.post(
        "/cgi-bin/media/upload", params={"access_token": token, "type": "image"}, files=files
    )
    await api.send_text("anna", "充值成功：50元")
    await api.send_image("anna", uploaded.json()["media_id"])
    await api.send_news("anna", Article("套餐", "星享套餐39元", "https://example.com/"))
    await api.send_menu("anna", Menu("请评价", (("105", "5星"), ("104", "4星"))))
    text, image, news, menu = await _pushed(contract)
    assert text["text"] == "充值成功：50元"
    assert image["type"] == "image"
    assert news["articles"][0]["title"] == "套餐"  # type: ignore[index]
    assert [entry["id"] for entry in menu["menu"]["list"]] == ["105", "104"]  # type: ignore[index]


async def test_spent_allowance_and_closed_window_are_told_apart(contract: Contract) -> None:
    for number in range(8):  # five for the message, three for the follow
        await contract.api.send_text("anna", str(number))
    with pytest.raises(QuotaSpent):
        await contract.api.send_text("anna", "第九条")
    await contract.simulator.post("clock", 200, advance_s=49 * 3600)
    with pytest.raises(WindowClosed):
        await contract.api.send_text("anna", "两天以后")


@pytest.mark.parametrize("kind", ["expire_tokens", "revoke_tokens"])
async def test_refused_token_is_replaced_and_the_message_sent_once(contract: Contract, kind: str) -> None:
    await contract.api.send_text("anna", "一")
    await contract.simulator.fault(kind=kind)
    await contract.api.send_text("anna", "二")
    assert [line["text"] for line in await _pushed(contract)] == ["一", "二"]


async def test_two_processes_share_one_token_and_heal_it_once(
    contract: Contract, database: Database, settings: Settings
) -> None:
    patient = settings.model_copy(update={"wechat_timeout_s": 10.0})
    other = _api(database, patient, contract.simulator, contract.errors, "two")
    await asyncio.gather(contract.api.send_text("anna", "一"), other.send_text("anna", "二"))
    await contract.simulator.fault(kind="expire_tokens")
    await asyncio.gather(contract.api.send_text("anna", "三"), other.send_text("anna", "四"))
    await other.close()
    calls = {
        (row["api"], row["errcode"]): row["count"]
        for row in (await contract.simulator.get("accounting"))["api"]
    }
    assert calls["stable_token", 0] == 2
    assert len(await _pushed(contract)) == 4


async def test_busy_wechat_is_tried_again_and_given_up_after_a_while(contract: Contract) -> None:
    await contract.simulator.fault(kind="errcode", api="custom/send", errcode=-1, count=2)
    await contract.api.send_text("anna", "忙的时候")
    assert len(await _pushed(contract)) == 1
    await contract.simulator.fault(kind="errcode", api="custom/send", errcode=45009, count=10)
    with pytest.raises(ApiBusy):
        await contract.api.send_text("anna", "今天的次数用完了")
    assert contract.errors == ["45009"]


async def test_answer_that_comes_too_late_is_not_asked_for_again(
    contract: Contract, database: Database, settings: Settings
) -> None:
    await contract.api.send_text("anna", "一")
    await contract.simulator.fault(kind="slow", api="custom/send", delay_s=1.5, count=1)
    hasty = settings.model_copy(update={"wechat_timeout_s": 1.0})
    api = _api(database, hasty, contract.simulator, contract.errors, "hasty")
    with pytest.raises(UpstreamTimeout):
        await api.send_text("anna", "慢")
    await api.close()
    await asyncio.sleep(0.8)
    assert [line["text"] for line in await _pushed(contract)] in (["一", "慢"], ["一"])


@pytest.mark.parametrize(("after", "shown"), [(False, ["一"]), (True, ["一", "断线"])])
async def test_broken_connection_is_an_outage_after_which_nobody_knows(
    contract: Contract, after: bool, shown: list[str]
) -> None:
    await contract.api.send_text("anna", "一")
    await contract.simulator.fault(kind="cut", api="custom/send", count=1, after=after)
    with pytest.raises(UpstreamUnavailable) as broken:
        await contract.api.send_text("anna", "断线")
    assert not is_surely_undone(broken.value)
    assert [line["text"] for line in await _pushed(contract)] == shown


@pytest.mark.parametrize(
    "fault", [{"kind": "cut"}, {"kind": "cut", "after": True}, {"kind": "slow", "delay_s": 9}]
)
async def test_what_could_not_be_called_for_want_of_a_token_was_surely_not_sent(
    contract: Contract, database: Database, settings: Settings, fault: dict[str, object]
) -> None:
    await contract.simulator.fault(api="stable_token", count=1, **fault)
    api = _api(
        database, settings.model_copy(update={"wechat_timeout_s": 1.0}), contract.simulator, [], "hasty"
    )
    with pytest.raises(NotSent):
        await api.send_text("anna", "没有令牌")
    await api.close()
    assert await _pushed(contract) == []


async def test_process_that_has_called_as_often_as_it_may_has_surely_not_sent(
    contract: Contract, database: Database, settings: Settings
) -> None:
    slow = settings.model_copy(update={"wechat_calls_per_minute": 2, "wechat_timeout_s": 0.3})
    api = _api(database, slow, contract.simulator, [], "slow")
    await contract.api.send_text("anna", "一")  # it also gets the token
    await api.send_text("anna", "二")
    await api.send_text("anna", "三")
    with pytest.raises(NoTurn):
        await api.send_text("anna", "四")
    await api.close()
    assert [line["text"] for line in await _pushed(contract)] == ["一", "二", "三"]


@pytest.mark.parametrize(
    ("change", "error"),
    [({"whitelist": ["203.0.113.9"]}, NotPermitted), ({"may_send": False}, NotPermitted)],
)
async def test_what_the_operator_must_put_right_says_so(
    contract: Contract, change: dict[str, object], error: type[UpstreamError]
) -> None:
    await contract.api.send_text("anna", "一")
    await contract.simulator.post("account", 200, **change)
    with pytest.raises(error):
        await contract.api.send_text("anna", "二")


@pytest.mark.parametrize("errcode", [40164, 40243, 48001, 61004])
async def test_code_that_only_the_operator_can_do_something_about_says_so(
    contract: Contract, errcode: int
) -> None:
    await contract.simulator.fault(kind="errcode", api="stable_token", errcode=errcode, count=1)
    with pytest.raises(NotPermitted) as refused:
        await contract.api.send_text("anna", "一")
    assert refused.value.fields["reason"] == str(errcode)


async def test_user_who_left_and_user_who_never_was_are_told_apart(contract: Contract) -> None:
    with pytest.raises(UpstreamRejected) as refused:
        await contract.api.send_text("nobody", "你好")
    assert refused.value.fields["reason"] == "40003"
    await contract.simulator.post("users/anna/unfollow")
    with pytest.raises(NotFollowing):
        await contract.api.send_text("anna", "再见")


async def test_typing_is_shown_and_ended(contract: Contract) -> None:
    await contract.api.typing("anna", True)
    assert (await contract.simulator.get("users/anna"))["is_typing"] is True
    await contract.api.typing("anna", False)
    assert (await contract.simulator.get("users/anna"))["is_typing"] is False


async def test_products_own_menu_is_accepted(contract: Contract) -> None:
    buttons = read_menu().buttons()
    await contract.api.create_menu(buttons)
    found = await contract.simulator.http.get(
        "/cgi-bin/menu/get", params={"access_token": await contract.simulator.token()}
    )
    assert found.json()["menu"]["button"] == buttons


async def test_picture_of_a_user_is_fetched(contract: Contract) -> None:
    await contract.simulator.post("users/anna/image", data=base64.b64encode(_PIXEL).decode())
    await contract.simulator.quiet()
    media_id = contract.simulator.service.got[-1]["MediaId"]
    media = await contract.api.media(media_id)
    assert (media.content, media.kind) == (_PIXEL, "image/png")
    with pytest.raises(UpstreamError):
        await contract.api.media("nothing")


async def test_user_info_says_who_follows(contract: Contract) -> None:
    assert (await contract.api.user_info("anna")).is_following
    await contract.simulator.post("users/anna/unfollow")
    assert not (await contract.api.user_info("anna")).is_following
