"""TMF622: product orders under our own ids."""

from __future__ import annotations

from bss.port import OrderAction, OrderState, ProductOrder
from bss.tmf.node import Node, malformed
from bss.tmf.upstream import Call
from core.ids import Msisdn, OfferingId

ROOT = "/productOrderingManagement/v4/productOrder"

# TMF622 has states for work in progress that mean nothing to a customer
_STATES = {
    "pending": OrderState.IN_PROGRESS,
    "held": OrderState.IN_PROGRESS,
    "assessingCancellation": OrderState.IN_PROGRESS,
    "pendingCancellation": OrderState.IN_PROGRESS,
    "partial": OrderState.FAILED,
}


async def place(
    call: Call, number: Msisdn, offering_id: OfferingId, action: OrderAction, external_id: str
) -> ProductOrder:
    """Place an order for one offering; a refusal on business grounds comes back as a rejected order."""
    body = {
        "externalId": external_id,
        "category": "B2C",
        "channel": [{"id": "assistant", "name": "assistant", "role": "selfService"}],
        "productOrderItem": [
            {
                "id": "1",
                "quantity": 1,
                "action": action.value,
                "productOffering": {"id": offering_id},
                "product": {"productSerialNumber": number},
            }
        ],
    }
    return order_from(await call.post(ROOT, body, external_id))


async def order(call: Call, external_id: str) -> ProductOrder | None:
    """Look an order up by our id."""
    found = await call.list(ROOT, {"externalId": external_id}, most=1)
    if not found:
        return None
    one = order_from(found[0])
    if one.external_id != external_id:  # a system that does not filter: it might be anybody's
        raise malformed(found[0].path, "is not the order asked for")
    return one


async def orders(call: Call, number: Msisdn, limit: int) -> list[ProductOrder]:
    """Read a number's last orders, newest first."""
    wanted = {"productOrderItem.product.productSerialNumber": number, "sort": "-orderDate"}
    return [order_from(node) for node in await call.list(ROOT, wanted, most=max(1, limit))][: max(0, limit)]


def order_from(node: Node) -> ProductOrder:
    """Parse a productOrder of ours, which has one item."""
    item = node.first("productOrderItem")
    product = item.child("product")
    state = node.text("state")
    try:
        action = OrderAction(item.text("action"))
        reduced = _STATES.get(state) or OrderState(state)
    except ValueError as problem:
        raise malformed(node.path, str(problem)) from None
    ends = action is OrderAction.DELETE
    reasons = [note.text("text") for note in node.children("note") if note.maybe_text("id") == "reason"]
    return ProductOrder(
        id=node.text("id"),
        external_id=node.text("externalId"),
        number=Msisdn(product.text("productSerialNumber")),
        offering_id=OfferingId(item.child("productOffering").text("id")),
        action=action,
        state=reduced,
        placed=node.time("orderDate"),
        effective=product.maybe_time("terminationDate" if ends else "startDate"),
        reason=reasons[0] if reasons else "",
    )
