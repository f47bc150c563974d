"""Taking back what was confirmed while the billing system did not answer; the customer hears what is true of it."""

from __future__ import annotations

from collections.abc import Mapping

from actions import orders
from actions.base import Say
from actions.responses import responses
from actions.services import Services
from actions.topup_state import say_state
from actions.turn import Turn
from bss.port import ProductOrder
from conversations.pending import UNDER_WAY, PendingAction, PendingState
from core.errors import UpstreamError

BY_CUSTOMER = "by the customer"  # kept as the row's note
Words = list[tuple[str, Mapping[str, object]]]


async def take_back(services: Services, turn: Turn, say: Say) -> bool:
    """Take back whatever the customer has under way; False where there is nothing.

    A payment link that is out is spoken of where it was shown last: it cannot be called back, and lapses by itself.
    """
    is_link_meant = turn.slot("retry") == "action_topup_submit" or turn.was_offered("utter_topup_link", 2)
    under_way = await services.pending.under_way(turn.conversation_id)
    rows = [row for row in under_way if is_link_meant or not _has_link(row)]
    for row in rows:
        await (take_back_topup if row.kind == "topup" else take_back_order)(services, row, say)
    return bool(rows)


def _has_link(row: PendingAction) -> bool:
    return row.kind == "topup" and row.state is PendingState.PLACED


async def take_back_topup(services: Services, row: PendingAction, say: Say) -> None:
    """Cancel a top-up whose link nobody has; a link that is out may still be paid, and stays watched."""
    if await services.pending.take_back(row, BY_CUSTOMER):
        say("utter_topup_cancelled")
        return
    now = await services.pending.get(row.id) or row
    say_state(now, say, unpaid="utter_topup_link_open")


async def take_back_order(
    services: Services, row: PendingAction, say: Say, unknown: str = "utter_plan_withdrawing"
) -> None:
    """Withdraw an order, so that nothing places it any more, and say whether billing has it, where that is known."""
    await services.pending.take_back(row, BY_CUSTOMER)
    now = await services.pending.get(row.id) or row
    try:
        order = await orders.found(services, row)
        told = await words_for(services, row, order)
    except UpstreamError:
        say(unknown, wish=await wish_in_words(services, row))
        return
    if order is None and now.state in UNDER_WAY:  # a write that timed out may still arrive
        say(unknown, wish=await wish_in_words(services, row))
        return
    for response, fields in told:
        say(response, fields)
    if order is not None:
        await orders.end(services, row, order)


async def words_for(services: Services, row: PendingAction, order: ProductOrder | None) -> Words:
    """Return what to say of a withdrawn order, now that it is known whether billing had it."""
    if order is None or orders.is_refused(order):
        return [("utter_plan_withdrawn", {"wish": await orders.wish_of(services, row)})]
    return [("utter_plan_withdrawn_late", {}), await orders.receipt(services, order)]


async def wish_in_words(services: Services, row: PendingAction) -> str:
    """Name what was wished, also where the catalogue cannot be read."""
    try:
        return await orders.wish_of(services, row)
    except UpstreamError:
        return responses().text("utter_plan_wish_unnamed")
