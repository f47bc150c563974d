"""TMF677: what is left of this month's allowances, and what earlier months used."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bss.port import MonthlyUse, UsageBucket, UsageKind
from bss.tmf.node import Node, malformed
from bss.tmf.upstream import Call
from core.clock import CHINA
from core.ids import Msisdn, OfferingId

ROOT = "/usageConsumption/v4/queryUsageConsumption"
_POLL_S = 0.1
_UNFINISHED = ("accepted", "inProgress")


async def usage(call: Call, number: Msisdn) -> list[UsageBucket]:
    """Read the allowances that run now."""
    found = await _query(call, number, {})
    buckets = [bucket for use in found for bucket in use.children("bucketRefOrValue")]
    unique = {bucket.text("id"): bucket for bucket in reversed(buckets)}
    return [_bucket(unique[identifier]) for identifier in dict.fromkeys(node.text("id") for node in buckets)]


async def monthly_use(call: Call, number: Msisdn, months: int, now: datetime) -> list[MonthlyUse]:
    """Read the use of the last complete months, newest first."""
    end = now.astimezone(CHINA).date().replace(day=1)
    start = end
    for _ in range(max(0, months)):
        start = (start - timedelta(days=1)).replace(day=1)
    period = {"startDateTime": _china(start), "endDateTime": _china(end)}
    found = {one.month: one for one in map(_month, await _query(call, number, {"validPeriod": period}))}
    newest = sorted(found.values(), key=lambda one: one.month, reverse=True)
    return [one for one in newest if start <= one.month < end][: max(0, months)]


async def _query(call: Call, number: Msisdn, criteria: dict[str, Any]) -> list[Node]:
    """Post the query and, where the other side works on it for a while, ask for the result while the budget lasts."""
    body = {
        "searchCriteria": {
            "logicalResource": [{"id": number, "@referredType": "LogicalResource"}],
            **criteria,
        }
    }
    task = await call.post(ROOT, body, key=None)  # a query leaves nothing behind, so repeating it is harmless
    while True:
        found = task.children("usageConsumption")
        states = {use.maybe_text("state") for use in found}
        if "terminatedWithError" in states:
            raise malformed(task.path, "ended in an error")
        if not states & set(_UNFINISHED):
            return found
        await asyncio.sleep(_POLL_S)
        task = await call.get(f"{ROOT}/{quote(task.text('id'), safe='')}")


def _bucket(node: Node) -> UsageBucket:
    kind = _kind(node)
    used = _counter(node, "used")
    remaining = node.volume("remainingValue", kind.value)
    products = node.children("product")
    return UsageBucket(
        kind=kind,
        name=node.text("name"),
        offering_id=OfferingId(products[0].text("id")) if products else None,
        total=used + remaining,
        used=used,
        ends=node.child("validFor").time("endDateTime"),
        scope=node.maybe_text("description") or "",
    )


def _month(node: Node) -> MonthlyUse:
    used = {_kind(bucket): _counter(bucket, "used") for bucket in node.children("bucketRefOrValue")}
    month = node.child("validPeriod").time("startDateTime").astimezone(CHINA).date()
    return MonthlyUse(
        month=month.replace(day=1),
        data_mb=used.get(UsageKind.DATA, 0),
        voice_min=used.get(UsageKind.VOICE, 0),
        sms_count=used.get(UsageKind.SMS, 0),
    )


def _kind(bucket: Node) -> UsageKind:
    try:
        return UsageKind(bucket.text("usageType"))
    except ValueError:
        raise malformed(f"{bucket.path}.usageType", "is unknown") from None


def _counter(bucket: Node, counter_type: str) -> int:
    for counter in bucket.children("bucketCounter"):
        if counter.text("counterType") == counter_type:
            return counter.volume("value", bucket.text("usageType"))
    raise malformed(f"{bucket.path}.bucketCounter", f"has no {counter_type}")


def _china(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+08:00"
