"""TMF677 queryUsageConsumption: a query posted, its result in the answer and under its own address."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sanic import HTTPResponse, Request

from bss.port import MonthlyUse, UsageBucket, UsageKind
from bss.sandbox import usage
from bss.sandbox.api.common import (
    BASE,
    App,
    Json,
    at,
    body_of,
    day_start,
    href,
    one,
    present,
    quantity,
    respond,
    store_of,
)
from bss.sandbox.calendar import add_months, china_day
from bss.sandbox.idempotency import new_id
from bss.sandbox.refusal import invalid, not_found
from bss.sandbox.store import Session
from core.ids import Msisdn

API = "usageConsumption"
ROOT = f"{BASE}/{API}/v4/queryUsageConsumption"
HISTORY_MONTHS = 120
_KEPT = 200  # results that can be read again

_UNITS = {UsageKind.DATA: "MB", UsageKind.VOICE: "min", UsageKind.SMS: "message"}


def mount(app: App) -> None:
    """Add the routes."""
    app.ctx.usage_queries = {}
    app.add_route(query, ROOT, methods=["POST"], name="usage_query")
    app.add_route(show_query, f"{ROOT}/<identifier:str>", name="usage_result")


async def query(request: Request) -> HTTPResponse:
    body = body_of(request)
    criteria = body.get("searchCriteria")
    number = _number(criteria)
    span = _span(criteria)
    result = await store_of(request).do(_answer, number, span)
    kept: dict[str, Json] = request.app.ctx.usage_queries
    kept[result["id"]] = result
    while len(kept) > _KEPT:
        kept.pop(next(iter(kept)))
    return respond(result, 201)


async def show_query(request: Request, identifier: str) -> HTTPResponse:
    if (result := request.app.ctx.usage_queries.get(identifier)) is None:
        raise not_found("queryUsageConsumption", identifier)
    return one(request, result)


def _number(criteria: Any) -> Msisdn:
    try:
        number = criteria["logicalResource"][0]["id"]
    except (KeyError, TypeError, IndexError):
        raise invalid("searchCriteria.logicalResource.id is missing") from None
    return Msisdn(str(number))


def _span(criteria: Any) -> tuple[date, date] | None:
    """Return first and last day of the months asked for, or None when the running allowances are meant."""
    if (period := criteria.get("validPeriod")) is None:
        return None
    try:
        start, end = (datetime.fromisoformat(period[name]) for name in ("startDateTime", "endDateTime"))
        return china_day(start), china_day(end)
    except (KeyError, TypeError, ValueError):
        raise invalid("searchCriteria.validPeriod is not a period") from None


def _answer(session: Session, number: Msisdn, span: tuple[date, date] | None) -> Json:
    if span is None:
        consumption = [_running(number, usage.usage(session, number))]
    else:
        months = usage.monthly_use(session, number, HISTORY_MONTHS)
        consumption = [_month(number, month) for month in months if span[0] <= month.month < span[1]]
    identifier = new_id("UQ")
    return present(
        id=identifier,
        href=href(API, "queryUsageConsumption", identifier),
        _type="QueryUsageConsumption",
        queryUsageConsumptionDate=at(session.now),
        searchCriteria={"logicalResource": [_line(number)]},
        usageConsumption=consumption,
    )


def _running(number: str, buckets: list[UsageBucket]) -> Json:
    return {
        "id": f"{number}-now",
        "state": "done",
        "logicalResource": [_line(number)],
        "bucketRefOrValue": [_bucket(f"{number}-{index}", bucket) for index, bucket in enumerate(buckets)],
    }


def _bucket(identifier: str, bucket: UsageBucket) -> Json:
    unit = _UNITS[bucket.kind]
    return present(
        id=identifier,
        name=bucket.name,
        description=bucket.scope or None,
        usageType=bucket.kind.value,
        status="active",
        isShared=False,
        product=[{"id": bucket.offering_id}] if bucket.offering_id else None,
        remainingValue=quantity(bucket.total - bucket.used, unit),
        bucketCounter=[{"counterType": "used", "level": "global", "value": quantity(bucket.used, unit)}],
        validFor={"endDateTime": at(bucket.ends)},
    )


def _month(number: str, month: MonthlyUse) -> Json:
    used = {UsageKind.DATA: month.data_mb, UsageKind.VOICE: month.voice_min, UsageKind.SMS: month.sms_count}
    period = {"startDateTime": day_start(month.month), "endDateTime": day_start(add_months(month.month, 1))}
    return {
        "id": f"{number}-{month.month:%Y-%m}",
        "state": "done",
        "logicalResource": [_line(number)],
        "validPeriod": period,
        "bucketRefOrValue": [
            {
                "id": f"{number}-{month.month:%Y-%m}-{kind.value}",
                "usageType": kind.value,
                "bucketCounter": [
                    {
                        "counterType": "used",
                        "level": "global",
                        "value": quantity(amount, _UNITS[kind]),
                        "consumptionPeriod": period,
                    }
                ],
            }
            for kind, amount in used.items()
        ],
    }


def _line(number: str) -> Json:
    return {"id": number, "@referredType": "LogicalResource"}
