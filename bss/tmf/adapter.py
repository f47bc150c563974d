"""The port over TM Forum Open APIs: `TmfBss` is what production uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bss.port import (
    Balance,
    Bill,
    HeldProduct,
    Interaction,
    MonthlyUse,
    OrderAction,
    ProductOrder,
    Subscriber,
    Topup,
    TroubleTicket,
    UsageBucket,
)
from bss.tmf import bills, catalogue, messages, orders, people, prepay, tickets, usage
from bss.tmf.upstream import Upstream
from core.clock import Clock
from core.ids import Msisdn, OfferingId
from core.money import Fen
from core.offering import Offering


class TmfBss:
    """The `Bss` port over HTTP; every call has one budget of `timeout_s` for all its requests and retries."""

    def __init__(self, base_url: str, token: str, timeout_s: float, clock: Clock) -> None:
        self._upstream = Upstream(base_url, token, timeout_s)
        self._clock = clock

    async def offerings(self) -> Sequence[Offering]:
        """Read the whole catalogue (TMF620)."""
        return await catalogue.offerings(self._upstream.call("offerings"))

    async def subscriber(self, number: Msisdn) -> Subscriber:
        """Read who a number belongs to (TMF632, TMF637)."""
        return await people.subscriber(self._upstream.call("subscriber", number), number)

    async def products(self, number: Msisdn) -> Sequence[HeldProduct]:
        """Read the inventory (TMF637)."""
        return await people.products(self._upstream.call("products", number), number)

    async def balance(self, number: Msisdn) -> Balance:
        """Read what stands on the account (TMF654)."""
        return await prepay.balance(self._upstream.call("balance", number), number, self._clock.now())

    async def usage(self, number: Msisdn) -> Sequence[UsageBucket]:
        """Read this month's allowances (TMF677)."""
        return await usage.usage(self._upstream.call("usage", number), number)

    async def monthly_use(self, number: Msisdn, months: int) -> Sequence[MonthlyUse]:
        """Read the use of the last complete months, newest first (TMF677)."""
        return await usage.monthly_use(
            self._upstream.call("monthly_use", number), number, months, self._clock.now()
        )

    async def bills(self, number: Msisdn, months: int = 12) -> Sequence[Bill]:
        """Read the last bills with their lines, newest first (TMF678)."""
        return await bills.bills(self._upstream.call("bills", number), number, months, self._clock.now())

    async def bill(self, number: Msisdn, month: date) -> Bill | None:
        """Read one month's bill (TMF678)."""
        return await bills.bill(self._upstream.call("bill", number), number, month)

    async def create_topup(self, number: Msisdn, amount_fen: Fen, key: str) -> Topup:
        """Create a top-up that awaits its payment (TMF654)."""
        call = self._upstream.call("create_topup", number)
        return await prepay.create_topup(call, number, amount_fen, key, self._upstream.base_url)

    async def topup(self, topup_id: str) -> Topup:
        """Read where a top-up stands (TMF654)."""
        return await prepay.topup(self._upstream.call("topup"), topup_id, self._upstream.base_url)

    async def place_order(
        self, number: Msisdn, offering_id: OfferingId, action: OrderAction, external_id: str
    ) -> ProductOrder:
        """Place a product order under our id (TMF622)."""
        call = self._upstream.call("place_order", number)
        return await orders.place(call, number, offering_id, action, external_id)

    async def order(self, external_id: str) -> ProductOrder | None:
        """Look an order up by our id (TMF622)."""
        return await orders.order(self._upstream.call("order"), external_id)

    async def orders(self, number: Msisdn, limit: int = 10) -> Sequence[ProductOrder]:
        """Read a number's last orders, newest first (TMF622)."""
        return await orders.orders(self._upstream.call("orders", number), number, limit)

    async def open_ticket(
        self,
        number: Msisdn | None,
        kind: str,
        description: str,
        severity: str,
        key: str,
        requested: datetime | None = None,
    ) -> TroubleTicket:
        """Open a trouble ticket (TMF621)."""
        call = self._upstream.call("open_ticket", number)
        return await tickets.open_ticket(call, number, kind, description, severity, key, requested)

    async def update_ticket(
        self, ticket_id: str, status: str, reason: str, requested: datetime | None = None
    ) -> TroubleTicket:
        """Say how far a trouble ticket has come (TMF621)."""
        call = self._upstream.call("update_ticket")
        return await tickets.update_ticket(call, ticket_id, status, reason, requested)

    async def tickets(self, number: Msisdn, limit: int = 10) -> Sequence[TroubleTicket]:
        """Read a number's last tickets, newest first (TMF621)."""
        return await tickets.tickets(self._upstream.call("tickets", number), number, limit)

    async def send_sms(self, number: Msisdn, text: str, key: str) -> None:
        """Send a short message (TMF681)."""
        await messages.send_sms(self._upstream.call("send_sms", number), number, text, key)

    async def record_interaction(self, interaction: Interaction, key: str) -> None:
        """Write a finished chat back to the CRM (TMF683)."""
        await messages.record_interaction(self._upstream.call("record_interaction"), interaction, key)

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._upstream.close()
