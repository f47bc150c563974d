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
from core.errors import UpstreamError, UpstreamRejected, UpstreamUnavailable
from core.ids import Msisdn, OfferingId
from core.privacy import mask_number

_AT_WORK = (OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS)
_REFUSED = (OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED)


async def found_or_placed(services: Services, row: PendingAction, is_first: bool) -> ProductOrder:
    """Order under the row's id; where an answer may have been lost, look the order up, for a no may be to its repeat."""
    if not is_first and (placed := await found(services, row)):
        return placed
    number, action = Msisdn(str(row.payload["number"])), OrderAction(str(row.payload["action"]))
    try:
        return await services.bss.place_order(
            number, OfferingId(str(row.payload["offering_id"])), action, row.id
        )
    except UpstreamError as error:
        if placed := await found(services, row):
            return placed
        raise error


async def found(services: Services, row: PendingAction) -> ProductOrder | None:
    """Return what billing knows of a row's order; None where it was never placed.

    A look-up that is refused says nothing of the order: it may be there.
    """
    try:
        return await services.bss.order(row.id)
    except UpstreamRejected as refused:
        raise UpstreamUnavailable("bss.unavailable", f"no look-up: {refused.detail}") from refused


async def end(services: Services, row: PendingAction, order: ProductOrder) -> bool:
    """Note what became of an order, or that billing has it; True for the one caller who moved the row on."""
    if is_open(order):
        return await services.pending.place(row.id, {"id": order.id})
    state = PendingState.FAILED if is_refused(order) else PendingState.COMPLETED
    note = order.reason or order.state.value
    return await services.pending.settle(row.id, state, note, external={"id": order.id})


def is_refused(order: ProductOrder) -> bool:
    """Say whether nothing came of an order."""
    return order.state in _REFUSED


def is_open(order: ProductOrder) -> bool:
    """Say whether billing still works on an order without saying from when it holds: it may yet come to nothing."""
    return order.state in _AT_WORK and order.effective is None


async def receipt(services: Services, order: ProductOrder) -> tuple[str, Mapping[str, object]]:
    """Return the response that tells what became of an order, and its fields."""
    name = await name_of(services, str(order.offering_id))
    if is_refused(order):
        return words_for_reason(order.reason), {"name": name}
    is_delete = order.action is OrderAction.DELETE
    if is_open(order):
        return "utter_plan_accepted", {"wish": _wish(name, is_delete), "order": order.id}
    effective = date_text(order.effective) if order.effective else responses().text("utter_plan_soon")
    fields = {"name": name, "number": mask_number(order.number), "order": order.id, "effective": effective}
    return ("utter_plan_done_delete" if is_delete else "utter_plan_done"), fields


async def wish_of(services: Services, row: PendingAction) -> str:
    """Return what a row's customer wished, in words: 办理来电提醒, 退订来电提醒."""
    name = await name_of(services, str(row.payload["offering_id"]))
    return _wish(name, row.payload["action"] == OrderAction.DELETE.value)


def _wish(name: str, is_delete: bool) -> str:
    return responses().text("utter_plan_cancel_title" if is_delete else "utter_plan_order_title", name=name)


async def name_of(services: Services, offering_id: str) -> str:
    """Return what customers call a product; its id where the catalogue does not know it any more."""
    offering = (await catalogue(services)).get(offering_id)
    return offering.name if offering else offering_id
