"""One offering of the catalogue, wherever it stands, and the catalogue as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from console import desk_views as views
from core.errors import StaffError
from core.ids import OfferingId
from core.offering import Offering
from knowledge_base.content.offerings import written_offerings
from knowledge_base.exchange.offering_cells import cells_of
from knowledge_base.offering_articles import articles_of
from knowledge_base.offering_store.merging import FIELDS, Origin, Shelved, by_id
from knowledge_base.offering_store.shelves import Shelves
from knowledge_base.offering_store.store import OfferingRevision
from knowledge_base.placeholders import FIELDS as SHOWN


@dataclass(frozen=True, slots=True)
class Found:
    """An offering that an operator may look at; customers get it where neither of the two reasons against it holds."""

    shelved: Shelved
    taken_by: Offering | None = None  # another one has its name
    is_deleted: bool = False

    def is_offered(self, now: datetime) -> bool:
        """Say whether it may be offered to a customer."""
        return not self.is_deleted and self.taken_by is None and self.shelved.offering.is_offered(now)


async def find(shelves: Shelves, offering_id: str) -> Found:
    """Return an offering that is sold, hidden or deleted; raise StaffError("offering.unknown")."""
    shelf = await shelves.shelf()
    there = by_id(shelf)
    if (shelved := there.get(OfferingId(offering_id))) is not None:
        return Found(shelved)
    for own, taken in shelf.hidden:
        if own.id == offering_id:
            return Found(Shelved(own, Origin.OWN, own_fields=FIELDS), taken_by=there[taken].offering)
    revisions = await shelves.store.revisions(offering_id)
    if not revisions:
        raise StaffError("offering.unknown", offering_id)
    return _deleted(revisions[0].offering)


async def deleted(shelves: Shelves) -> list[Found]:
    """Return what operators took back and nobody else sells."""
    there = by_id(await shelves.shelf())
    return [_deleted(one) for one in await shelves.store.deleted() if one.id not in there]


def _deleted(offering: Offering) -> Found:
    return Found(Shelved(replace(offering, is_orderable=False), Origin.OWN), is_deleted=True)


def detail(
    found: Found, revisions: Sequence[OfferingRevision], billing: Offering | None, now: datetime
) -> dict[str, Any]:
    """Write an offering with where each of its values comes from, and what customers are told of it."""
    shelved, taken = found.shelved, found.taken_by
    is_on_shelf = not found.is_deleted and taken is None
    return {
        **row(found, now),
        "cells": cells_of(shelved.offering),
        "billing_cells": cells_of(billing) if billing is not None else None,
        "own_fields": list(shelved.own_fields) if shelved.origin is Origin.BOTH else [],
        "overtaken": list(shelved.overtaken),
        "differs": list(shelved.differs),
        "version": revisions[0].number if revisions else 0,
        "is_written": bool(revisions) and revisions[0].deed != "deleted",
        "is_deleted": found.is_deleted,
        "taken_by": {"id": taken.id, "name": taken.name} if taken is not None else None,
        "articles": [
            {"id": one.id, "title": one.title, "answer": one.answer, "questions": list(one.questions)}
            for one in (articles_of(shelved.offering, now) if is_on_shelf else ())
        ],
    }


def row(found: Found, now: datetime) -> dict[str, Any]:
    """Write an offering as a line of the list."""
    offering = found.shelved.offering
    return {
        "id": offering.id,
        "name": offering.name,
        "category": offering.category.value,
        "origin": found.shelved.origin.value,
        "is_offered": found.is_offered(now),
        "is_orderable": offering.is_orderable,
        "states": sorted(states(found, now)),
        "shown": {name: SHOWN[name](offering) for name in ("price", "data", "voice", "sms", "bandwidth")},
        "valid_to": views.moment(offering.valid_to),
        "tariff_no": offering.tariff_no,
    }


def states(found: Found, now: datetime) -> set[str]:
    """Return what the list can be filtered by."""
    shelved = found.shelved
    standing = "deleted" if found.is_deleted else "offered" if found.is_offered(now) else "ended"
    return {shelved.origin.value, standing, *(("differs",) if shelved.differs or shelved.overtaken else ())}


def revision(one: OfferingRevision, names: Mapping[str, str]) -> dict[str, Any]:
    """Write a revision of an own offering."""
    return {
        "number": one.number,
        "deed": one.deed,
        "who": one.who,
        "who_name": names.get(one.who),
        "at": views.moment(one.at),
        "cells": cells_of(one.offering),
        "values": written_offerings([one.offering])[0],
    }
