"""The catalogue as the service knows it: asked again and again, told of only when it is another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.service import Catalogue
from core.money import Fen
from core.offering import Offering
from tests.knowledge_base.small_corpus import RING


class Billing:
    """A billing system with one offering."""

    def __init__(self) -> None:
        self.ring = RING

    async def offerings(self) -> Sequence[Offering]:
        return [replace(self.ring)]


async def test_a_change_on_the_billing_side_is_told_once() -> None:
    billing, told = Billing(), list[int]()
    catalogue = Catalogue(billing)
    catalogue.on_change = lambda: told.append(catalogue.offerings[0].price_fen)
    for price in (600, 600, 900, 900):
        billing.ring = replace(RING, price_fen=Fen(price))
        await catalogue.refresh()
    assert told == [600, 900]
