"""The offerings a live question is asked of, each by its place, with its published figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.ids import OfferingId
from core.offering import Offering
from knowledge_base.catalogue.answers import Fact
from knowledge_base.catalogue.model import PRICE, Catalogue
from knowledge_base.catalogue.published import FIELDS


class Stock:
    """A fixed list of offerings; whoever holds a place finds offering and tier there."""

    def __init__(self, offerings: Sequence[Offering], catalogue: Catalogue) -> None:
        self.offerings = tuple(offerings)
        self.tiers = tuple(offering.tiers[0] for offering in catalogue.offerings)
        self._places = {offering.id: place for place, offering in enumerate(self.offerings)}

    def place(self, offering: OfferingId) -> int:
        """Return where an offering stands."""
        return self._places[offering]

    def ids(self, places: Iterable[int]) -> tuple[OfferingId, ...]:
        """Return the ids of the offerings at these places."""
        return tuple(self.offerings[n].id for n in places)

    def fact(self, place: int, name: str) -> Fact:
        """Return what an offering's tariff says about one property."""
        return Fact(self.offerings[place].id, name, FIELDS.get(name, ""), self.tiers[place].texts(name))

    def amount(self, place: int, name: str) -> float | None:
        """Return a figure for comparing; prices by the month where they are charged so."""
        number, months = self.tiers[place].number(name), self.tiers[place].months
        return number / months if number is not None and name == PRICE and months else number

    def offered(self, places: Iterable[int], at: datetime | None) -> list[int]:
        """Leave out what may not be offered at `at`."""
        return [
            n
            for n in places
            if (self.offerings[n].is_offered(at) if at is not None else self.offerings[n].is_sellable)
        ]

    def by_price(self, places: Iterable[int]) -> list[int]:
        """Return places, the cheapest first."""
        return sorted(places, key=lambda n: (self.offerings[n].price_fen, n))
