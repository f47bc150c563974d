"""Placing a confirmed order once, whatever gets lost on the way, and the words of its receipt."""

from __future__ import annotations

from collections.abc import Mapping

from actions.catalogue import catalogue
from actions.errors import words_for_reason
from actions.moments import date_text
from actions.responses import responses
from actions.services import Services
from bss.port import OrderAction, OrderState, ProductOrder
from conversations.pending import PendingAction, PendingState
from core.errors import UpstreamError, UpstreamRejected
from core.ids import Msisdn, OfferingId
from core.privacy import mask_number

_REFUSED = (OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED)


async def place(services: Services, row: PendingAction, is_first: bool) -> ProductOrder:
    """Order under the row's id and end the row; where an answer may have been lost, look the order up first."""
    order = await _find_or_place(services, row, is_first)
    state = PendingState.FAILED if is_refused(order) else PendingState.COMPLETED
    await services.pending.place(row.id, {"id": order.id})
    await services.pending.settle(row.id, state, order.reason or order.state.value)
    return order


def is_refused(order: ProductOrder) -> bool:
    """Say whether nothing came of an order."""
    return order.state in _REFUSED


async def _find_or_place(services: Services, row: PendingAction, is_first: bool) -> ProductOrder:
    bss, number = services.bss, Msisdn(str(row.payload["number"]))
    if not is_first and (placed := await bss.order(row.id)):
        return placed
    wanted, action = OfferingId(str(row.payload["offering_id"])), OrderAction(str(row.payload["action"]))
    try:
        return await bss.place_order(number, wanted, action, row.id)
    except UpstreamRejected:
        raise
    except UpstreamError as error:
        if placed := await bss.order(row.id):
            return placed
        raise error


async def receipt(services: Services, order: ProductOrder) -> tuple[str, Mapping[str, object]]:
    """Return the response that tells what became of an order, and its fields."""
    offering = (await catalogue(services)).get(str(order.offering_id))
    name = offering.name if offering else str(order.offering_id)
    if is_refused(order):
        return words_for_reason(order.reason), {"name": name}
    effective = date_text(order.effective) if order.effective else responses().text("utter_plan_soon")
    fields = {"name": name, "number": mask_number(order.number), "order": order.id, "effective": effective}
    is_delete = order.action is OrderAction.DELETE
    return ("utter_plan_done_delete" if is_delete else "utter_plan_done"), fields
