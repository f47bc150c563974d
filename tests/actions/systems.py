"""Billing systems that are not as quick, or as clear, as the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bss.embedded import EmbeddedBss
from bss.port import OrderState, ProductOrder, Topup
from core.errors import UpstreamRejected, UpstreamTimeout


class Down(EmbeddedBss):
    """A billing system that answers nothing; what is `lost` it has carried out all the same."""

    lost = False

    async def create_topup(self, *args: Any, **named: Any) -> Topup:
        raise UpstreamTimeout("bss.timeout")

    async def place_order(self, *args: Any) -> ProductOrder:
        if self.lost:
            await super().place_order(*args)
        raise UpstreamTimeout("bss.timeout")

    async def order(self, key: str) -> ProductOrder | None:
        raise UpstreamTimeout("bss.timeout")


class Locked(EmbeddedBss):
    """A billing system whose answers get lost, and that then refuses us every look-up."""

    async def place_order(self, *args: Any) -> ProductOrder:
        await super().place_order(*args)
        raise UpstreamTimeout("bss.timeout")

    async def order(self, key: str) -> ProductOrder | None:
        raise UpstreamRejected("bss.rejected", reason="400")


class Conflicting(EmbeddedBss):
    """A billing system that says no to the repeat of what it is working on."""

    async def place_order(self, *args: Any) -> ProductOrder:
        await super().place_order(*args)
        raise UpstreamRejected("bss.rejected", status=409, reason="409")


class Slow(EmbeddedBss):
    """A billing system that accepts an order and says later what became of it."""

    becomes: OrderState | None = None

    async def place_order(self, *args: Any) -> ProductOrder:
        return self._as_it_stands(await super().place_order(*args))

    async def order(self, key: str) -> ProductOrder | None:
        found = await super().order(key)
        return found and self._as_it_stands(found)

    def _as_it_stands(self, order: ProductOrder) -> ProductOrder:
        if self.becomes is OrderState.COMPLETED:
            return order
        return replace(order, state=self.becomes or OrderState.ACKNOWLEDGED, effective=None)
