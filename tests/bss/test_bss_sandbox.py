"""The sandbox as a tester meets it: who there is, the payment page, faults, start and stop."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from bss.port import TopupState
from bss.tmf import TmfBss
from core.clock import SystemClock
from core.errors import UpstreamUnavailable
from core.ids import Msisdn
from core.money import Fen
from tests.bss.systems import OverHttp, start_sandbox, stop_sandbox

FIRST = Msisdn("13800000001")
TOPUPS = "/tmf-api/prepayBalanceManagement/v4/topupBalance"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
TOPUP = {
    "amount": {"amount": 10, "units": "CNY"},
    "usageType": "monetary",
    "bucket": {"id": f"ACC-{FIRST}-MAIN"},
    "partyAccount": {"id": f"ACC-{FIRST}"},
}


async def test_tester_finds_every_kind_of_subscriber(over_http: OverHttp) -> None:
    people = (await over_http.http.get("/sandbox/subscribers")).json()
    assert len(people) >= 36
    assert people[0]["number"] == "13800000001"
    assert {"number", "name", "kind", "plan", "balance_fen"} <= people[0].keys()
    for wanted in (
        lambda one: one["kind"] == "postpaid",
        lambda one: one["status"] == "barred",
        lambda one: one["status"] == "suspended",
        lambda one: one["balance_fen"] < 0,
        lambda one: one["birth_year"] <= 1960,
        lambda one: one["contract_until"],
        lambda one: "campus" in one["segments"],
        lambda one: "family" in one["segments"],
        lambda one: "broadband" in one["segments"],
        lambda one: "roaming" in one["segments"],
    ):
        assert any(wanted(one) for one in people)


async def test_names_and_numbers_are_unique(over_http: OverHttp) -> None:
    people = (await over_http.http.get("/sandbox/subscribers")).json()
    assert len({one["number"] for one in people}) == len({one["name"] for one in people}) == len(people)


async def test_payment_page_offers_three_outcomes_and_hides_the_number(over_http: OverHttp) -> None:
    made = await over_http.bss.create_topup(FIRST, Fen(5000), "key-1")
    page = await over_http.http.get(made.payment_url)
    assert page.status_code == 200
    assert all(title in page.text for title in ("支付成功", "支付失败", "支付超时", "50.00", "138****0001"))
    assert FIRST not in page.text


@pytest.mark.parametrize(
    ("outcome", "shown", "state"),
    [
        ("success", "支付成功", TopupState.COMPLETED),
        ("fail", "支付失败", TopupState.FAILED),
        ("timeout", "支付超时", TopupState.FAILED),
    ],
)
async def test_button_on_the_payment_page_settles_once(
    over_http: OverHttp, outcome: str, shown: str, state: TopupState
) -> None:
    made = await over_http.bss.create_topup(FIRST, Fen(5000), "key-1")
    for pressed in (outcome, "success", "fail"):
        page = await over_http.http.post(made.payment_url, data={"outcome": pressed}, follow_redirects=True)
        assert re.search(rf"<h1[^>]*>{shown}</h1>", page.text)
        assert "<button" not in page.text
    assert (await over_http.bss.topup(made.id)).state is state


async def test_unknown_payment_has_a_page_that_says_so(over_http: OverHttp) -> None:
    page = await over_http.http.get("/payments/<b>TU0%3C%2Fb%3E")
    assert page.status_code == 404
    assert "没有找到" in page.text
    assert "TU0" not in page.text


async def test_testers_payment_endpoint_says_when_it_is_too_late(over_http: OverHttp) -> None:
    made = await over_http.bss.create_topup(FIRST, Fen(5000), "key-1")
    answers = [
        (await over_http.http.post(f"/sandbox/payments/{made.id}/{outcome}")).status_code
        for outcome in ("explode", "success", "success", "fail")
    ]
    assert answers == [404, 200, 200, 409]


async def test_reset_brings_the_seed_back_and_ends_faults(over_http: OverHttp) -> None:
    made = await over_http.bss.create_topup(FIRST, Fen(5000), "key-1")
    await over_http.pay(made.id, "success")
    await over_http.fault(kind="error")
    await over_http.http.post("/sandbox/reset")
    assert (await over_http.bss.balance(FIRST)).available_fen == 8650
    assert await over_http.ledger(FIRST) == []


async def test_fault_ends_after_its_count_and_when_taken_back(over_http: OverHttp) -> None:
    url = f"/tmf-api/productInventory/v4/product?productSerialNumber={FIRST}"
    await over_http.fault(kind="error", count=2)
    assert [(await over_http.http.get(url)).status_code for _ in range(3)] == [500, 500, 200]
    await over_http.fault(kind="error")
    await over_http.http.delete("/sandbox/faults")
    assert (await over_http.http.get(url)).status_code == 200
    await over_http.fault(kind="error", for_s=0)
    assert (await over_http.http.get(url)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "fire"},
        {"kind": "slow", "delay_s": "long"},
        {"kind": "error", "count": 0},
        {"kind": "error", "for_s": -1},
    ],
)
async def test_fault_that_makes_no_sense_is_refused(over_http: OverHttp, body: dict[str, object]) -> None:
    assert (await over_http.http.post("/sandbox/faults", json=body)).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sandbox/ledger?msisdn=13900000000", 404),
        ("/sandbox/ledger?msisdn=%27%20OR%201=1--", 404),
        ("/tmf-api/party/v4/individual?limit=-1", 400),
        ("/tmf-api/party/v4/individual?offset=many", 400),
        ("/tmf-api/prepayBalanceManagement/v4/bucket", 400),
        ("/tmf-api/customerBillManagement/v4/customerBill", 400),
        ("/tmf-api/party/v4/individual/C9999", 404),
        ("/tmf-api/nothing/v4/here", 404),
    ],
)
async def test_bad_reads_get_a_tmf_error(over_http: OverHttp, path: str, status: int) -> None:
    answer = await over_http.http.get(path)
    assert answer.status_code == status
    assert {"code", "reason", "message"} <= answer.json().keys()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (TOPUPS, b"not json"),
        (TOPUPS, b"[1, 2]"),
        (TOPUPS, b"\xff\xfe"),
        (TOPUPS, b"[" * 50_000),
        (TOPUPS, b"{}"),
        (ORDERS, b'{"externalId": "x", "productOrderItem": []}'),
        (ORDERS, b'{"externalId": "x", "productOrderItem": [{"id": "1", "action": "burn"}]}'),
        ("/tmf-api/troubleTicket/v4/troubleTicket", b'{"externalId": "x", "ticketType": "complain"}'),
        ("/tmf-api/usageConsumption/v4/queryUsageConsumption", b'{"searchCriteria": "all"}'),
        ("/tmf-api/communicationManagement/v4/communicationMessage", b'{"content": "x"}'),
        ("/tmf-api/partyInteraction/v4/partyInteraction", b'{"direction": "inbound", "status": "x"}'),
    ],
)
async def test_bad_writes_are_refused_and_change_nothing(
    over_http: OverHttp, path: str, content: bytes
) -> None:
    headers = {"Idempotency-Key": "key-1", "Content-Type": "application/json"}
    answer = await over_http.http.post(path, content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["reason"] == "invalid_request"
    assert await over_http.ledger(FIRST) == []


@pytest.mark.parametrize("amount", ["ten", True, 10.005, 1e300, None, -5])
async def test_amounts_that_are_no_sum_of_money_are_refused(over_http: OverHttp, amount: object) -> None:
    body = TOPUP | {"amount": {"amount": amount, "units": "CNY"}}
    answer = await over_http.http.post(TOPUPS, json=body, headers={"Idempotency-Key": "key-1"})
    assert answer.status_code in (400, 422)


async def test_write_without_a_key_is_refused(over_http: OverHttp) -> None:
    assert (await over_http.http.post(TOPUPS, json=TOPUP)).status_code == 400
    accepted = await over_http.http.post(TOPUPS, json=TOPUP, headers={"Idempotency-Key": "key-1"})
    assert accepted.status_code == 201


async def test_lists_are_paged_filtered_sorted_and_counted(over_http: OverHttp) -> None:
    root = "/tmf-api/productCatalogManagement/v4/productOffering"
    everything = await over_http.http.get(root, params={"limit": 500})
    total = len(everything.json())
    assert everything.headers["X-Total-Count"] == str(total)
    page = await over_http.http.get(root, params={"offset": total - 2, "limit": 10, "fields": "name"})
    assert (len(page.json()), page.headers["X-Total-Count"]) == (2, str(total))
    assert page.json()[0].keys() <= {"id", "href", "@type", "name"}
    by_name = await over_http.http.get(
        root, params={"sort": "-name", "lifecycleStatus": "Active", "limit": 500}
    )
    names = [one["name"] for one in by_name.json()]
    assert names == sorted(names, reverse=True)
    assert 0 < len(names) < total


def test_sandbox_stops_cleanly_however_soon_it_is_asked(tmp_path: Path) -> None:
    assert stop_sandbox(start_sandbox(tmp_path / "second.db")) == 0


async def test_what_was_paid_survives_a_restart(tmp_path: Path) -> None:
    first = start_sandbox(tmp_path / "kept.db")
    system = OverHttp(first.base_url)
    made = await system.bss.create_topup(FIRST, Fen(5000), "key-1")
    await system.pay(made.id, "success")
    await system.bss.close()
    await system.http.aclose()
    stop_sandbox(first)
    second = start_sandbox(tmp_path / "kept.db")
    again = OverHttp(second.base_url)
    assert (await again.bss.balance(FIRST)).available_fen == 13650
    assert len(await again.ledger(FIRST)) == 1
    await again.bss.close()
    await again.http.aclose()
    stop_sandbox(second)


async def test_token_guards_the_tmf_side(tmp_path: Path) -> None:
    guarded = start_sandbox(tmp_path / "guarded.db", "--token", "s3cret")
    try:
        for token, is_let_in in (("", False), ("wrong", False), ("s3cret", True)):
            bss = TmfBss(guarded.base_url, token, 3.0, SystemClock())
            if is_let_in:
                assert await bss.bills(FIRST)
            else:
                with pytest.raises(UpstreamUnavailable):
                    await bss.offerings()
            await bss.close()
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            assert (await http.get(f"{guarded.base_url}/sandbox/subscribers")).status_code == 200
    finally:
        stop_sandbox(guarded)
