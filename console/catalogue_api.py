"""The catalogue over HTTP: what is sold, from whom we know it, and what the operator writes about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from console import catalogue_views as views
from console.accounts import Session
from console.audit import Audit
from console.guard import Guard, Needs
from console.import_api import file_response
from console.reading import Body
from conversations.desk_model import Role
from conversations.staff import Roster
from core.clock import Clock
from core.errors import StaffError
from core.offering import Category, Offering
from core.text import normalise
from knowledge_base.exchange.offering_cells import (
    OfferingInvalid,
    offering_of,
    offerings_csv,
    offerings_json,
    offerings_workbook,
)
from knowledge_base.exchange.problems import Problem
from knowledge_base.offering_store.merging import Shelf, by_id
from knowledge_base.offering_store.shelves import Shelves

_PAGE = 50
_FORMS: dict[str, tuple[str, Callable[[Sequence[Offering]], bytes]]] = {
    "json": ("application/json", offerings_json),
    "csv": ("text/csv; charset=utf-8", offerings_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", offerings_workbook),
}


@dataclass(frozen=True, slots=True)
class CatalogueParts:
    """What the routes stand on; `changed` is told when the catalogue is another."""

    guard: Guard
    audit: Audit
    roster: Roster
    shelves: Shelves
    clock: Clock
    changed: Callable[[], None]


def blueprint(parts: CatalogueParts) -> Blueprint:
    """Return the routes under /api/catalogue."""
    routes = Blueprint("catalogue", url_prefix="/api/catalogue")
    staff = parts.guard.needs(Role.OPERATOR, Role.REVIEWER, Role.ADMIN)
    _reading(routes, parts, staff)
    _writing(routes, parts, staff)
    return routes


def _reading(routes: Blueprint, parts: CatalogueParts, staff: Needs) -> None:
    @routes.get("/offerings", name="catalogue_list")
    @staff
    async def offerings(request: Request, session: Session) -> HTTPResponse:
        """Return a page of the merged catalogue: ?q=&category=&state=&offset=."""
        shelf, now = await parts.shelves.shelf(), parts.clock.now()
        wanted = normalise(request.args.get("q", ""))
        category, state = request.args.get("category"), request.args.get("state")
        is_gone = state == "deleted"
        there = await views.deleted(parts.shelves) if is_gone else map(views.Found, shelf.shelved)
        found = [
            one
            for one in there
            if (not wanted or any(wanted in normalise(text) for text in _names(one.shelved.offering)))
            and (not category or one.shelved.offering.category.value == category)
            and (not state or state in views.states(one, now))
        ]
        text = request.args.get("offset", "0")
        start = int(text) if text.isdecimal() and len(text) < 9 else 0
        return json(
            {
                "offerings": [views.row(one, now) for one in found[start : start + _PAGE]],
                "total": len(found),
                "categories": {
                    one.value: sum(s.offering.category is one for s in shelf.shelved) for one in Category
                },
                "hidden": [
                    {"id": one.id, "name": one.name, "taken_by": taken} for one, taken in shelf.hidden
                ],
            }
        )

    @routes.get("/offerings/<offering_id:str>", name="catalogue_show")
    @staff
    async def show(request: Request, session: Session, offering_id: str) -> HTTPResponse:
        """Return an offering, also one that is hidden or deleted: where its values come from, what customers are told of it."""
        return json(await _detail(parts, offering_id))

    @routes.get("/offerings/<offering_id:str>/revisions", name="catalogue_revisions")
    @staff
    async def revisions(request: Request, session: Session, offering_id: str) -> HTTPResponse:
        """Return what was written about an offering, newest first."""
        names = await parts.roster.names()
        return json([views.revision(one, names) for one in await parts.shelves.store.revisions(offering_id)])

    @routes.get("/export", name="catalogue_export")
    @staff
    async def export(request: Request, session: Session) -> HTTPResponse:
        """Return the merged catalogue as a file: ?format=json|csv|xlsx."""
        form = request.args.get("format", "json")
        if form not in _FORMS:
            raise StaffError("request.invalid", "format", field="format")
        kind, write = _FORMS[form]
        await parts.audit.record(session.staff.id, "catalogue.exported", "", {"format": form})
        body = await asyncio.to_thread(write, await parts.shelves.offerings())
        return file_response(body, f"catalogue.{form}", kind)


def _writing(routes: Blueprint, parts: CatalogueParts, staff: Needs) -> None:
    store = parts.shelves.store

    @routes.post("/offerings", name="catalogue_add")
    @staff
    async def add(request: Request, session: Session) -> HTTPResponse:
        """Add an offering that the billing system does not have: {"cells": {field: text}}."""
        offering = _read(Body.of(request), None)
        if isinstance(offering, HTTPResponse):
            return offering
        shelf = await parts.shelves.shelf()
        if offering.id in by_id(shelf):
            raise StaffError("offering.taken", offering.id)
        if (refused := _name_taken(shelf, offering)) is not None:
            return refused
        revisions = await store.revisions(offering.id)
        await store.save(offering, None, revisions[0].number if revisions else 0, session.staff.id)
        parts.changed()
        return json(await _detail(parts, offering.id), 201)

    @routes.put("/offerings/<offering_id:str>", name="catalogue_change")
    @staff
    async def change(request: Request, session: Session, offering_id: str) -> HTTPResponse:
        """Write what the operator says of an offering: {"cells": {field: text}, "version"}."""
        body, shelf = Body.of(request), await parts.shelves.shelf()
        before = await views.find(parts.shelves, offering_id)
        if before.is_deleted:
            raise StaffError("offering.unknown", offering_id)
        offering = _read(body, before.shelved.offering)
        if isinstance(offering, HTTPResponse):
            return offering
        if (refused := _name_taken(shelf, offering)) is not None:
            return refused
        base = next((one for one in await parts.shelves.billing() if one.id == offering.id), None)
        await store.save(offering, base, body.number("version"), session.staff.id)
        parts.changed()
        return json(await _detail(parts, offering_id))

    @routes.delete("/offerings/<offering_id:str>", name="catalogue_remove")
    @staff
    async def remove(request: Request, session: Session, offering_id: str) -> HTTPResponse:
        """Take back what the operator wrote; what the billing system has, stays as it says."""
        await store.remove(offering_id, Body.of(request).number("version"), session.staff.id)
        parts.changed()
        return json({"id": offering_id})

    @routes.post("/offerings/<offering_id:str>/restore", name="catalogue_restore")
    @staff
    async def restore(request: Request, session: Session, offering_id: str) -> HTTPResponse:
        """Write an earlier revision again: {"number", "version"}."""
        body = Body.of(request)
        number = body.number("number")
        earlier = next((one for one in await store.revisions(offering_id) if one.number == number), None)
        if earlier is None:
            raise StaffError("offering.unknown", offering_id)
        base = next((one for one in await parts.shelves.billing() if one.id == offering_id), None)
        await store.save(earlier.offering, base, body.number("version"), session.staff.id, "restored")
        parts.changed()
        return json(await _detail(parts, offering_id))


async def _detail(parts: CatalogueParts, offering_id: str) -> dict[str, Any]:
    found = await views.find(parts.shelves, offering_id)
    revisions = await parts.shelves.store.revisions(offering_id)
    billing = next((one for one in await parts.shelves.billing() if one.id == offering_id), None)
    return views.detail(found, revisions, billing, parts.clock.now())


def _read(body: Body, before: Offering | None) -> Offering | HTTPResponse:
    cells = body.values.get("cells")
    if not isinstance(cells, dict) or not all(isinstance(text, str) for text in cells.values()):
        raise StaffError("request.invalid", "cells", field="cells")
    try:
        return offering_of(cells, before)
    except OfferingInvalid as invalid:
        return _refused([(one.column, one.message) for one in invalid.problems])


def _name_taken(shelf: Shelf, offering: Offering) -> HTTPResponse | None:
    for one in shelf.offerings:
        if one.id != offering.id and normalise(offering.name) in {
            normalise(n) for n in (one.name, *one.nicknames)
        }:
            taken = Problem(0, "name", "row_name_taken", {"value": offering.name, "other": one.name})
            return _refused([("name", taken.message)])
    return None


def _refused(problems: Sequence[tuple[str, str]]) -> HTTPResponse:
    told = [{"field": field, "message": message} for field, message in problems]
    message = "；".join(f"{one['message']}" for one in told)
    return json({"error": {"code": "offering.invalid", "message": message, "problems": told}}, 400)


def _names(offering: Offering) -> tuple[str, ...]:
    return (offering.id, offering.name, *offering.nicknames, offering.tariff_no)
