"""TMF654: the account behind a number, its balance, and top-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

from bss.port import Balance, Topup, TopupState
from bss.tmf.node import Node, malformed
from bss.tmf.upstream import Call
from core.errors import CustomerError
from core.ids import Msisdn
from core.money import Fen

ROOT = "/prepayBalanceManagement/v4"


@dataclass(frozen=True, slots=True)
class Account:
    """Where a number's money lies."""

    account_id: str
    bucket_id: str


async def buckets_of(call: Call, number: Msisdn) -> list[Node]:
    """Return a number's monetary buckets, the balance itself first."""
    found = await call.list(f"{ROOT}/bucket", {"logicalResource.id": number, "usageType": "monetary"})
    if not found:
        raise CustomerError("bss.unknown_number", "no account")
    for bucket in found:
        named = [resource.text("id") for resource in bucket.children("logicalResource")]
        if named and not any(is_same(each, number) for each in named):  # a system that does not filter
            raise malformed(bucket.path, "is not an account of the number asked for")
    return found


def is_same(named: str, number: Msisdn) -> bool:
    """Say whether billing names this number, with or without the country's code before it."""
    return named.endswith(number)


async def account_of(call: Call, number: Msisdn) -> Account:
    """Look up the account of a number."""
    main = (await buckets_of(call, number))[0]
    return Account(main.child("partyAccount").text("id"), main.text("id"))


async def balance(call: Call, number: Msisdn, now: datetime) -> Balance:
    """Read what stands on the account."""
    main, *gifts = await buckets_of(call, number)
    available = main.fen("remainingValue")
    return Balance(
        available_fen=available,
        promotional_fen=Fen(sum(gift.fen("remainingValue") for gift in gifts)),
        owed_fen=Fen(max(0, -available)),
        as_of=main.maybe_time("confirmationDate") or now,
    )


async def create_topup(call: Call, number: Msisdn, amount_fen: Fen, key: str, base_url: str) -> Topup:
    """Create a top-up under our key."""
    account = await account_of(call, number)
    body = {
        "amount": {"amount": amount_fen / 100, "units": "CNY"},
        "usageType": "monetary",
        "bucket": {"id": account.bucket_id},
        "partyAccount": {"id": account.account_id},
        "logicalResource": [{"id": number, "@referredType": "LogicalResource"}],
        "channel": {"id": "assistant", "name": "assistant"},
        "isAutoTopup": False,
        "description": key,
    }
    node = await call.post(f"{ROOT}/topupBalance", body, key)
    made = topup_from(node, base_url)
    if (
        not is_same(made.number, number) or made.amount_fen != amount_fen
    ):  # nobody shall pay for what was not confirmed
        raise malformed(node.path, "is not the top-up asked for")
    return made


async def topup(call: Call, topup_id: str, base_url: str) -> Topup:
    """Read one top-up."""
    return topup_from(await call.get(f"{ROOT}/topupBalance/{quote(topup_id, safe='')}"), base_url)


def topup_from(node: Node, base_url: str) -> Topup:
    """Parse a topupBalance."""
    try:
        state = TopupState(node.text("status"))
    except ValueError:
        raise malformed(f"{node.path}.status", "is unknown") from None
    payment = node.maybe_child("paymentMethod")
    link = payment.maybe_text("href") if payment else None
    if state is TopupState.CREATED and link is None:
        raise malformed(f"{node.path}.paymentMethod", "has no address to pay at")
    url = urljoin(base_url, link) if link else ""
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise malformed(f"{node.path}.paymentMethod.href", "is not a web address")
    return Topup(
        id=node.text("id"),
        number=Msisdn(node.first("logicalResource").text("id")),
        amount_fen=node.fen("amount"),
        state=state,
        payment_url=url,
        reason=node.maybe_text("reason") or "",
    )
