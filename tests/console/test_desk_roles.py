"""Who sees which customer at the desk, over HTTP and the websocket; and what the audit log says of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bss.embedded import EmbeddedBss
from bss.sandbox.store import Store
from conversations.desk_model import Handoff, Role, Skill
from conversations.model import Content, Sender
from core.clock import FixedClock
from core.database import Database
from core.ids import Msisdn
from core.settings import Settings
from tests.conftest import NOW
from tests.console.desk_house import DeskHouse, Seat
from tests.conversations.floor import SUMMARY

NUMBER = Msisdn("13800000001")
READING = [
    ("GET", ""),
    ("GET", "/before"),
    ("GET", "/customer"),
    ("GET", "/suggestions"),
    ("POST", "/reveal"),
    ("POST", "/notes"),
]
WORKING = [
    ("POST", "/messages"),
    ("POST", "/typing"),
    ("POST", "/transfer"),
    ("POST", "/hand-back"),
    ("POST", "/resolve"),
]
BODY = {"text": "您好", "client_id": "c1", "is_typing": True, "skill": "plans", "reason": "x", "disposition": "solved"}  # fmt: skip


@pytest.fixture(scope="session")
async def billing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedBss]:
    """A sandbox that is only read."""
    path = tmp_path_factory.mktemp("billing") / "sandbox.db"
    store = Store(path, FixedClock(NOW), Settings(_env_file=None).sandbox_port)  # type: ignore[call-arg]
    await store.open()
    yield EmbeddedBss(store)
    await store.close()


@pytest.fixture
async def house(
    sqlite_url: str, clock: FixedClock, settings: Settings, billing: EmbeddedBss
) -> AsyncIterator[DeskHouse]:
    """The desk over HTTP."""
    db = Database(sqlite_url)
    async with DeskHouse(db, clock, settings, billing).open() as opened:
        yield opened
    await db.close()


@pytest.fixture
async def lin(house: DeskHouse) -> Seat:
    """An agent for bills."""
    return await house.sits("lin", Skill.BILLING)


@pytest.fixture
async def chen(house: DeskHouse) -> Seat:
    """An agent for faults."""
    return await house.sits("chen", Skill.FAULTS)


@pytest.fixture
async def boss(house: DeskHouse) -> Seat:
    """A supervisor."""
    return await house.sits("boss", roles=(Role.SUPERVISOR,))


def path(handoff: Handoff, more: str = "") -> str:
    return f"/conversations/{handoff.conversation_id}{more}"


# --- agents ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_served", [False, True])
async def test_agent_neither_reads_nor_serves_the_customers_of_another_skill(
    house: DeskHouse, lin: Seat, chen: Seat, is_served: bool
) -> None:
    handoff = await house.floor.queues(skill=Skill.FAULTS)
    await house.proves(handoff, NUMBER)
    if is_served:
        assert (await chen.does("POST", f"/handoffs/{handoff.id}/accept")).status_code == 200
    refusals = [await lin.refused(method, path(handoff, more), BODY) for method, more in READING + WORKING]
    refusals.append(await lin.refused("GET", f"/canned?conversation={handoff.conversation_id}"))
    refusals.append(await lin.refused("POST", f"/handoffs/{handoff.id}/accept"))
    assert set(refusals) == {"conversation.not_yours"}
    assert await house.noted("number.revealed") == []
    board = await lin.get("/overview")
    assert (board["queue"], board["mine"], board["waiting"]) == ([], [], 0)
    assert SUMMARY.wish not in json.dumps(board, ensure_ascii=False)


async def test_customer_another_agent_serves_is_out_of_reach_even_in_the_same_skill(
    house: DeskHouse, lin: Seat
) -> None:
    mei = await house.sits("mei", Skill.BILLING)
    handoff = await house.floor.served(mei.staff)
    refusals = [await lin.refused(method, path(handoff, more), BODY) for method, more in READING + WORKING]
    assert set(refusals) == {"conversation.not_yours"}


async def test_waiting_customer_of_ones_skill_is_read_and_answered_only_once_accepted(
    house: DeskHouse, lin: Seat
) -> None:
    handoff = await house.floor.queues()
    assert (await lin.does("GET", path(handoff))).status_code == 200
    assert await lin.refused("POST", path(handoff, "/messages"), BODY) == "conversation.not_yours"
    await lin.does("POST", f"/handoffs/{handoff.id}/accept")
    assert (await lin.does("POST", path(handoff, "/messages"), BODY)).status_code == 200


async def test_customer_transferred_to_a_person_is_theirs_whatever_their_skill(
    house: DeskHouse, lin: Seat, chen: Seat
) -> None:
    handoff = await house.floor.served(lin.staff)
    moved = await lin.does("POST", path(handoff, "/transfer"), {"to": chen.staff.id, "reason": "您熟悉"})
    given = await chen.does("POST", f"/handoffs/{moved.json()['id']}/accept")
    assert given.status_code == 200
    assert await lin.refused("POST", path(handoff, "/messages"), BODY) == "conversation.not_yours"
    assert [note["text"] for note in (await chen.get(path(handoff)))["notes"]] == ["您熟悉"]


async def test_agent_does_nothing_that_is_a_supervisors(house: DeskHouse, lin: Seat, chen: Seat) -> None:
    handoff = await house.floor.served(chen.staff)
    assert await lin.refused("POST", f"/handoffs/{handoff.id}/take-over") == "role.missing"
    away = {"presence": "offline"}
    assert await lin.refused("POST", f"/staff/{chen.staff.id}/presence", away) == "role.missing"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REVIEWER])
async def test_desk_is_closed_to_who_does_not_work_there(house: DeskHouse, role: Role) -> None:
    handoff = await house.floor.queues()
    other = await house.sits("other", roles=(role,))
    refusals = [await other.refused(method, path(handoff, more), BODY) for method, more in READING + WORKING]
    refusals.append(await other.refused("GET", "/overview"))
    assert set(refusals) == {"role.missing"}


async def test_canned_replies_are_those_of_ones_skills(house: DeskHouse, lin: Seat) -> None:
    await house.canned.save("hello", "问候", "您好", None)
    await house.canned.save("bill", "账单", "您的账单", Skill.BILLING)
    await house.canned.save("cable", "线路", "请检查线路", Skill.FAULTS)
    assert {reply["shortcut"] for reply in await lin.get("/canned")} == {"hello", "bill"}


async def test_use_of_a_canned_reply_is_counted_once_it_is_sent(house: DeskHouse, lin: Seat) -> None:
    reply = await house.canned.save("hello", "问候", "您好，我是{agent}", None)
    handoff = await house.floor.served(lin.staff)
    (offered,) = await lin.get(f"/canned?conversation={handoff.conversation_id}")
    assert (offered["filled"], offered["uses"]) == ("您好，我是lin", 0)
    await lin.does("POST", path(handoff, "/messages"), {**BODY, "canned": reply.id})
    assert (await lin.get("/canned"))[0]["uses"] == 1


# --- supervisors, and what is noted ----------------------------------------------------------------------------


async def test_supervisor_reads_along_whispers_and_takes_over(
    house: DeskHouse, chen: Seat, boss: Seat
) -> None:
    handoff = await house.floor.served(chen.staff)
    assert [one["agent"] for one in (await boss.get("/overview"))["others"]] == ["chen"]
    whisper = await boss.does("POST", path(handoff, "/notes"), {"text": "先道歉"})
    assert whisper.json()["is_whisper"] is True
    assert (await chen.get(path(handoff)))["notes"][0]["text"] == "先道歉"
    assert (await boss.does("POST", f"/handoffs/{handoff.id}/take-over")).status_code == 200
    assert await chen.refused("POST", path(handoff, "/messages"), BODY) == "conversation.not_yours"
    assert await house.noted("conversation.taken_over") == [(boss.staff.id, handoff.conversation_id)]


async def test_every_full_number_that_is_shown_is_noted_and_no_other_answer_holds_it(
    house: DeskHouse, lin: Seat, boss: Seat
) -> None:
    handoff = await house.floor.served(lin.staff)
    await house.proves(handoff, NUMBER)
    shown = [await lin.get(path(handoff, more)) for more in ("", "/customer", "/before")]
    shown.append(await lin.get("/overview"))
    assert NUMBER not in json.dumps(shown)
    assert "138****0001" in json.dumps(shown)
    for seat in (lin, boss):
        assert (await seat.does("POST", path(handoff, "/reveal"))).json() == {"number": NUMBER}
    subject = handoff.conversation_id
    assert await house.noted("number.revealed") == [(boss.staff.id, subject), (lin.staff.id, subject)]


async def test_number_nobody_has_proven_is_not_revealed(house: DeskHouse, lin: Seat) -> None:
    handoff = await house.floor.served(lin.staff)
    assert await lin.refused("POST", path(handoff, "/reveal")) == "customer.unverified"
    assert await house.noted("number.revealed") == []


async def test_presence_set_for_somebody_else_is_noted(house: DeskHouse, lin: Seat, boss: Seat) -> None:
    await boss.does("POST", f"/staff/{lin.staff.id}/presence", {"presence": "offline"})
    assert await house.noted("presence.set") == [(boss.staff.id, lin.staff.id)]


async def test_customers_of_who_is_sent_home_return_to_the_queue_though_the_desk_is_still_open(
    house: DeskHouse, lin: Seat, boss: Seat
) -> None:
    served = await house.floor.served(lin.staff)
    await house.floor.presence.beat(lin.staff.id)
    await boss.does("POST", f"/staff/{lin.staff.id}/presence", {"presence": "offline"})
    board = await boss.get("/overview")
    assert [(one["conversation"], one["is_returned"]) for one in board["queue"]] == [
        (served.conversation_id, True)
    ]
    assert (await lin.get("/overview"))["mine"] == []


async def test_verb_without_the_csrf_token_does_nothing(house: DeskHouse, lin: Seat) -> None:
    handoff = await house.floor.served(lin.staff)
    del lin.http.headers["X-CSRF-Token"]
    refusals = [await lin.refused(method, path(handoff, more), BODY) for method, more in WORKING]
    assert set(refusals) == {"csrf.wrong"}
    assert (await lin.get(path(handoff)))["state"] == "human"
    assert "您好" not in await house.floor.told(handoff)


async def test_what_a_customer_writes_comes_as_it_was_written(house: DeskHouse, lin: Seat) -> None:
    handoff = await house.floor.served(lin.staff)
    attack = '<img src=x onerror="alert(1)">"\'</script>'
    await house.floor.says(handoff, attack)
    answer = await lin.http.get(f"/api/desk{path(handoff)}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["messages"][-1]["text"] == attack


async def test_long_conversation_shows_its_end(house: DeskHouse, lin: Seat) -> None:
    handoff = await house.floor.served(lin.staff)
    for number in range(210):
        await house.floor.says(handoff, f"第{number}句")
    assert (await lin.get(path(handoff)))["messages"][-1]["text"] == "第209句"


# --- the websocket ---------------------------------------------------------------------------------------------


def listen(house: DeskHouse, cookie: str = "", origin: str | None = None) -> Any:
    """Open the desk's websocket."""
    headers = {"Cookie": cookie, **({"Origin": origin} if origin else {})}
    url = house.base.replace("http", "ws", 1) + "/api/desk/live"
    return connect(url, additional_headers=headers, proxy=None)


