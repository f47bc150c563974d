"""TMF654 bucket and topupBalance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sanic import HTTPResponse, Request

from bss.port import Balance, SubscriberStatus, Topup
from bss.sandbox import subscribers, topups
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    account_id,
    at,
    body_of,
    href,
    key_of,
    number_of_account,
    one,
    page,
    present,
    quantity,
    respond,
    store_of,
    text_at,
)
from bss.sandbox.refusal import invalid, not_found
from bss.sandbox.store import Session
from core.ids import Msisdn
from core.money import from_yuan

API = "prepayBalanceManagement"
ROOT = f"{BASE}/{API}/v4"
NUMBER = "logicalResource.id"
MAIN, GIFT = "MAIN", "GIFT"
LARGEST_YUAN = 10**9


def mount(app: App) -> None:
    """Add the routes."""
    app.add_route(list_buckets, f"{ROOT}/bucket", name="buckets")
    app.add_route(show_bucket, f"{ROOT}/bucket/<identifier:str>", name="bucket")
    app.add_route(create_topup, f"{ROOT}/topupBalance", methods=["POST"], name="topup_create")
    app.add_route(list_topups, f"{ROOT}/topupBalance", name="topups")
    app.add_route(show_topup, f"{ROOT}/topupBalance/<identifier:str>", name="topup")


async def list_buckets(request: Request) -> HTTPResponse:
    return page(request, await store_of(request).do(_buckets, request.args.get(NUMBER)), ignore=[NUMBER])


async def show_bucket(request: Request, identifier: str) -> HTTPResponse:
    everything = await store_of(request).do(_buckets, identifier.rpartition("-")[0])
    found = next((bucket for bucket in everything if bucket["id"] == identifier), None)
    if found is None:
        raise not_found("bucket", identifier)
    return one(request, found)


async def create_topup(request: Request) -> HTTPResponse:
    body = body_of(request)
    number, amount_fen = _wanted(body)
    key = key_of(request, body)
    created = await store_of(request).do(topups.create, number, amount_fen, key)
    return respond(topup_json(created, request.app.ctx.base_url), 201)


async def list_topups(request: Request) -> HTTPResponse:
    number = request.args.get(NUMBER)
    if number is None:
        raise invalid(f"{NUMBER} is missing")
    found = await store_of(request).do(topups.latest, number)
    return page(request, [topup_json(topup, request.app.ctx.base_url) for topup in found], ignore=[NUMBER])


async def show_topup(request: Request, identifier: str) -> HTTPResponse:
    return one(
        request, topup_json(await store_of(request).do(topups.get, identifier), request.app.ctx.base_url)
    )


def _wanted(body: Json) -> tuple[Msisdn, int]:
    """Return whose account is topped up and by how much; raises `Refusal` for a body that does not fit TMF654."""
    if text_at(body, "usageType") != "monetary":
        raise invalid("only monetary buckets are topped up")
    account = text_at(body, "partyAccount.id")
    if text_at(body, "bucket.id") != f"{account}-{MAIN}":
        raise invalid("bucket.id is not the account's main bucket")
    amount: Any = (body.get("amount") or {}).get("amount") if isinstance(body.get("amount"), dict) else None
    if (
        isinstance(amount, bool)
        or not isinstance(amount, int | Decimal)
        or abs(Decimal(amount)) > LARGEST_YUAN
    ):
        raise invalid("amount.amount is not a number in range")
    if text_at(body, "amount.units") != "CNY" or amount != round(Decimal(amount), 2):
        raise invalid("amount is not a sum in yuan and fen")
    return Msisdn(number_of_account(account)), from_yuan(amount)


def _buckets(session: Session, number: str | None) -> list[Json]:
    if number is None:
        raise invalid(f"{NUMBER} is missing")
    number = number_of_account(number)
    who = subscribers.subscriber(session, Msisdn(number))
    return bucket_json(who.number, subscribers.balance(session, who.number), who.status)


def bucket_json(number: str, balance: Balance, status: SubscriberStatus) -> list[Json]:
    """Write the two monetary buckets of an account: the balance itself and gifted money not yet paid out."""

    def bucket(suffix: str, name: str, fen: int) -> Json:
        identifier = f"{account_id(number)}-{suffix}"
        return present(
            id=identifier,
            href=href(API, "bucket", identifier),
            _type="Bucket",
            name=name,
            usageType="monetary",
            status="suspended" if status is SubscriberStatus.TERMINATED else "active",
            remainingValue=quantity(fen / 100, "CNY"),
            confirmationDate=at(balance.as_of),
            isShared=False,
            logicalResource=[{"id": number, "@referredType": "LogicalResource"}],
            partyAccount={"id": account_id(number)},
        )

    return [
        bucket(MAIN, "账户余额", balance.available_fen),
        bucket(GIFT, "赠送金额", balance.promotional_fen),
    ]


def topup_json(topup: Topup, base_url: str) -> Json:
    """Write a top-up as TMF654; where to pay is the payment method's address."""
    account = account_id(topup.number)
    return present(
        id=topup.id,
        href=href(API, "topupBalance", topup.id),
        _type="TopupBalance",
        status=topup.state.value,
        reason=topup.reason or None,
        amount=quantity(topup.amount_fen / 100, "CNY"),
        usageType="monetary",
        isAutoTopup=False,
        bucket={"id": f"{account}-{MAIN}"},
        partyAccount={"id": account},
        logicalResource=[{"id": topup.number, "@referredType": "LogicalResource"}],
        paymentMethod={"id": topup.id, "href": base_url + topup.payment_url, "name": "收银台"},
    )
