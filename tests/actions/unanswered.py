"""Orders and top-ups a billing system does not answer, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from actions.plan_order import AskPlanConfirmed, PlanSubmit
from actions.settlement import settle_once
from actions.smalltalk import SmalltalkIdle
from actions.topup import AskTopupConfirmed, TopupSubmit
from bss.port import ProductOrder
from conversations.model import Sender
from conversations.pending import PendingAction, PendingId
from core.clock import FixedClock
from tests.actions.conftest import NUMBER, token
from tests.actions.stage import Said, Stage
from tests.actions.systems import Down

PACK = "data-boost-10"  # may be ordered again and again, and is charged each time


async def plan_confirmed(stage: Stage, offering: str = PACK, action: str = "add") -> Said:
    """Order something and say yes."""
    stage.active_form, stage.shown = "plan_form", []
    stage.slots |= {"plan_offering": offering, "plan_action": action, "requested_slot": "plan_confirmed"}
    await stage.run(AskPlanConfirmed(stage.services), "-")
    stage.active_form = None
    return await stage.run(PlanSubmit(stage.services), "确认", "affirm")


async def topup_confirmed(stage: Stage) -> Said:
    """Top 50 yuan up and say yes."""
    number = await token(stage.services, stage.conversation_id, NUMBER)
    stage.slots |= {"topup_number": number, "topup_amount": 5000.0, "topup_pending": None}
    await stage.run(AskTopupConfirmed(stage.services), "-")
    return await stage.run(TopupSubmit(stage.services), "确认", "affirm")


async def unanswered(stage: Stage, down: Down, *, topup: bool = False) -> PendingAction:
    """Confirm an order, or a top-up, that billing does not answer."""
    before, stage.services = stage.services, replace(stage.services, bss=down)
    said = await (topup_confirmed if topup else plan_confirmed)(stage)
    stage.services = before
    assert said.slots["retry"] == ("action_topup_submit" if topup else "action_plan_submit")
    return await row_of(stage, "topup_pending" if topup else "plan_pending")


async def row_of(stage: Stage, slot: str) -> PendingAction:
    row = await stage.services.pending.get(PendingId(str(stage.slots[slot])))
    assert row is not None
    return row


async def cancel(stage: Stage) -> list[str]:
    return (await stage.run(SmalltalkIdle(stage.services), "取消", "cancel")).responses


async def settled(stage: Stage, clock: FixedClock, after_s: float = 30) -> list[str]:
    """Let settlement work; return what it has told so far."""
    clock.advance(timedelta(seconds=after_s))
    await settle_once(stage.services)
    history = await stage.services.transcript.history(stage.conversation_id)
    return [message.content.text for message in history if message.sender is not Sender.CUSTOMER]


async def orders_of(stage: Stage, offering: str = PACK) -> Sequence[ProductOrder]:
    return [o for o in await stage.services.bss.orders(NUMBER, 50) if o.offering_id == offering]