async def heard(connection: ClientConnection, kind: str, within_s: float = 30.0) -> dict[str, Any]:
    """Wait for a message of a kind."""
    async with asyncio.timeout(within_s):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if message["type"] == kind:
                return message


async def closed_with(connection: ClientConnection) -> int | None:
    """Return the code a websocket is closed with."""
    async with asyncio.timeout(30):
        try:
            await connection.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None
    return None


async def texts_until(connection: ClientConnection, last: str) -> list[str]:
    """Return what customers say up to a last text."""
    texts: list[str] = []
    while last not in texts:
        texts += [line["text"] for line in (await heard(connection, "messages"))["messages"]]
    return texts


def follows(handoff: Handoff) -> dict[str, object]:
    """Return how a tab asks for all that is said in a conversation."""
    return {"type": "follow", "conversation": handoff.conversation_id, "seq": 0}


async def says(house: DeskHouse, handoff: Handoff, text: str) -> None:
    """Let a customer write, and the process that took it in tell the others."""
    said = await house.floor.says(handoff, text)
    told = {"contact": handoff.contact_id, "seq": said.seq, "sender": "customer", "process": "p"}
    house.live.publish("conversation.said", handoff.conversation_id, told)


async def test_websocket_is_closed_to_strangers_foreign_pages_and_who_does_not_work_there(
    house: DeskHouse, lin: Seat
) -> None:
    operator = await house.sits("operator", roles=(Role.OPERATOR,))
    codes = []
    for cookie, origin in (("", None), (lin.cookie, "https://evil.example"), (operator.cookie, None)):
        async with listen(house, cookie, origin) as connection:
            codes.append(await closed_with(connection))
    assert codes == [4401, 4403, 4403]


