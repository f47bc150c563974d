"""TMF678: bills and the charges they are made of."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from bss.port import Bill, BillLine
from bss.tmf.node import Node
from bss.tmf.prepay import account_of
from bss.tmf.upstream import Call, together
from core.clock import CHINA
from core.ids import Msisdn, OfferingId
from core.money import Fen

ROOT = "/customerBillManagement/v4"


async def bills(call: Call, number: Msisdn, months: int, now: datetime) -> list[Bill]:
    """Read the bills of the last months, newest first."""
    first = now.astimezone(CHINA).date().replace(day=1)
    for _ in range(max(0, months)):
        first = (first - timedelta(days=1)).replace(day=1)
    found = await _read(call, number, first, None)
    return found[: max(0, months)]


async def bill(call: Call, number: Msisdn, month: date) -> Bill | None:
    """Read the bill of the month that `month` lies in."""
    first = month.replace(day=1)
    found = await _read(call, number, first, (first + timedelta(days=32)).replace(day=1))
    return next((one for one in found if one.month == first), None)


async def _read(call: Call, number: Msisdn, first: date, before: date | None) -> list[Bill]:
    """Read bills and lines whose period begins in a span of months."""
    account = (await account_of(call, number)).account_id

    def span(attribute: str) -> dict[str, str]:
        wanted = {"billingAccount.id": account, f"{attribute}.startDateTime.gte": _china(first)}
        return wanted | ({f"{attribute}.startDateTime.lt": _china(before)} if before else {})

    heads, charges = await together(
        call.list(f"{ROOT}/customerBill", span("billingPeriod")),
        call.list(f"{ROOT}/appliedCustomerBillingRate", span("periodCoverage")),
    )
    lines: dict[str, list[BillLine]] = defaultdict(list)
    for charge in charges:
        lines[charge.child("bill").text("id")].append(_line(charge))
    found = [_bill(head, lines[head.text("id")]) for head in heads]
    return sorted(found, key=lambda one: one.month, reverse=True)


def _china(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+08:00"


def _bill(head: Node, lines: list[BillLine]) -> Bill:
    total = head.fen("amountDue")
    remaining = head.fen("remainingAmount") if head.maybe_child("remainingAmount") else Fen(0)
    due = head.maybe_time("paymentDueDate")
    month = head.child("billingPeriod").time("startDateTime").astimezone(CHINA).date()
    return Bill(
        id=head.text("id"),
        month=month.replace(day=1),
        total_fen=total,
        paid_fen=Fen(total - remaining),
        due=due.astimezone(CHINA).date() if due else None,
        state=head.text("state"),
        lines=tuple(lines),
    )


def _line(charge: Node) -> BillLine:
    traits = charge.characteristics("characteristic")
    offering = traits.get("productOfferingId")
    return BillLine(
        name=charge.text("name"),
        kind=traits.get("chargeKind", "other"),
        amount_fen=charge.fen("taxIncludedAmount"),
        offering_id=OfferingId(offering) if offering else None,
        description=charge.maybe_text("description") or "",
    )
