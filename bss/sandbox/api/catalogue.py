"""TMF620 productOffering."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from bss.sandbox.api.common import BASE, App, one, page, store_of
from bss.sandbox.refusal import not_found
from core.ids import OfferingId
from core.tmf_offering import to_tmf

ROOT = f"{BASE}/productCatalogManagement/v4/productOffering"


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(list_offerings, ROOT, name="offerings")
    app.add_route(show_offering, f"{ROOT}/<offering_id:str>", name="offering")


async def list_offerings(request: Request) -> HTTPResponse:
    return page(request, [to_tmf(offering) for offering in store_of(request).offerings.values()])


async def show_offering(request: Request, offering_id: str) -> HTTPResponse:
    offering = store_of(request).offerings.get(OfferingId(offering_id))
    if offering is None:
        raise not_found("productOffering", offering_id)
    return one(request, to_tmf(offering))
