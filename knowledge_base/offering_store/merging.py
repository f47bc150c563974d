"""The catalogue as the product knows it: the billing system's offerings and the operator's own, field by field.

The billing system charges, so it has the last word: what the operator wrote holds as long as the billing system still
says what it said then, and an offering whose price or contents differ from the billing system's is told but not sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum

from core.ids import OfferingId
from core.offering import Offering
from core.text import normalise

FIELDS = tuple(field.name for field in fields(Offering) if field.name not in ("id", "is_orderable"))
# What an order is about: where these differ, the customer would get something else than they were shown.
COMMERCIAL = (
    "price_fen", "period", "category", "data_mb", "voice_min", "sms_count", "bandwidth_mbps", "contract", "is_sellable",
    "lifecycle",
)  # fmt: skip


class Origin(str, Enum):
    """Where an offering comes from."""

    BILLING = "billing"
    BOTH = "both"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class OwnOffering:
    """What the operator wrote about an offering, and what the billing system said of it then."""

    offering: Offering
    base: Offering | None
    version: int


@dataclass(frozen=True, slots=True)
class Shelved:
    """One offering of the merged catalogue, and how it came about."""

    offering: Offering
    origin: Origin
    own_fields: tuple[str, ...] = ()  # where the operator's word holds
    overtaken: tuple[str, ...] = ()  # where the billing system has said something else since
    differs: tuple[str, ...] = ()  # commercial fields in which it is not what the billing system sells


@dataclass(frozen=True, slots=True)
class Shelf:
    """The merged catalogue; `hidden` are own offerings whose name another one has."""

    shelved: tuple[Shelved, ...]
    hidden: tuple[tuple[Offering, OfferingId], ...] = ()

    @property
    def offerings(self) -> tuple[Offering, ...]:
        """The offerings alone, the billing system's first and in its order."""
        return tuple(one.offering for one in self.shelved)


def merge(billing: Sequence[Offering], own: Iterable[OwnOffering]) -> Shelf:
    """Merge two catalogues; names stay unique, the billing system's first."""
    written = {one.offering.id: one for one in own}
    owners: dict[str, OfferingId] = {}
    shelved: list[Shelved] = []
    hidden: list[tuple[Offering, OfferingId]] = []
    for theirs in billing:  # names a customer may use are theirs before anybody's
        for name in (theirs.name, *theirs.nicknames):
            owners.setdefault(normalise(name), theirs.id)
    for theirs in billing:
        ours = written.pop(theirs.id, None)
        merged = Shelved(theirs, Origin.BILLING) if ours is None else _merged(theirs, ours)
        shelved.append(replace(merged, offering=_named(merged.offering, owners)))
    for ours in sorted(written.values(), key=lambda one: one.offering.id):
        offering = replace(ours.offering, is_orderable=False)
        if (taken := owners.get(normalise(offering.name))) is not None:
            hidden.append((offering, taken))
            continue
        owners[normalise(offering.name)] = offering.id
        shelved.append(Shelved(_named(offering, owners), Origin.OWN, own_fields=FIELDS))
    return Shelf(tuple(shelved), tuple(hidden))


def _merged(theirs: Offering, ours: OwnOffering) -> Shelved:
    kept: list[str] = []
    overtaken: list[str] = []
    for name in FIELDS:
        told, wanted = getattr(theirs, name), getattr(ours.offering, name)
        if wanted == told:
            continue
        if ours.base is None:  # ours was there first: it only fills what the billing system leaves empty
            if told in ("", (), None):
                kept.append(name)
            elif name in COMMERCIAL:
                overtaken.append(name)
        elif wanted == getattr(ours.base, name):
            continue  # the operator has not touched it; the billing system has
        elif told == getattr(ours.base, name):
            kept.append(name)
        else:
            overtaken.append(name)
    offering = replace(theirs, **{name: getattr(ours.offering, name) for name in kept})
    differs = tuple(name for name in COMMERCIAL if getattr(offering, name) != getattr(theirs, name))
    return Shelved(
        replace(offering, is_orderable=theirs.is_orderable and not differs),
        Origin.BOTH,
        tuple(kept),
        tuple(overtaken),
        differs,
    )


def _named(offering: Offering, owners: dict[str, OfferingId]) -> Offering:
    """Drop nicknames that are another offering's, and a new name that is."""
    nicknames = []
    for name in offering.nicknames:
        if owners.setdefault(normalise(name), offering.id) == offering.id:
            nicknames.append(name)
    return replace(offering, nicknames=tuple(nicknames))


def by_id(shelf: Shelf) -> Mapping[OfferingId, Shelved]:
    """Return the merged catalogue by id."""
    return {one.offering.id: one for one in shelf.shelved}