async def test_websocket_tells_an_agent_nothing_of_the_customers_of_another_skill(
    house: DeskHouse, lin: Seat, chen: Seat
) -> None:
    foreign = await house.floor.served(chen.staff, "foreign")
    own = await house.floor.served(lin.staff, "own")
    async with listen(house, lin.cookie) as connection:
        await heard(connection, "hello")
        for handoff in (foreign, own):
            await connection.send(json.dumps(follows(handoff)))
        await says(house, foreign, "机密")
        await says(house, own, "听得到吗")
        assert "机密" not in await texts_until(connection, "听得到吗")


async def test_agent_hears_no_more_of_a_customer_given_away(house: DeskHouse, lin: Seat, chen: Seat) -> None:
    gone, kept = await house.floor.served(lin.staff, "gone"), await house.floor.served(lin.staff, "kept")
    async with listen(house, lin.cookie) as connection:
        await heard(connection, "hello")
        for handoff in (gone, kept):
            await connection.send(json.dumps(follows(handoff)))
        moved = await house.floor.handoffs.transfer(gone.id, lin.staff.id, skill=Skill.FAULTS, reason="断网")
        await house.floor.handoffs.accept(moved.id, chen.staff.id)
        house.live.publish("queue.changed", "", {})
        assert (await heard(connection, "board"))["mine"] == [kept.id]
        await says(house, gone, "只说给下一位")
        await says(house, kept, "听得到吗")
        assert "只说给下一位" not in await texts_until(connection, "听得到吗")


async def test_tab_that_has_not_opened_a_conversation_hears_which_line_is_the_customers(
    house: DeskHouse, lin: Seat
) -> None:
    handoff = await house.floor.served(lin.staff)
    async with listen(house, lin.cookie) as connection:
        await heard(connection, "hello")
        said = await house.floor.says(handoff, "在吗")
        house.live.publish("conversation.said", handoff.conversation_id, {})
        unread = await heard(connection, "unread")
        assert (unread["conversation"], unread["seq"]) == (handoff.conversation_id, said.seq)
        await house.floor.transcript.say(handoff.conversation_id, Content("您好"), Sender.AGENT)
        house.live.publish("conversation.said", handoff.conversation_id, {})
        assert (await heard(connection, "unread"))["seq"] is None
