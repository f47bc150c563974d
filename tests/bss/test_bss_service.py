"""Contract: tickets, short messages and interactions, on both adapters."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from bss.port import Bss, Interaction
from core.errors import CustomerError, UpstreamRejected
from core.ids import Msisdn
from tests.bss.systems import System

FIRST = Msisdn("13800000001")
ENDED = datetime(2026, 10, 1, 12, tzinfo=timezone.utc)


def chat(summary: str = "充值50元，已到账") -> Interaction:
    return Interaction("c-1", FIRST, "web", "topup", summary, ENDED - timedelta(minutes=4), ENDED)


async def test_ticket_has_a_number_and_a_promised_time(bss: Bss) -> None:
    ticket = await bss.open_ticket(FIRST, "complain", "多扣了10元", "medium", "t-1")
    assert (ticket.kind, ticket.status, ticket.description) == ("complain", "acknowledged", "多扣了10元")
    assert ticket.id
    assert ticket.promised == ticket.created + timedelta(hours=48)
    assert list(await bss.tickets(FIRST)) == [ticket]


async def test_ticket_sent_twice_is_one_ticket(bss: Bss) -> None:
    tickets = await asyncio.gather(
        *(bss.open_ticket(FIRST, "incident", "没有信号", "high", "t-1") for _ in range(5))
    )
    assert len({ticket.id for ticket in tickets}) == 1
    with pytest.raises(UpstreamRejected):
        await bss.open_ticket(FIRST, "incident", "上网慢", "high", "t-1")


async def test_ticket_may_belong_to_no_number(bss: Bss) -> None:
    assert (await bss.open_ticket(None, "complain", "营业厅态度不好", "medium", "t-1")).id


async def test_ticket_for_a_strange_number_says_so(bss: Bss) -> None:
    with pytest.raises(CustomerError):
        await bss.open_ticket(Msisdn("13900000000"), "complain", "多扣费", "medium", "t-1")


async def test_ticket_with_a_wanted_time_promises_that(bss: Bss) -> None:
    due = (await bss.open_ticket(FIRST, "request", "回电", "minor", "t-0")).created + timedelta(hours=5)
    ticket = await bss.open_ticket(FIRST, "request", "查漫游费", "minor", "t-1", due)
    assert ticket.promised == due


async def test_ticket_is_told_how_far_it_has_come_and_until_when(bss: Bss) -> None:
    ticket = await bss.open_ticket(FIRST, "request", "查漫游费", "minor", "t-1")
    later = ticket.created + timedelta(hours=72)
    await bss.update_ticket(ticket.id, "inProgress", "", later)
    for _ in range(2):  # the same again changes nothing
        await bss.update_ticket(ticket.id, "resolved", "已退10元")
    (found,) = await bss.tickets(FIRST)
    assert (found.status, found.reason, found.promised) == ("resolved", "已退10元", later)


@pytest.mark.parametrize(
    ("ticket_id", "status"), [("GD0X", "resolved"), ("", "resolved"), (None, "vanished")]
)
async def test_ticket_that_is_not_there_or_status_that_does_not_exist_is_refused(
    bss: Bss, ticket_id: str | None, status: str
) -> None:
    made = await bss.open_ticket(FIRST, "request", "查漫游费", "minor", "t-1")
    with pytest.raises(UpstreamRejected):
        await bss.update_ticket(made.id if ticket_id is None else ticket_id, status, "")


async def test_newest_ticket_comes_first_and_the_limit_holds(bss: Bss) -> None:
    made = [
        await bss.open_ticket(FIRST, "incident", f"故障{index}", "low", f"t-{index}") for index in range(4)
    ]
    assert list(await bss.tickets(FIRST, 3)) == made[:0:-1]


async def test_short_message_arrives_once(system: System) -> None:
    for _ in range(3):
        await system.bss.send_sms(FIRST, "【云通移动】验证码 482913，5分钟内有效。", "m-1")
    [message] = await system.sms(FIRST)
    assert message["to"] == FIRST
    assert "验证码 482913" in message["text"]


async def test_newest_short_message_comes_first(system: System) -> None:
    for index in range(3):
        await system.bss.send_sms(FIRST, f"第{index}条", f"m-{index}")
    assert [message["text"] for message in await system.sms(FIRST)] == ["第2条", "第1条", "第0条"]


async def test_short_message_to_a_strange_number_says_so(bss: Bss) -> None:
    with pytest.raises(CustomerError):
        await bss.send_sms(Msisdn("13900000000"), "你好", "m-1")


async def test_finished_chat_is_kept_once(bss: Bss) -> None:
    await bss.record_interaction(chat(), "i-1")
    await bss.record_interaction(chat(), "i-1")
    with pytest.raises(UpstreamRejected):
        await bss.record_interaction(chat("另一段"), "i-1")
