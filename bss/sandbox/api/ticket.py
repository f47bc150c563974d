"""TMF621 troubleTicket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sanic import HTTPResponse, Request

from bss.port import TroubleTicket
from bss.sandbox import tickets
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    at,
    body_of,
    href,
    key_of,
    one,
    page,
    present,
    respond,
    store_of,
    text_at,
    values_at,
)
from bss.sandbox.refusal import invalid
from bss.sandbox.store import Session
from core.ids import Msisdn

API = "troubleTicket"
ROOT = f"{BASE}/{API}/v4/troubleTicket"
NUMBER = "relatedEntity.id"
KEPT = 1000


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(open_ticket, ROOT, methods=["POST"], name="ticket_open")
    app.add_route(list_tickets, ROOT, name="tickets")
    app.add_route(change_ticket, f"{ROOT}/<identifier:str>", methods=["PATCH"], name="ticket_change")
    app.add_route(show_ticket, f"{ROOT}/<identifier:str>", name="ticket")


async def open_ticket(request: Request) -> HTTPResponse:
    body = body_of(request)
    number = next((Msisdn(str(value)) for value in values_at(body, NUMBER)), None)
    kind, description, severity = (text_at(body, name) for name in ("ticketType", "description", "severity"))
    key, requested = key_of(request, body), _requested(body)
    created = await store_of(request).do(_create, number, kind, description, severity, key, requested)
    return respond(created, 201)


async def change_ticket(request: Request, identifier: str) -> HTTPResponse:
    body = body_of(request)
    status, reason = text_at(body, "status"), text_at(body, "statusChangeReason", "")
    return respond(await store_of(request).do(_change, identifier, status, reason, _requested(body)))


async def list_tickets(request: Request) -> HTTPResponse:
    number = request.args.get(NUMBER)
    if number is None:
        raise invalid(f"{NUMBER} is missing")
    return page(request, await store_of(request).do(_latest, Msisdn(number)), ignore=[NUMBER])


async def show_ticket(request: Request, identifier: str) -> HTTPResponse:
    return one(request, await store_of(request).do(_show, identifier))


def _create(
    session: Session,
    number: Msisdn | None,
    kind: str,
    description: str,
    severity: str,
    key: str,
    requested: datetime | None,
) -> Json:
    ticket = tickets.create(session, number, kind, description, severity, key, requested)
    return to_json(ticket, tickets.severity_of(session, ticket.id))


def _change(session: Session, identifier: str, status: str, reason: str, requested: datetime | None) -> Json:
    ticket = tickets.change(session, identifier, status, reason, requested)
    return to_json(ticket, tickets.severity_of(session, ticket.id))


def _latest(session: Session, number: Msisdn) -> list[Json]:
    return [
        to_json(ticket, tickets.severity_of(session, ticket.id))
        for ticket in tickets.latest(session, number, KEPT)
    ]


def _show(session: Session, identifier: str) -> Json:
    return to_json(tickets.get(session, identifier), tickets.severity_of(session, identifier))


def to_json(ticket: TroubleTicket, severity: str) -> Json:
    """Write a ticket as TMF621."""
    return present(
        id=ticket.id,
        href=href(API, "troubleTicket", ticket.id),
        _type="TroubleTicket",
        ticketType=ticket.kind,
        severity=severity,
        status=ticket.status,
        description=ticket.description,
        creationDate=at(ticket.created),
        expectedResolutionDate=at(ticket.promised),
        statusChangeReason=ticket.reason or None,
    )


def _requested(body: Mapping[str, Any]) -> datetime | None:
    text = text_at(body, "requestedResolutionDate", "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{text} is not a time") from None
    if moment.tzinfo is None:
        raise invalid(f"{text} has no time zone")
    return moment
