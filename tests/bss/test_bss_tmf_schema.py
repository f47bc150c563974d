"""What the adapter sends and the sandbox answers, held against TM Forum's published specifications."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from bss.port import Interaction, OrderAction
from bss.tmf import TmfBss
from bss.tmf.upstream import Answer
from core.clock import SystemClock
from core.ids import Msisdn, OfferingId
from core.money import Fen
from tests.bss.systems import ROOT, OverHttp

SPECIFICATIONS = ROOT.parent / "shared" / "tmf"
pytestmark = pytest.mark.skipif(
    not SPECIFICATIONS.is_dir(), reason="the TM Forum specifications (../shared/tmf) are not here"
)

# path's API -> (specification, {resource: (answer's definition, sent body's definition)})
APIS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "productCatalogManagement": ("TMF620", {"productOffering": ("ProductOffering", "")}),
    "troubleTicket": ("TMF621", {"troubleTicket": ("TroubleTicket", "TroubleTicket_Create")}),
    "productOrderingManagement": ("TMF622", {"productOrder": ("ProductOrder", "ProductOrder_Create")}),
    "party": ("TMF632", {"individual": ("Individual", "")}),
    "productInventory": ("TMF637", {"product": ("Product", "")}),
    "prepayBalanceManagement": (
        "TMF654",
        {"bucket": ("Bucket", ""), "topupBalance": ("TopupBalance", "TopupBalance_Create")},
    ),
    "usageConsumption": (
        "TMF677",
        {"queryUsageConsumption": ("QueryUsageConsumption", "QueryUsageConsumption_Create")},
    ),
    "customerBillManagement": (
        "TMF678",
        {
            "customerBill": ("CustomerBill", ""),
            "appliedCustomerBillingRate": ("AppliedCustomerBillingRate", ""),
        },
    ),
    "communicationManagement": (
        "TMF681",
        {"communicationMessage": ("CommunicationMessage", "CommunicationMessage_Create")},
    ),
    "partyInteraction": ("TMF683", {"partyInteraction": ("PartyInteraction", "PartyInteraction_Create")}),
}
NUMBERS = [Msisdn(f"138000000{index}") for index in ("01", "05", "08", "11", "22", "30", "37")]

checker = FormatChecker(formats=())


@checker.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@functools.cache
def definitions(specification: str) -> dict[str, Any]:
    """Return a specification's definitions, closed: an attribute it does not name is an error."""
    [path] = SPECIFICATIONS.glob(f"{specification}-*.swagger.json")
    found: dict[str, Any] = copy.deepcopy(json.loads(path.read_text(encoding="utf-8"))["definitions"])
    for definition in found.values():
        if definition.get("properties"):
            definition["additionalProperties"] = False
    return found


def problems(specification: str, definition: str, value: object) -> list[str]:
    """Return what is wrong with a body."""
    known = definitions(specification)
    assert definition in known
    schema = {"$ref": f"#/definitions/{definition}", "definitions": known}
    found = Draft4Validator(schema, format_checker=checker).iter_errors(value)
    return [f"{definition} {list(error.absolute_path)}: {error.message[:200]}" for error in found]


class Exchange:
    """Records every request and answer of an adapter."""

    def __init__(self, bss: TmfBss) -> None:
        self.seen: list[tuple[str, str, object, object]] = []  # method, path, sent, answered
        self._exchange = bss._upstream.exchange
        bss._upstream.exchange = self._keep  # type: ignore[method-assign]

    async def _keep(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        headers: Mapping[str, str],
    ) -> Answer:
        answer = await self._exchange(method, path, query, body, headers)
        sent = json.loads(json.dumps(body))
        self.seen.append((method, f"/tmf-api{path}", sent, json.loads(answer.content)))
        return answer


