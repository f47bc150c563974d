"""The port on the sandbox's store in the same process: for tests and for training without a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Concatenate, ParamSpec, TypeVar

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
from bss.sandbox import bills, messages, orders, products, subscribers, tickets, topups, usage
from bss.sandbox.refusal import Refusal
from bss.sandbox.store import Session, Store
from core.errors import CustomerError, UpstreamRejected
from core.ids import Msisdn, OfferingId
from core.money import Fen
from core.offering import Offering

P = ParamSpec("P")
T = TypeVar("T")


class EmbeddedBss:
    """The `Bss` port on an opened `Store`; whoever opened the store closes it."""

    def __init__(self, store: Store, base_url: str = "http://127.0.0.1:8010") -> None:
        self._store = store
        self._base_url = base_url.rstrip("/")

    async def offerings(self) -> Sequence[Offering]:
        """Return the whole catalogue."""
        return tuple(self._store.offerings.values())

    async def subscriber(self, number: Msisdn) -> Subscriber:
        """Return who a number belongs to."""
        return await self._do(subscribers.subscriber, number)

    async def products(self, number: Msisdn) -> Sequence[HeldProduct]:
        """Return the inventory."""
        return await self._do(products.products, number)

    async def balance(self, number: Msisdn) -> Balance:
        """Return what stands on the account."""
        return await self._do(subscribers.balance, number)

    async def usage(self, number: Msisdn) -> Sequence[UsageBucket]:
        """Return this month's allowances."""
        return await self._do(usage.usage, number)

    async def monthly_use(self, number: Msisdn, months: int) -> Sequence[MonthlyUse]:
        """Return the use of the last complete months, newest first."""
        return await self._do(usage.monthly_use, number, months)

    async def bills(self, number: Msisdn, months: int = 12) -> Sequence[Bill]:
        """Return the last bills with their lines, newest first."""
        return await self._do(bills.bills, number, months)

    async def bill(self, number: Msisdn, month: date) -> Bill | None:
        """Return one month's bill."""
        return await self._do(bills.bill, number, month)

    async def create_topup(self, number: Msisdn, amount_fen: Fen, key: str) -> Topup:
        """Create a top-up that awaits its payment."""
        return self._payable(await self._do(topups.create, number, amount_fen, key))

    async def topup(self, topup_id: str) -> Topup:
        """Return where a top-up stands."""
        return self._payable(await self._do(topups.get, topup_id))

    async def place_order(
        self, number: Msisdn, offering_id: OfferingId, action: OrderAction, external_id: str
    ) -> ProductOrder:
        """Place a product order under our id."""
        return await self._do(orders.place, number, offering_id, action, external_id)

    async def order(self, external_id: str) -> ProductOrder | None:
        """Look an order up by our id."""
        return await self._do(orders.find, external_id)

    async def orders(self, number: Msisdn, limit: int = 10) -> Sequence[ProductOrder]:
        """Return a number's last orders, newest first."""
        return await self._do(orders.latest, number, limit)

    async def open_ticket(
        self,
        number: Msisdn | None,
        kind: str,
        description: str,
        severity: str,
        key: str,
        requested: datetime | None = None,
    ) -> TroubleTicket:
        """Open a trouble ticket."""
        return await self._do(tickets.create, number, kind, description, severity, key, requested)

    async def update_ticket(
        self, ticket_id: str, status: str, reason: str, requested: datetime | None = None
    ) -> TroubleTicket:
        """Say how far a trouble ticket has come."""
        return await self._do(tickets.change, ticket_id, status, reason, requested)

    async def tickets(self, number: Msisdn, limit: int = 10) -> Sequence[TroubleTicket]:
        """Return a number's last tickets, newest first."""
        return await self._do(tickets.latest, number, limit)

    async def send_sms(self, number: Msisdn, text: str, key: str) -> None:
        """Put a short message into the outbox."""
        await self._do(messages.send, number, text, key)

    async def record_interaction(self, interaction: Interaction, key: str) -> None:
        """Keep a finished chat."""
        await self._do(tickets.record, interaction, key)

    async def close(self) -> None:
        """Do nothing: the store belongs to whoever opened it."""

    async def _do(self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._store.do(verb, *args, **kwargs)
        except Refusal as refusal:
            if refusal.reason == "unknown_number":
                raise CustomerError("bss.unknown_number", refusal.message) from refusal
            raise UpstreamRejected(
                "bss.rejected", refusal.message, status=refusal.status, reason=refusal.reason
            ) from refusal

    def _payable(self, topup: Topup) -> Topup:
        return Topup(
            id=topup.id,
            number=topup.number,
            amount_fen=topup.amount_fen,
            state=topup.state,
            payment_url=self._base_url + topup.payment_url,
            reason=topup.reason,
        )
