"""Promises at the desk over HTTP: made at the end of a conversation, seen by whom they concern, ticked off."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bss.embedded import EmbeddedBss
from bss.sandbox.store import Store
from console.desk_hub import OpenDesk
from conversations.desk_model import Handoff, Role, Skill
from conversations.live import LiveEvent
from core.clock import FixedClock
from core.database import Database
from core.ids import Msisdn
from core.settings import Settings
from tests.console.desk_house import DeskHouse, Seat

NUMBER = Msisdn("13800000001")


@pytest.fixture
async def house(
    sqlite_url: str, clock: FixedClock, settings: Settings, tmp_path: Path
) -> AsyncIterator[DeskHouse]:
    """The desk over HTTP, with a billing system."""
    db, store = Database(sqlite_url), Store(tmp_path / "sandbox.db", clock, 1)
    await store.open()
    async with DeskHouse(db, clock, settings, EmbeddedBss(store)).open() as opened:
        yield opened
    await store.close()
    await db.close()


@pytest.fixture
async def lin(house: DeskHouse) -> Seat:
    return await house.sits("lin", Skill.BILLING)


async def ends(house: DeskHouse, seat: Seat, **changes: object) -> tuple[Handoff, Any]:
    """Let an agent end a conversation with something left to do; return the answer."""
    served = await house.floor.served(seat.staff)
    await house.proves(served, NUMBER)
    due = (house.floor.clock.now() + timedelta(hours=20)).isoformat()
    body = {"disposition": "follow_up", "task": "查漫游费", "due": due, **changes}
    return served, await seat.does("POST", f"/conversations/{served.conversation_id}/resolve", body)


async def owed(seat: Seat) -> dict[str, Any]:
    (found,) = (await seat.get("/follow-ups"))["mine"]
    return dict(found)


async def test_time_proposed_is_tomorrow_evening_unless_nobody_works_then(
    house: DeskHouse, lin: Seat
) -> None:
    assert await lin.get("/follow-ups/due") == {"due": "2026-10-16T10:00:00+00:00"}  # in China 18:00
    await house.operating.change("hours", [[["09:00", "20:00"]]] * 7, "root")
    await house.operating.change("special_days", ["2026-10-16 休息", "2026-10-17 10:00-16:00"], "root")
    assert (await lin.get("/follow-ups/due"))["due"] == "2026-10-17T04:00:00+00:00"  # two hours to call


async def test_number_is_there_for_the_call_though_the_proof_is_over(house: DeskHouse, lin: Seat) -> None:
    served, _ = await ends(house, lin)
    await house.identity.forget(served.conversation_id)
    path = f"/conversations/{served.conversation_id}"
    card = await lin.get(f"{path}/customer")
    assert (card["is_verified"], card["number"]) == (True, "138****0001")
    assert (await lin.does("POST", f"{path}/reveal")).json() == {"number": NUMBER}
    assert await house.noted("number.revealed") == [(lin.staff.id, served.conversation_id)]
    await lin.does("POST", f"/follow-ups/{(await owed(lin))['id']}/finish", {"outcome": "已回电"})
    assert await lin.refused("POST", f"{path}/reveal") == "customer.unverified"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"task": None}, "request.invalid"),
        ({"task": " "}, "follow_up.invalid"),
        ({"due": None}, "request.invalid"),
        ({"due": "明天"}, "request.invalid"),
        ({"due": "2026-11-28T18:00:00"}, "request.invalid"),  # in which zone
        ({"due": "2020-01-01T00:00:00+08:00"}, "follow_up.invalid"),
    ],
)
async def test_promise_without_task_or_time_is_refused_and_the_conversation_goes_on(
    house: DeskHouse, lin: Seat, changes: dict[str, object], code: str
) -> None:
    _, answer = await ends(house, lin, **changes)
    assert answer.json()["error"]["code"] == code
    assert len((await lin.get("/overview"))["mine"]) == 1


async def test_conversation_shows_what_it_has_left_to_do_and_so_does_the_next_one(
    house: DeskHouse, lin: Seat
) -> None:
    served, _ = await ends(house, lin)
    found = await owed(lin)
    assert (found["task"], found["owner"], found["ticket"]) == ("查漫游费", "lin", None)
    assert (await lin.get(f"/conversations/{served.conversation_id}"))["follow_ups"] == [found]
    contact = await house.floor.directory.contact_of(served.contact_id)
    assert contact is not None
    mei = await house.sits("mei", Skill.BILLING)
    await house.floor.says(served, "退的钱还没到账")
    later = await house.floor.served(mei.staff, contact.channel_user)
    shown = await mei.get(f"/conversations/{later.conversation_id}")
    assert [one["id"] for one in shown["follow_ups"]] == [found["id"]]
    assert (await mei.get("/follow-ups"))["mine"] == []


async def test_promise_is_put_off_and_given_to_a_colleague_who_then_reads_along(
    house: DeskHouse, lin: Seat
) -> None:
    mei = await house.sits("mei", Skill.FAULTS)
    served, _ = await ends(house, lin)
    found = await owed(lin)
    due = (house.floor.clock.now() + timedelta(days=3)).isoformat()
    owners = [one["name"] for one in await lin.get("/follow-ups/owners")]
    assert owners == ["lin", "mei"]
    moved = await lin.does("POST", f"/follow-ups/{found['id']}/move", {"due": due, "owner": mei.staff.id})
    assert (moved.json()["owner"], moved.json()["due"]) == ("mei", due)
    assert (await mei.does("GET", f"/conversations/{served.conversation_id}")).status_code == 200
    assert (await lin.get("/follow-ups"))["mine"] == []
    assert await lin.refused("POST", f"/follow-ups/{found['id']}/finish", {"outcome": "x"}) == (
        "follow_up.not_yours"
    )


async def test_promise_goes_to_nobody_who_never_sits_at_the_desk(house: DeskHouse, lin: Seat) -> None:
    writer = await house.sits("writer", roles=(Role.OPERATOR,))
    await ends(house, lin)
    move = f"/follow-ups/{(await owed(lin))['id']}/move"
    assert await lin.refused("POST", move, {"owner": writer.staff.id}) == "staff.unknown"


async def test_supervisor_sees_their_own_however_many_others_are_more_urgent(
    house: DeskHouse, lin: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.follow_ups._SHOWN", 2)
    boss = await house.sits("boss", Skill.BILLING, roles=(Role.SUPERVISOR, Role.AGENT))
    late = (house.floor.clock.now() + timedelta(days=9)).isoformat()
    await ends(house, boss, due=late)
    for _ in range(2):
        await ends(house, lin)
    listed = await boss.get("/follow-ups")
    assert (len(listed["mine"]), len(listed["others"])) == (1, 2)


async def test_supervisor_sees_everybodys_and_ticks_off_for_somebody_who_is_ill(
    house: DeskHouse, lin: Seat
) -> None:
    boss = await house.sits("boss", roles=(Role.SUPERVISOR,))
    await ends(house, lin)
    listed = await boss.get("/follow-ups")
    assert ([one["owner"] for one in listed["others"]], listed["mine"]) == (["lin"], [])
    finish = f"/follow-ups/{listed['others'][0]['id']}/finish"
    done = await boss.does("POST", finish, {"outcome": "已退10元", "telling": "10元已退回"})
    assert (done.json()["done_by"], done.json()["outcome"]) == ("boss", "已退10元")
    assert await boss.refused("POST", finish, {"outcome": "又一次"}) == "follow_up.gone"
    assert (await lin.get("/follow-ups"))["mine"] == []


async def test_colleague_neither_sees_nor_touches_it(house: DeskHouse, lin: Seat) -> None:
    mei = await house.sits("mei", Skill.BILLING)
    served, _ = await ends(house, lin)
    found = await owed(lin)
    assert await mei.get("/follow-ups") == {"mine": [], "others": []}
    body = {"outcome": "x", "due": found["due"]}
    refusals = [
        await mei.refused("POST", f"/follow-ups/{found['id']}/{verb}", body) for verb in ("finish", "move")
    ]
    refusals.append(await mei.refused("GET", f"/conversations/{served.conversation_id}"))
    assert refusals == ["follow_up.not_yours", "follow_up.not_yours", "conversation.not_yours"]


class Wire:
    """A websocket that keeps what kinds of messages were sent."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    async def send(self, data: str) -> None:
        self.kinds.append(json.loads(data)["type"])


async def hears(house: DeskHouse, seat: Seat) -> Wire:
    """Open somebody's desk; return what it is sent."""
    wire = Wire()
    await house.hub.join(OpenDesk(seat.staff, wire))
    return wire


async def test_only_whom_it_concerns_reads_the_lists_again(house: DeskHouse, lin: Seat) -> None:
    mei, ning = await house.sits("mei", Skill.BILLING), await house.sits("ning", Skill.BILLING)
    boss = await house.sits("boss", roles=(Role.SUPERVISOR,))
    served, _ = await ends(house, lin)
    contact = await house.floor.directory.contact_of(served.contact_id)
    assert contact is not None
    await house.floor.says(served, "退的钱还没到账")
    await house.floor.served(mei.staff, contact.channel_user)  # who serves the customer now sees what is owed
    wires = [await hears(house, seat) for seat in (lin, mei, boss, ning)]
    house.floor.published.clear()
    await lin.does("POST", f"/follow-ups/{(await owed(lin))['id']}/finish", {"outcome": "已回电"})
    for kind, subject, payload in house.floor.published:
        await house.hub.on_event(LiveEvent(kind, subject, payload))
    assert [wire.kinds for wire in wires] == [["follow_ups"]] * 3 + [[]]
