"""The billing system as the rest of the product sees it.

Every method raises `UpstreamTimeout`, `UpstreamUnavailable` or `UpstreamMalformed` when the other side fails,
`UpstreamRejected` on a clear no, and `CustomerError("bss.unknown_number")` for a number that is not the operator's.
Every write takes an idempotency key: the same key twice has one effect and returns the first result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from core.ids import Msisdn, OfferingId
from core.money import Fen
from core.offering import Offering


class SubscriberStatus(str, Enum):
    """What the number can do today."""

    ACTIVE = "active"
    BARRED = "barred"  # one-way: may receive, may not call or surf (欠费单停)
    SUSPENDED = "suspended"  # both ways stopped (双停, 停机保号, 挂失)
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who a number belongs to, as far as a service assistant may know (TMF632, TMF637)."""

    number: Msisdn
    name: str  # full name: mask before showing
    kind: str  # prepaid, postpaid
    status: SubscriberStatus
    plan_id: OfferingId
    plan_name: str
    region: str
    birth_year: int | None
    is_real_named: bool
    contract_until: date | None  # end of a commitment, None without one
    in_network_since: date
    segments: tuple[str, ...] = ()  # campus, senior, family, broadband, roaming


@dataclass(frozen=True, slots=True)
class HeldProduct:
    """One product in the subscriber's inventory (TMF637)."""

    id: str
    offering_id: OfferingId
    name: str
    status: str
    price_fen: Fen
    started: datetime
    ends: datetime | None
    is_plan: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """Money on the account (TMF654 monetary buckets); negative `available_fen` is owed."""

    available_fen: Fen
    promotional_fen: Fen  # gifted money paid out month by month
    owed_fen: Fen
    as_of: datetime


class UsageKind(str, Enum):
    DATA = "data"
    VOICE = "voice"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class UsageBucket:
    """One allowance of this month (TMF677); MB, minutes or messages by `kind`."""

    kind: UsageKind
    name: str
    offering_id: OfferingId | None
    total: int
    used: int
    ends: datetime
    scope: str = ""


@dataclass(frozen=True, slots=True)
class MonthlyUse:
    """What was used in one calendar month, over all allowances."""

    month: date  # first day
    data_mb: int
    voice_min: int
    sms_count: int


@dataclass(frozen=True, slots=True)
class BillLine:
    """One charge of a bill (TMF678 appliedCustomerBillingRate)."""

    name: str
    kind: str  # plan, pack, vas, overage_data, overage_voice, roaming, broadband, discount, subcard, other
    amount_fen: Fen
    offering_id: OfferingId | None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """One month's bill (TMF678 customerBill)."""

    id: str
    month: date  # first day of the billed month
    total_fen: Fen
    paid_fen: Fen
    due: date | None
    state: str
    lines: tuple[BillLine, ...]


class TopupState(str, Enum):
    """Where a top-up stands: CREATED awaits its payment."""

    CREATED = "created"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Topup:
    """A top-up at the billing system (TMF654 topupBalance) and where to pay for it."""

    id: str
    number: Msisdn
    amount_fen: Fen
    state: TopupState
    payment_url: str  # absolute; its path ends in /payments/<id>
    reason: str = ""  # why it failed: timeout, declined, cancelled


class OrderAction(str, Enum):
    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


class OrderState(str, Enum):
    """TMF622 states, reduced."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "inProgress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ProductOrder:
    """One order (TMF622)."""

    id: str
    external_id: str
    number: Msisdn
    offering_id: OfferingId
    action: OrderAction
    state: OrderState
    placed: datetime
    effective: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TroubleTicket:
    """One ticket (TMF621)."""

    id: str
    kind: str  # incident, complain, request
    status: str
    description: str
    created: datetime
    promised: datetime | None
    reason: str = ""  # why it has the status it has: what was done about it


@dataclass(frozen=True, slots=True)
class Interaction:
    """A finished chat, written back to the CRM (TMF683)."""

    conversation_id: str
    number: Msisdn | None
    channel: str
    reason: str
    summary: str
    started: datetime
    ended: datetime


class Bss(Protocol):
    """What the product asks of a billing system."""

    async def offerings(self) -> Sequence[Offering]:
        """Return the whole catalogue, retired and expired offerings included (TMF620)."""

    async def subscriber(self, number: Msisdn) -> Subscriber: ...

    async def products(self, number: Msisdn) -> Sequence[HeldProduct]: ...

    async def balance(self, number: Msisdn) -> Balance: ...

    async def usage(self, number: Msisdn) -> Sequence[UsageBucket]: ...

    async def monthly_use(self, number: Msisdn, months: int) -> Sequence[MonthlyUse]:
        """Return the last `months` complete months, newest first."""

    async def bills(self, number: Msisdn, months: int = 12) -> Sequence[Bill]:
        """Return the last bills with their lines, newest first."""

    async def bill(self, number: Msisdn, month: date) -> Bill | None:
        """Return the bill of the month that `month` lies in, or None where there is none."""

    async def create_topup(self, number: Msisdn, amount_fen: Fen, key: str) -> Topup:
        """Create a top-up that awaits payment at `payment_url`."""

    async def topup(self, topup_id: str) -> Topup: ...

    async def place_order(
        self, number: Msisdn, offering_id: OfferingId, action: OrderAction, external_id: str
    ) -> ProductOrder: ...

    async def order(self, external_id: str) -> ProductOrder | None: ...

    async def orders(self, number: Msisdn, limit: int = 10) -> Sequence[ProductOrder]: ...

    async def open_ticket(
        self,
        number: Msisdn | None,
        kind: str,
        description: str,
        severity: str,
        key: str,
        requested: datetime | None = None,
    ) -> TroubleTicket:
        """Open a ticket; `requested` is until when the customer was told it would be settled."""

    async def update_ticket(
        self, ticket_id: str, status: str, reason: str, requested: datetime | None = None
    ) -> TroubleTicket:
        """Say how far a ticket has come, and why; the same again changes nothing."""

    async def tickets(self, number: Msisdn, limit: int = 10) -> Sequence[TroubleTicket]: ...

    async def send_sms(self, number: Msisdn, text: str, key: str) -> None: ...

    async def record_interaction(self, interaction: Interaction, key: str) -> None: ...

    async def close(self) -> None: ...
