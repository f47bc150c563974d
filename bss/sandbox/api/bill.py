"""TMF678 customerBill and appliedCustomerBillingRate."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from bss.port import Bill
from bss.sandbox import bills
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    account_id,
    customer_id,
    day_end,
    day_start,
    href,
    money,
    named,
    number_of_account,
    one,
    page,
    present,
    store_of,
)
from bss.sandbox.calendar import add_months
from bss.sandbox.refusal import invalid, not_found
from bss.sandbox.store import Session
from core.ids import Msisdn

API = "customerBillManagement"
ROOT = f"{BASE}/{API}/v4"
ACCOUNT = "billingAccount.id"
MONTHS_KEPT = 120

_TYPES = {
    "plan": "recurring",
    "vas": "recurring",
    "broadband": "recurring",
    "subcard": "recurring",
    "pack": "oneTime",
}
_TYPES |= {"overage_data": "usage", "overage_voice": "usage", "roaming": "usage", "discount": "adjustment"}


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(list_bills, f"{ROOT}/customerBill", name="bills")
    app.add_route(show_bill, f"{ROOT}/customerBill/<identifier:str>", name="bill")
    app.add_route(list_rates, f"{ROOT}/appliedCustomerBillingRate", name="rates")


async def list_bills(request: Request) -> HTTPResponse:
    number, found = await _of_account(request)
    return page(request, [bill_json(number, bill) for bill in found], ignore=[ACCOUNT])


async def list_rates(request: Request) -> HTTPResponse:
    number, found = await _of_account(request)
    return page(request, [rate for bill in found for rate in rates_json(number, bill)], ignore=[ACCOUNT])


async def show_bill(request: Request, identifier: str) -> HTTPResponse:
    number, bill = await store_of(request).do(_by_id, identifier)
    return one(request, bill_json(number, bill))


async def _of_account(request: Request) -> tuple[Msisdn, list[Bill]]:
    account = request.args.get(ACCOUNT)
    if account is None:
        raise invalid(f"{ACCOUNT} is missing")
    number = Msisdn(number_of_account(account))
    return number, await store_of(request).do(bills.bills, number, MONTHS_KEPT)


def _by_id(session: Session, bill_id: str) -> tuple[Msisdn, Bill]:
    row = session.row("SELECT number FROM bill WHERE id = ?", bill_id)
    if row is None:
        raise not_found("customerBill", bill_id)
    number = Msisdn(row["number"])
    return number, next(bill for bill in bills.bills(session, number, MONTHS_KEPT) if bill.id == bill_id)


def bill_json(number: str, bill: Bill) -> Json:
    """Write a bill's head as TMF678."""
    following = add_months(bill.month, 1)
    return present(
        id=bill.id,
        href=href(API, "customerBill", bill.id),
        _type="CustomerBill",
        billNo=bill.id,
        billDate=day_start(following),
        nextBillDate=day_start(add_months(bill.month, 2)),
        paymentDueDate=day_end(bill.due) if bill.due else None,
        billingPeriod=_period(bill),
        category="normal",
        runType="onCycle",
        state=bill.state,
        amountDue=money(bill.total_fen),
        remainingAmount=money(bill.total_fen - bill.paid_fen),
        taxIncludedAmount=money(bill.total_fen),
        billingAccount={"id": account_id(number)},
        relatedParty=[{"id": customer_id(number), "role": "customer", "@referredType": "Individual"}],
    )


def rates_json(number: str, bill: Bill) -> list[Json]:
    """Write a bill's lines as TMF678 applied rates."""
    return [
        present(
            id=f"{bill.id}-{position}",
            href=href(API, "appliedCustomerBillingRate", f"{bill.id}-{position}"),
            _type="AppliedCustomerBillingRate",
            name=line.name,
            type=_TYPES.get(line.kind, "usage"),
            description=line.description or None,
            date=day_start(add_months(bill.month, 1)),
            isBilled=True,
            bill={"id": bill.id, "href": href(API, "customerBill", bill.id)},
            billingAccount={"id": account_id(number)},
            periodCoverage=_period(bill),
            taxIncludedAmount=money(line.amount_fen),
            characteristic=[
                named("chargeKind", line.kind),
                *([named("productOfferingId", line.offering_id)] if line.offering_id else []),
            ],
        )
        for position, line in enumerate(bill.lines, start=1)
    ]


def _period(bill: Bill) -> Json:
    return {"startDateTime": day_start(bill.month), "endDateTime": day_start(add_months(bill.month, 1))}
