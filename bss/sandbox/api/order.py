"""TMF622 productOrder."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from bss.port import OrderAction, OrderState, ProductOrder
from bss.sandbox import orders
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    at,
    body_of,
    customer_id,
    href,
    key_of,
    one,
    page,
    present,
    respond,
    store_of,
    text_at,
)
from bss.sandbox.refusal import invalid, not_found
from core.ids import Msisdn, OfferingId

API = "productOrderingManagement"
ROOT = f"{BASE}/{API}/v4/productOrder"
NUMBER = "productOrderItem.product.productSerialNumber"
KEPT = 1000


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(place_order, ROOT, methods=["POST"], name="order_place")
    app.add_route(list_orders, ROOT, name="orders")
    app.add_route(show_order, f"{ROOT}/<identifier:str>", name="order")


async def place_order(request: Request) -> HTTPResponse:
    body = body_of(request)
    items = body.get("productOrderItem")
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise invalid("productOrderItem has exactly one item")
    item = items[0]
    text_at(item, "id")
    try:
        action = OrderAction(text_at(item, "action"))
    except ValueError:
        raise invalid("action is add, modify or delete") from None
    number = Msisdn(text_at(item, "product.productSerialNumber"))
    offering_id = OfferingId(text_at(item, "productOffering.id"))
    key = text_at(body, "externalId", key_of(request, body))
    return respond(to_json(await store_of(request).do(orders.place, number, offering_id, action, key)), 201)


async def list_orders(request: Request) -> HTTPResponse:
    store = store_of(request)
    if (number := request.args.get(NUMBER)) is not None:
        found = await store.do(orders.latest, Msisdn(number), KEPT)
    elif (external_id := request.args.get("externalId")) is not None:
        order = await store.do(orders.find, external_id)
        found = [order] if order else []
    else:
        raise invalid(f"{NUMBER} or externalId is missing")
    return page(request, [to_json(order) for order in found], ignore=[NUMBER])


async def show_order(request: Request, identifier: str) -> HTTPResponse:
    order = await store_of(request).do(orders.get, identifier)
    if order is None:
        raise not_found("productOrder", identifier)
    return one(request, to_json(order))


def to_json(order: ProductOrder) -> Json:
    """Write an order as TMF622; why it was rejected is the note with the id `reason`."""
    ends = order.action is OrderAction.DELETE
    effective = at(order.effective)
    product = present(
        productSerialNumber=order.number,
        startDate=None if ends else effective,
        terminationDate=effective if ends else None,
    )
    item = {
        "id": "1",
        "quantity": 1,
        "action": order.action.value,
        "state": order.state.value,
        "productOffering": {
            "id": order.offering_id,
            "href": href("productCatalogManagement", "productOffering", order.offering_id),
        },
        "product": product,
    }
    return present(
        id=order.id,
        href=href(API, "productOrder", order.id),
        _type="ProductOrder",
        externalId=order.external_id,
        category="B2C",
        state=order.state.value,
        orderDate=at(order.placed),
        expectedCompletionDate=effective,
        completionDate=effective if order.state is OrderState.COMPLETED else None,
        note=[{"id": "reason", "author": "eligibility", "text": order.reason}] if order.reason else None,
        productOrderItem=[item],
        relatedParty=[{"id": customer_id(order.number), "role": "customer", "@referredType": "Individual"}],
    )
