"""What every endpoint shares: JSON, TMF errors, filtering, sorting, paging, and the field types of TM Forum."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from sanic import HTTPResponse, Request, Sanic

from bss.sandbox.calendar import iso, midnight
from bss.sandbox.refusal import Refusal, invalid
from bss.sandbox.store import Store
from core.clock import CHINA

App: TypeAlias = Sanic[Any, Any]
Json: TypeAlias = dict[str, Any]

BASE = "/tmf-api"
MAX_LIMIT = 500
_CONTROL = ("offset", "limit", "fields", "sort")


def store_of(request: Request) -> Store:
    """Return the app's store."""
    store: Store = request.app.ctx.store
    return store


def respond(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """Answer JSON, Chinese unescaped."""
    text = json.dumps(value, ensure_ascii=False, default=float)  # a Decimal echoed from a request
    return HTTPResponse(
        text, status=status, headers=dict(headers or {}), content_type="application/json; charset=utf-8"
    )


def error(status: int, reason: str, message: str) -> HTTPResponse:
    """Answer a TM Forum Error (TMF630): `code` names the class, `reason` what a program acts on."""
    return respond(
        {"@type": "Error", "code": str(status), "reason": reason, "message": message, "status": str(status)},
        status,
    )


def refuse(refusal: Refusal) -> HTTPResponse:
    """Turn a refusal into its answer."""
    return error(refusal.status, refusal.reason, refusal.message)


def body_of(request: Request) -> Json:
    """Return the request's JSON object; raises `Refusal` for anything else."""
    try:
        value = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(value, dict):
        raise invalid("the body is not a JSON object")
    return value


def text_at(body: Mapping[str, Any], path: str, default: str | None = None) -> str:
    """Return the text at a dotted path (the first element of a list is meant); raises `Refusal` when it is missing."""
    found = next((value for value in values_at(body, path) if isinstance(value, str) and value), default)
    if found is None:
        raise invalid(f"{path} is missing")
    return found


def key_of(request: Request, body: Mapping[str, Any]) -> str:
    """Return the idempotency key: the header, or the body's externalId."""
    key = request.headers.get("idempotency-key") or body.get("externalId")
    return key if isinstance(key, str) else ""


def values_at(item: object, path: str) -> Iterable[object]:
    """Yield what lies at a dotted path, walking into lists."""
    if isinstance(item, list):
        for element in item:
            yield from values_at(element, path)
    elif not path:
        yield item
    elif isinstance(item, dict):
        head, _, rest = path.partition(".")
        if head in item:
            yield from values_at(item[head], rest)


def page(request: Request, items: Sequence[Json], ignore: Sequence[str] = ()) -> HTTPResponse:
    """Filter by every query attribute not in `ignore`, sort, cut one page and count (TMF630 parts 1 and 4)."""
    for name, values in request.args.items():
        if name not in _CONTROL and name not in ignore:
            items = [item for item in items if _matches(item, name, values[0].split(","))]
    if sort := request.args.get("sort"):
        path = sort.lstrip("+-")
        items = sorted(
            items, key=lambda item: str(next(iter(values_at(item, path)), "")), reverse=sort.startswith("-")
        )
    offset, limit = _count(request, "offset", 0), min(_count(request, "limit", 100), MAX_LIMIT)
    cut = items[offset : offset + limit]
    headers = {"X-Total-Count": str(len(items)), "X-Result-Count": str(len(cut))}
    return respond([_only(item, request.args.get("fields")) for item in cut], headers=headers)


def one(request: Request, item: Json) -> HTTPResponse:
    """Answer one resource, reduced to the fields asked for."""
    return respond(_only(item, request.args.get("fields")))


def _matches(item: Json, name: str, wanted: list[str]) -> bool:
    path, _, operator = name.rpartition(".")
    if operator in ("gt", "gte", "lt", "lte") and path:
        return any(_compare(value, operator, wanted[0]) for value in values_at(item, path))
    return any(_text(value) in wanted for value in values_at(item, name))


def _compare(value: object, operator: str, wanted: str) -> bool:
    try:
        left, right = datetime.fromisoformat(str(value)), datetime.fromisoformat(wanted.replace(" ", "+"))
    except ValueError:
        raise invalid(f"{wanted} is not a time") from None
    if right.tzinfo is None:
        raise invalid(f"{wanted} has no time zone")
    return {"gt": left > right, "gte": left >= right, "lt": left < right, "lte": left <= right}[operator]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _only(item: Json, fields: str | None) -> Json:
    if not fields:
        return item
    wanted = {*fields.split(","), "id", "href", "@type"}
    return {name: value for name, value in item.items() if name in wanted}


def _count(request: Request, name: str, default: int) -> int:
    raw = request.args.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9:
        raise invalid(f"{name} is not a count")
    return int(raw)


def href(api: str, resource: str, identifier: str) -> str:
    """Return a resource's address on this server."""
    return f"{BASE}/{api}/v4/{resource}/{identifier}"


def money(fen: int) -> Json:
    """Write a TM Forum Money in yuan; two decimals survive a double exactly enough to come back as the same fen."""
    return {"unit": "CNY", "value": fen / 100}


def quantity(amount: float, units: str) -> Json:
    """Write a TM Forum Quantity."""
    return {"amount": amount, "units": units}


def at(moment: datetime | None) -> str | None:
    """Write a time, or None."""
    return iso(moment) if moment else None


def day_start(day: date) -> str:
    """Write the moment a day begins in China."""
    return midnight(day).astimezone(CHINA).isoformat()


def day_end(day: date) -> str:
    """Write the last second of a day in China."""
    return (midnight(day + timedelta(days=1)) - timedelta(seconds=1)).astimezone(CHINA).isoformat()


def present(**attributes: object) -> Json:
    """Build an object without its None attributes; a trailing ``_type`` stands for ``@type``."""
    renamed = {"@" + name[1:] if name.startswith("_") else name: value for name, value in attributes.items()}
    return {name: value for name, value in renamed.items() if value is not None}


def named(name: str, value: object) -> Json:
    """Write a TM Forum Characteristic."""
    return {"name": name, "valueType": "boolean" if isinstance(value, bool) else "string", "value": value}


def customer_id(number: str) -> str:
    """Return the party id of a number's owner."""
    return f"C{int(number[-4:]):04d}"


def account_id(number: str) -> str:
    """Return the billing account of a number."""
    return f"ACC-{number}"


def number_of_account(account: str) -> str:
    """Return the number of a billing account."""
    return account.removeprefix("ACC-")