@pytest.fixture(scope="module")
async def exchanges(over_http_shared: OverHttp) -> list[tuple[str, str, object, object]]:
    """Every verb of the port, on several kinds of subscribers."""
    (await over_http_shared.http.post("/sandbox/reset")).raise_for_status()
    bss = TmfBss(over_http_shared.base_url, "", 3.0, SystemClock())
    exchange = Exchange(bss)
    await bss.offerings()
    for number in NUMBERS:
        for verb in ("subscriber", "products", "balance", "usage", "bills", "orders", "tickets"):
            await getattr(bss, verb)(number)
        await bss.monthly_use(number, 12)
        await bss.bill(number, date(2026, 1, 1))
    first = NUMBERS[0]
    made = [await bss.create_topup(first, Fen(fen), f"k-{fen}") for fen in (5000, 101, 990)]
    for topup, outcome in zip(made, ("success", "fail", "timeout"), strict=True):
        await over_http_shared.pay(topup.id, outcome)
        await bss.topup(topup.id)
    for key, offering, action in (
        ("o-1", "plan-star-79", OrderAction.MODIFY),
        ("o-2", "data-boost-10", OrderAction.ADD),
        ("o-3", "vas-ring", OrderAction.DELETE),
        ("o-4", "plan-campus-29", OrderAction.MODIFY),
    ):
        await bss.place_order(first, OfferingId(offering), action, key)
        await bss.order(key)
    await bss.open_ticket(first, "complain", "多扣了10元", "medium", "t-1")
    due = datetime.now(tz=timezone.utc) + timedelta(days=1)
    promised = await bss.open_ticket(None, "incident", "没有信号", "high", "t-2", due)
    await bss.update_ticket(promised.id, "resolved", "基站已修复", due)
    await bss.tickets(first)
    await bss.send_sms(first, "验证码 482913", "m-1")
    ended = datetime(2026, 10, 1, 12, tzinfo=timezone.utc)
    chat = Interaction("c-1", first, "web", "topup", "充值50元", ended - timedelta(minutes=3), ended)
    await bss.record_interaction(chat, "i-1")
    await bss.close()
    return exchange.seen


def _place(path: str) -> tuple[str, str, str, str]:
    """Return specification, resource, and the definitions of its answer and of what is sent."""
    match = re.match(r"/tmf-api/(\w+)/v4/(\w+)", path)
    assert match is not None
    specification, resources = APIS[match.group(1)]
    return specification, match.group(2), *resources[match.group(2)]


def _definition(method: str, path: str) -> str:
    """Return the definition of what is sent: a change may leave out what a new resource must have."""
    created = _place(path)[3]
    return created.replace("_Create", "_Update") if method == "PATCH" else created


def test_exchange_covers_every_resource(exchanges: list[tuple[str, str, object, object]]) -> None:
    seen = {_place(path)[1] for _method, path, _sent, _answered in exchanges}
    assert seen == {resource for _specification, resources in APIS.values() for resource in resources}


@pytest.mark.parametrize("api", sorted(APIS))
def test_bodies_sent_fit_the_specification(
    exchanges: list[tuple[str, str, object, object]], api: str
) -> None:
    found = [
        problem
        for method, path, sent, _answered in exchanges
        if f"/{api}/" in path and sent is not None
        for problem in problems(_place(path)[0], _definition(method, path), sent)
    ]
    assert found == []


@pytest.mark.parametrize("api", sorted(APIS))
def test_bodies_answered_fit_the_specification(
    exchanges: list[tuple[str, str, object, object]], api: str
) -> None:
    bodies = [
        (path, body)
        for _method, path, _sent, answered in exchanges
        if f"/{api}/" in path
        for body in (answered if isinstance(answered, list) else [answered])
    ]
    assert bodies
    found = {problem for path, body in bodies for problem in problems(_place(path)[0], _place(path)[2], body)}
    assert found == set()


async def test_errors_fit_the_specification(over_http: OverHttp) -> None:
    for path in ("party/v4/individual?contactMedium.characteristic.phoneNumber=1", "nowhere/v4/nothing"):
        answer = await over_http.http.get(f"/tmf-api/{path}")
        assert answer.status_code == 404
        assert problems("TMF654", "Error", answer.json()) == []


def test_validation_would_notice_a_wrong_body() -> None:
    assert problems("TMF654", "TopupBalance_Create", {"usageType": "monetary"})
    assert problems("TMF654", "Bucket", {"status": "asleep"})
    assert problems("TMF654", "Bucket", {"confirmationDate": "2026-10-01T10:00:00"})
    assert problems("TMF654", "Bucket", {"balance": 3})
