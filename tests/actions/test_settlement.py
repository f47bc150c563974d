"""Payments that come in are told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from actions.services import Services
from actions.settlement import settle_once
from bss.sandbox import topups
from bss.sandbox.store import Store
from conversations.directory import Directory
from conversations.model import Event, Sender
from conversations.pending import PendingId, PendingState
from core.clock import FixedClock
from core.database import Database
from core.ids import ConversationId
from tests.actions.conftest import NUMBER
from tests.actions.stage import Stage


async def confirmed(stage: Stage) -> PendingId:
    """Return a top-up the customer has said yes to."""
    payload = {"number": NUMBER, "amount_fen": 5000}
    pending = await stage.services.pending.create(stage.conversation_id, "topup", payload, "shown")
    assert await stage.services.pending.confirm(pending)
    return pending


async def placed(stage: Stage) -> tuple[PendingId, str]:
    """Return a top-up that awaits its payment, and its id at the billing system."""
    pending = await confirmed(stage)
    topup = await stage.services.bss.create_topup(NUMBER, 5000, pending)  # type: ignore[arg-type]
    await stage.services.pending.place(pending, {"id": topup.id})
    return pending, topup.id


async def told(services: Services, conversation_id: ConversationId) -> list[str]:
    return [m.content.text for m in await services.transcript.history(conversation_id)][1:]


async def test_a_payment_is_told_once_however_many_look(stage: Stage, store: Store) -> None:
    pending, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "success")
    settled = await asyncio.gather(*(settle_once(stage.services) for _ in range(3)))
    row = await stage.services.pending.get(pending)
    assert row is not None
    assert (sum(settled), row.state) == (1, PendingState.COMPLETED)
    assert len(await told(stage.services, stage.conversation_id)) == 1


async def test_nothing_is_said_while_the_payment_is_awaited(stage: Stage) -> None:
    await placed(stage)
    assert await settle_once(stage.services) == 0
    assert await told(stage.services, stage.conversation_id) == []


async def test_a_declined_payment_says_why(stage: Stage, store: Store) -> None:
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "fail")
    await settle_once(stage.services)
    assert "支付被拒绝" in (await told(stage.services, stage.conversation_id))[0]


async def test_a_declined_payment_offers_a_person(stage: Stage, store: Store) -> None:
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "fail")
    await settle_once(stage.services)
    told = (await stage.services.transcript.history(stage.conversation_id))[-1]
    assert [button.title for button in told.content.buttons] == ["重新充值", "转人工"]


async def test_a_payment_is_told_by_the_service_while_a_person_serves(stage: Stage, store: Store) -> None:
    _, topup_id = await placed(stage)
    await store.do(topups.settle, topup_id, "fail")
    db = Database(stage.services.settings.database)
    directory = Directory(db, stage.services.clock, stage.services.settings)
    for event in (Event.REQUEST_HANDOFF, Event.ACCEPT):
        await directory.move(stage.conversation_id, event)
    await db.close()
    await settle_once(stage.services)
    told = (await stage.services.transcript.history(stage.conversation_id))[-1]
    assert (told.sender, told.content.buttons) == (Sender.SYSTEM, ())


async def test_what_a_crash_left_between_yes_and_billing_is_carried_on_once(
    stage: Stage, clock: FixedClock
) -> None:
    await confirmed(stage)
    assert await told(stage.services, stage.conversation_id) == []
    clock.advance(timedelta(seconds=30))
    await settle_once(stage.services)
    await settle_once(stage.services)
    links = [text for text in await told(stage.services, stage.conversation_id) if "/payments/" in text]
    assert len(links) == 1


async def test_an_order_left_behind_is_placed_and_its_receipt_told(stage: Stage, clock: FixedClock) -> None:
    payload = {"number": NUMBER, "offering_id": "vas-missed", "action": "add"}
    pending = await stage.services.pending.create(stage.conversation_id, "order", payload, "shown")
    await stage.services.pending.confirm(pending)
    clock.advance(timedelta(seconds=30))
    await settle_once(stage.services)
    assert "来电提醒办理成功" in (await told(stage.services, stage.conversation_id))[0]
    assert await stage.services.bss.order(pending) is not None
