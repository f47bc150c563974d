"""TMF632 individual: who a number belongs to, found by the number."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from bss.port import Subscriber
from bss.sandbox import subscribers
from bss.sandbox.api.common import BASE, App, Json, customer_id, href, named, one, page, present, store_of
from bss.sandbox.refusal import not_found
from bss.sandbox.store import Session
from core.ids import Msisdn

ROOT = f"{BASE}/party/v4/individual"
PHONE = "contactMedium.characteristic.phoneNumber"


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(list_individuals, ROOT, name="individuals")
    app.add_route(show_individual, f"{ROOT}/<identifier:str>", name="individual")


async def list_individuals(request: Request) -> HTTPResponse:
    return page(request, await store_of(request).do(_find, request.args.get(PHONE)), ignore=[PHONE])


async def show_individual(request: Request, identifier: str) -> HTTPResponse:
    everybody = await store_of(request).do(_find, None)
    found = next((individual for individual in everybody if individual["id"] == identifier), None)
    if found is None:
        raise not_found("individual", identifier)
    return one(request, found)


def _find(session: Session, number: str | None) -> list[Json]:
    wanted = [Msisdn(number)] if number is not None else subscribers.numbers(session)
    return [to_json(subscribers.subscriber(session, one_number)) for one_number in wanted]


def to_json(who: Subscriber) -> Json:
    """Write a subscriber as TMF632; the identity document's number never leaves the billing system."""
    identifier = customer_id(who.number)
    documents = [{"identificationType": "居民身份证"}] if who.is_real_named else None
    return present(
        id=identifier,
        href=href("party", "individual", identifier),
        _type="Individual",
        fullName=who.name,
        familyName=who.name[:1],
        givenName=who.name[1:],
        birthDate=f"{who.birth_year}-01-01T00:00:00+08:00" if who.birth_year else None,
        status="validated" if who.is_real_named else "initialized",
        individualIdentification=documents,
        contactMedium=[
            {"mediumType": "mobile", "preferred": True, "characteristic": {"phoneNumber": who.number}},
        ],
        partyCharacteristic=[
            named("region", who.region),
            named("inNetworkSince", who.in_network_since.isoformat()),
            named("segments", ",".join(who.segments)),
        ],
    )
