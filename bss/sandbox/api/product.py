"""TMF637 product: the plan of a number with the number's own state, and what is held beside it."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from bss.port import HeldProduct, Subscriber
from bss.sandbox import products, subscribers
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    account_id,
    at,
    customer_id,
    day_end,
    href,
    money,
    named,
    one,
    page,
    present,
    store_of,
)
from bss.sandbox.refusal import not_found
from bss.sandbox.store import Session
from core.ids import Msisdn
from core.offering import Offering, Period

ROOT = f"{BASE}/productInventory/v4/product"
NUMBER = "productSerialNumber"


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(list_products, ROOT, name="products")
    app.add_route(show_product, f"{ROOT}/<identifier:str>", name="product")


async def list_products(request: Request) -> HTTPResponse:
    return page(request, await store_of(request).do(_find, request.args.get(NUMBER)), ignore=[NUMBER])


async def show_product(request: Request, identifier: str) -> HTTPResponse:
    everything = await store_of(request).do(_find, None)
    found = next((product for product in everything if product["id"] == identifier), None)
    if found is None:
        raise not_found("product", identifier)
    return one(request, found)


def _find(session: Session, number: str | None) -> list[Json]:
    wanted = [Msisdn(number)] if number is not None else subscribers.numbers(session)
    return [
        to_json(held, subscribers.subscriber(session, one_number), session.offerings[held.offering_id])
        for one_number in wanted
        for held in products.products(session, one_number)
    ]


def to_json(held: HeldProduct, who: Subscriber, offering: Offering) -> Json:
    """Write a held product as TMF637."""
    recurring = offering.period is not Period.ONCE
    price = present(
        priceType="recurring" if recurring else "oneTime",
        recurringChargePeriod=offering.period.value if recurring else None,
        price={"taxIncludedAmount": money(held.price_fen)},
    )
    runs_today = held.is_plan and held.status != "pendingActive"
    return present(
        id=held.id,
        href=href("productInventory", "product", held.id),
        _type="Product",
        name=held.name,
        status=held.status,
        productSerialNumber=who.number,
        isCustomerVisible=True,
        startDate=at(held.started),
        terminationDate=at(held.ends),
        productOffering={
            "id": held.offering_id,
            "href": href("productCatalogManagement", "productOffering", held.offering_id),
            "name": held.name,
        },
        productPrice=[price],
        productCharacteristic=[
            named("category", offering.category.value),
            *(_line(who) if runs_today else ()),
        ],
        productTerm=_contract(who) if runs_today else None,
        billingAccount={"id": account_id(who.number)},
        relatedParty=[{"id": customer_id(who.number), "role": "customer", "@referredType": "Individual"}],
    )


def _line(who: Subscriber) -> list[Json]:
    return [named("chargingMode", who.kind), named("lineStatus", who.status.value)]


def _contract(who: Subscriber) -> list[Json] | None:
    if who.contract_until is None:
        return None
    return [{"name": "contract", "validFor": {"endDateTime": day_end(who.contract_until)}}]
