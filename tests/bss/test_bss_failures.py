"""The TM Forum adapter against a billing system that is slow, down, wrong or repetitive."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bss.port import OrderAction, OrderState
from bss.tmf import TmfBss
from core.clock import SystemClock
from core.errors import (
    CustomerError,
    UpstreamMalformed,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from core.ids import Msisdn, OfferingId
from core.money import Fen
from tests.bss.systems import OverHttp
from tests.ports import free_port

FIRST = Msisdn("13800000001")
BUCKET = {
    "id": "A-MAIN",
    "usageType": "monetary",
    "remainingValue": {"amount": 12.5, "units": "CNY"},
    "partyAccount": {"id": "A"},
}
ANSWER = "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answering(body: object, status: str = "200 OK") -> Reply:
    """Answer every request alike; bytes go out as they are."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        writer.write(ANSWER.format(status=status, length=len(content)).encode() + content)
        await writer.drain()

    return reply


async def reset(writer: asyncio.StreamWriter) -> None:
    """Drop the connection without a word."""
    writer.transport.abort()


@asynccontextmanager
async def raw_server(*replies: Reply, timeout_s: float = 3.0) -> AsyncIterator[tuple[TmfBss, list[bytes]]]:
    """Serve the replies in turn, the last one for ever; yields an adapter on it and the requests seen."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append(head)
            await replies[min(len(seen), len(replies)) - 1](writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bss = TmfBss(f"http://127.0.0.1:{port}", "", timeout_s, SystemClock())
    try:
        yield bss, seen
    finally:
        await bss.close()
        server.close()


async def test_slow_answer_ends_within_the_budget(over_http: OverHttp) -> None:
    await over_http.fault(kind="slow", delay_s=5)
    begun = time.monotonic()
    with pytest.raises(UpstreamTimeout):
        await over_http.bss.bills(FIRST)  # three requests share one budget
    assert 2.8 < time.monotonic() - begun < 5.8


async def test_answer_slower_than_usual_but_in_time_counts(over_http: OverHttp) -> None:
    await over_http.fault(kind="slow", delay_s=0.3, count=1)
    assert (await over_http.bss.balance(FIRST)).available_fen == 8650


async def test_body_that_trickles_in_ends_within_the_budget() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER.format(status="200 OK", length=10_000).encode())
        for _ in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    begun = time.monotonic()
    async with raw_server(trickle, timeout_s=0.6) as (bss, _seen):
        with pytest.raises(UpstreamTimeout):
            await bss.balance(FIRST)
    assert time.monotonic() - begun < 4.5  # all of it takes five


async def test_failing_system_is_unavailable(over_http: OverHttp) -> None:
    await over_http.fault(kind="error")
    with pytest.raises(UpstreamUnavailable):
        await over_http.bss.usage(FIRST)


async def test_dropped_connections_are_unavailable(over_http: OverHttp) -> None:
    await over_http.fault(kind="refuse")
    with pytest.raises(UpstreamUnavailable):
        await over_http.bss.subscriber(FIRST)


async def test_nobody_listening_is_unavailable() -> None:
    bss = TmfBss(f"http://127.0.0.1:{free_port()}", "", 3.0, SystemClock())
    with pytest.raises(UpstreamUnavailable):
        await bss.balance(FIRST)
    await bss.close()


async def test_answer_cut_in_the_middle_is_malformed(over_http: OverHttp) -> None:
    await over_http.fault(kind="malformed")
    with pytest.raises(UpstreamMalformed):
        await over_http.bss.offerings()


async def test_only_the_api_that_fails_is_affected(over_http: OverHttp) -> None:
    await over_http.fault(kind="error", api="customerBill")
    assert (await over_http.bss.balance(FIRST)).available_fen == 8650
    with pytest.raises(UpstreamUnavailable):
        await over_http.bss.bills(FIRST)


async def test_entries_sent_twice_count_once(over_http: OverHttp) -> None:
    calm = [await read(over_http) for read in READS]
    await over_http.fault(kind="duplicate")
    assert [await read(over_http) for read in READS] == calm


READS: list[Callable[[OverHttp], Awaitable[Any]]] = [
    lambda system: system.bss.offerings(),
    lambda system: system.bss.subscriber(FIRST),
    lambda system: system.bss.products(FIRST),
    lambda system: system.bss.bills(FIRST),
    lambda system: system.bss.usage(FIRST),
]


async def test_read_is_repeated_once_after_a_lost_connection() -> None:
    async with raw_server(reset, answering([BUCKET])) as (bss, seen):
        assert (await bss.balance(FIRST)).available_fen == 1250
    assert len(seen) == 2


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable"])
async def test_read_is_repeated_once_after_a_gateway_error(status: str) -> None:
    async with raw_server(answering({}, status), answering([BUCKET])) as (bss, _seen):
        assert (await bss.balance(FIRST)).available_fen == 1250


async def test_read_is_not_repeated_for_ever() -> None:
    async with raw_server(reset) as (bss, seen):
        with pytest.raises(UpstreamUnavailable):
            await bss.balance(FIRST)
    assert len(seen) == 2


async def test_read_on_a_connection_that_was_left_open_is_repeated_once_too() -> None:
    async def keep_open(writer: asyncio.StreamWriter) -> None:
        content = json.dumps([BUCKET]).encode()
        head = ANSWER.format(status="200 OK", length=len(content)).replace("Connection: close\r\n", "")
        writer.write(head.encode() + content)
        await writer.drain()

    requests = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        if requests == 1:
            await keep_open(writer)
            await reader.readuntil(b"\r\n\r\n")
            requests += 1
        writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    bss = TmfBss(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "", 3.0, SystemClock())
    try:
        assert (await bss.balance(FIRST)).available_fen == 1250
        with pytest.raises(UpstreamUnavailable):
            await bss.balance(FIRST)
    finally:
        await bss.close()
        server.close()
    assert requests == 3


async def test_error_of_the_system_itself_is_not_repeated() -> None:
    async with raw_server(answering({}, "500 Internal Server Error")) as (bss, seen):
        with pytest.raises(UpstreamUnavailable):
            await bss.balance(FIRST)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "status", ["401 Unauthorized", "403 Forbidden", "408 Request Timeout", "429 Too Many Requests"]
)
async def test_what_is_no_answer_to_an_order_is_no_refusal_of_it(status: str) -> None:
    async with raw_server(answering({"code": "60", "reason": "token expired"}, status)) as (bss, _seen):
        with pytest.raises(UpstreamUnavailable):
            await bss.place_order(FIRST, OfferingId("vas-missed"), OrderAction.ADD, "o-1")


async def test_credentials_that_are_refused_are_told_from_an_outage() -> None:
    async with raw_server(answering({}, "401 Unauthorized")) as (bss, _seen):
        with pytest.raises(UpstreamUnavailable) as refused:
            await bss.balance(FIRST)
    assert refused.value.code == "bss.access_refused"  # the code stands in the log


async def test_a_system_that_ignores_what_is_asked_for_moves_nobody_elses_money() -> None:
    other = {**BUCKET, "logicalResource": [{"id": "13800000009"}]}
    async with raw_server(answering([other])) as (bss, seen):
        with pytest.raises(UpstreamMalformed):
            await bss.create_topup(FIRST, Fen(1000), "key-7")
    assert len(seen) == 1


@pytest.mark.parametrize(("number", "yuan"), [("13800000009", 10), (FIRST, 100)])
async def test_a_link_to_pay_something_else_is_never_shown(number: str, yuan: int) -> None:
    made = {
        "id": "T1",
        "status": "created",
        "amount": {"amount": yuan, "units": "CNY"},
        "logicalResource": [{"id": number}],
        "paymentMethod": {"href": "https://pay.example/T1"},
    }
    async with raw_server(answering([BUCKET]), answering(made, "201 Created")) as (bss, _seen):
        with pytest.raises(UpstreamMalformed):
            await bss.create_topup(FIRST, Fen(1000), "key-7")


async def test_an_order_found_that_is_not_ours_is_no_order_of_ours() -> None:
    order = {
        "id": "OR1",
        "externalId": "somebody-elses",
        "state": "completed",
        "orderDate": "2026-10-01T10:00:00Z",
        "productOrderItem": [
            {
                "action": "add",
                "productOffering": {"id": "vas-missed"},
                "product": {"productSerialNumber": FIRST},
            }
        ],
    }
    async with raw_server(answering([order])) as (bss, _seen):
        with pytest.raises(UpstreamMalformed):
            await bss.order("o-1")


async def test_repeated_write_carries_the_same_key() -> None:
    async with raw_server(answering([BUCKET]), reset, answering({}, "400 Bad Request")) as (bss, seen):
        with pytest.raises(UpstreamRejected):
            await bss.create_topup(FIRST, Fen(1000), "key-7")
    assert [b"idempotency-key: key-7" in head.lower() for head in seen] == [False, True, True]


async def test_topup_whose_answer_got_lost_is_still_one_topup(over_http: OverHttp) -> None:
    await over_http.fault(kind="refuse", api="topupBalance", after=True, count=1)
    made = await over_http.bss.create_topup(FIRST, Fen(1000), "key-1")  # repeated by the adapter
    await over_http.pay(made.id, "success")
    assert len(await over_http.ledger(FIRST)) == 1
    listed = await over_http.http.get(
        f"/tmf-api/prepayBalanceManagement/v4/topupBalance?logicalResource.id={FIRST}"
    )
    assert [one["id"] for one in listed.json()] == [made.id]


async def test_order_that_timed_out_is_found_by_its_key_and_charged_once(over_http: OverHttp) -> None:
    pack = OfferingId("data-boost-10")
    await over_http.fault(kind="slow", api="productOrder", delay_s=10, count=1)
    with pytest.raises(UpstreamTimeout):
        await over_http.bss.place_order(FIRST, pack, OrderAction.ADD, "o-1")
    found = await over_http.bss.order("o-1")
    assert found is not None
    assert found.state is OrderState.COMPLETED
    again = await over_http.bss.place_order(FIRST, pack, OrderAction.ADD, "o-1")
    assert again.id == found.id
    assert len(await over_http.ledger(FIRST)) == 1


WRONG_BUCKETS: list[object] = [
    {"not": "a list"},
    [17],
    [{**BUCKET, "id": None}],
    [{**BUCKET, "remainingValue": None}],
    [{**BUCKET, "remainingValue": {"amount": "12.50", "units": "CNY"}}],
    [{**BUCKET, "remainingValue": {"amount": True, "units": "CNY"}}],
    [{**BUCKET, "remainingValue": {"amount": 12.5, "units": "USD"}}],
    [{**BUCKET, "remainingValue": {"amount": 1e300, "units": "CNY"}}],
    [{**BUCKET, "confirmationDate": "yesterday"}],
    [{**BUCKET, "confirmationDate": "2026-10-01T10:00:00"}],
    b'[{"id": "A", "remainingValue": {"amount": NaN, "units": "CNY"}}]',
    b"<html>busy</html>",
    b"",
    b"\xff\xfe\x00",
    b"[" * 100_000,
]


async def test_body_that_cannot_be_unpacked_is_malformed() -> None:
    async with raw_server(answering(b"no gzip", "200 OK\r\nContent-Encoding: gzip")) as (bss, seen):
        with pytest.raises(UpstreamMalformed):
            await bss.balance(FIRST)
    assert len(seen) == 1


@pytest.mark.parametrize("body", WRONG_BUCKETS, ids=range(len(WRONG_BUCKETS)))
async def test_answer_that_does_not_fit_is_malformed(body: object) -> None:
    async with raw_server(answering(body)) as (bss, _seen):
        with pytest.raises(UpstreamMalformed) as caught:
            await bss.balance(FIRST)
    assert caught.value.code == "bss.malformed"


@pytest.mark.parametrize(
    "verb", ["offerings", "subscriber", "products", "usage", "bills", "orders", "tickets", "topup", "order"]
)
async def test_every_reading_call_takes_nonsense_for_malformed(verb: str) -> None:
    nonsense = {"id": "X", "usageConsumption": [{"bucketRefOrValue": [{"id": "1"}]}]}
    body: object = nonsense if verb in ("usage", "topup") else [nonsense]
    arguments = () if verb == "offerings" else (FIRST,)
    async with raw_server(answering(body)) as (bss, _seen):
        with pytest.raises(UpstreamMalformed):
            await getattr(bss, verb)(*arguments)


async def test_offering_with_a_wrong_price_is_malformed() -> None:
    offering = {"id": "plan-x", "name": "X", "productOfferingPrice": [{"price": {"value": "a lot"}}]}
    async with raw_server(answering([offering])) as (bss, _seen):
        with pytest.raises(UpstreamMalformed):
            await bss.offerings()


async def test_payment_link_that_is_no_web_address_is_malformed() -> None:
    topup = {
        "id": "T",
        "status": "created",
        "amount": {"amount": 10, "units": "CNY"},
        "logicalResource": [{"id": FIRST}],
        "paymentMethod": {"id": "T", "href": "javascript:alert(1)"},
    }
    async with raw_server(answering(topup)) as (bss, _seen):
        with pytest.raises(UpstreamMalformed):
            await bss.topup("T")


async def test_redirect_is_not_followed() -> None:
    async with raw_server(answering({}, "302 Found\r\nLocation: http://127.0.0.1:9/")) as (bss, seen):
        with pytest.raises(UpstreamMalformed):
            await bss.balance(FIRST)
    assert len(seen) == 1


async def test_refusal_carries_the_other_sides_reason() -> None:
    error = {"code": "22", "reason": "cardExpired", "message": "no"}
    async with raw_server(answering([BUCKET]), answering(error, "422 Unprocessable Entity")) as (bss, _seen):
        with pytest.raises(UpstreamRejected) as caught:
            await bss.create_topup(FIRST, Fen(1000), "key-1")
    assert caught.value.fields["reason"] == "cardExpired"


async def test_refusal_without_a_usable_body_carries_its_status() -> None:
    async with raw_server(answering([BUCKET]), answering(b"no", "409 Conflict")) as (bss, _seen):
        with pytest.raises(UpstreamRejected) as caught:
            await bss.create_topup(FIRST, Fen(1000), "key-1")
    assert caught.value.fields["reason"] == "409"


async def test_empty_lists_of_a_strict_system_mean_an_unknown_number() -> None:
    async with raw_server(answering([])) as (bss, _seen):
        for verb in ("subscriber", "products", "balance", "bills"):
            with pytest.raises(CustomerError):
                await getattr(bss, verb)(FIRST)


async def test_list_longer_than_a_page_is_read_to_its_end() -> None:
    def page(first: int, last: int) -> Reply:
        tickets = [
            {
                "id": f"T{index}",
                "ticketType": "incident",
                "status": "closed",
                "description": "x",
                "creationDate": "2026-10-01T00:00:00Z",
            }
            for index in range(first, last)
        ]
        return answering(tickets, f"200 OK\r\nX-Total-Count: {150}")

    async with raw_server(page(0, 100), page(100, 150)) as (bss, seen):
        found = await bss.tickets(FIRST, 150)
    assert [ticket.id for ticket in found] == [f"T{index}" for index in range(150)]
    assert b"offset=100" in seen[1]


async def test_usage_query_that_takes_a_while_is_waited_for() -> None:
    working = {"id": "Q1", "usageConsumption": [{"id": "U", "state": "inProgress"}]}
    done = {"id": "Q1", "usageConsumption": [{"id": "U", "state": "done", "bucketRefOrValue": []}]}
    async with raw_server(answering(working), answering(working), answering(done)) as (bss, seen):
        assert await bss.usage(FIRST) == []
    assert seen[2].startswith(b"GET /tmf-api/usageConsumption/v4/queryUsageConsumption/Q1 ")


async def test_usage_query_that_never_ends_times_out() -> None:
    working = {"id": "Q1", "usageConsumption": [{"id": "U", "state": "inProgress"}]}
    async with raw_server(answering(working), timeout_s=0.5) as (bss, _seen):
        with pytest.raises(UpstreamTimeout):
            await bss.usage(FIRST)


async def test_token_is_sent_as_a_bearer() -> None:
    async with raw_server(answering([BUCKET])) as (plain, seen):
        base_url = plain._upstream.base_url
        bss = TmfBss(base_url, "s3cret", 3.0, SystemClock())
        await bss.balance(FIRST)
        await bss.close()
    assert b"authorization: bearer s3cret" in seen[0].lower()


async def test_errors_never_carry_the_number(over_http: OverHttp) -> None:
    await over_http.fault(kind="error")
    with pytest.raises(UpstreamUnavailable) as caught:
        await over_http.bss.balance(FIRST)
    assert FIRST not in str(caught.value)
