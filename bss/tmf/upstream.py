"""HTTP towards the billing system: one pooled client, one time budget per call, errors of our own tree.

Reads are retried once on a lost connection or a 502/503 while the budget lasts. So are writes, because each carries
its idempotency key; nothing is retried after a timeout, when the budget is gone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from bss.tmf.node import Node, malformed
from core import log
from core.errors import (
    AppError,
    CustomerError,
    UpstreamMalformed,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)

T = TypeVar("T")
U = TypeVar("U")

_RETRY_PAUSE_S = 0.05
_RETRY_STATUS = (502, 503)
_BUSY = (408, 425, 429)  # the request was not, or not surely, worked on
_NO_ACCESS = (401, 403, 407)
_KEEP_ALIVE_S = 5.0
_PAGE = 100
_PAGES_MAX = 50

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Upstream:
    """The pooled client and what every call shares."""

    def __init__(self, base_url: str, token: str, timeout_s: float) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout_s = timeout_s
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._session: aiohttp.ClientSession | None = None

    async def exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        headers: Mapping[str, str],
    ) -> Answer:
        """Send one request; raises aiohttp.ClientError."""
        if self._session is None:  # it belongs to the event loop that first uses it
            connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=_KEEP_ALIVE_S)
            no_limit = aiohttp.ClientTimeout(total=None)  # Call keeps the budget of everything it does
            self._session = aiohttp.ClientSession(
                connector=connector,
                headers=self._headers,
                timeout=no_limit,
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_once,),
            )
        url = f"{self.base_url}/tmf-api{path}"
        async with self._session.request(
            method, url, params=query, json=body, headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def call(self, name: str, number: str | None = None) -> Call:
        """Start one call of the port; its budget begins now."""
        return Call(self, name, number, asyncio.get_running_loop().time() + self.timeout_s)


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Hide from aiohttp that a connection was lost: it would repeat a read by itself, and `Call` does, once, on its budget."""
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as lost:
        raise aiohttp.ClientConnectionError(type(lost).__name__) from lost


class Call:
    """One verb of the port: all requests it makes share one deadline."""

    def __init__(self, upstream: Upstream, name: str, number: str | None, deadline: float) -> None:
        self._upstream = upstream
        self._name = name
        self._number = number
        self._deadline = deadline

    async def get(self, path: str) -> Node:
        """Read one resource."""
        return Node(_parse(path, await self._request("GET", path)), path)

    async def list(self, path: str, query: Mapping[str, str], *, most: int | None = None) -> list[Node]:
        """Read a whole list page by page (or its first `most` entries), each id once."""
        found: dict[str, Node] = {}
        offset = 0
        for _ in range(_PAGES_MAX):
            limit = _PAGE if most is None else min(_PAGE, most - len(found))
            paging = {"offset": str(offset), "limit": str(limit)}
            answer = await self._request("GET", path, query={**query, **paging})
            page = self._entries(path, answer)
            found.update((identifier, node) for identifier, node in page.items() if identifier not in found)
            offset += len(page)
            total = answer.headers.get("x-total-count", "")
            is_last = offset >= int(total) if total.isdigit() else len(page) < limit
            if is_last or not page or (most is not None and len(found) >= most):
                return list(found.values())[:most]
        raise malformed(path, "never ends")

    async def post(self, path: str, body: Mapping[str, Any], key: str | None) -> Node:
        """Create one resource; `key` makes it safe to repeat, None says that repeating has no effect."""
        return Node(_parse(path, await self._request("POST", path, body=body, key=key)), path)

    async def patch(self, path: str, body: Mapping[str, Any]) -> Node:
        """Change one resource (a merge patch, so repeating it has no effect)."""
        return Node(_parse(path, await self._request("PATCH", path, body=body)), path)

    @staticmethod
    def _entries(path: str, answer: Answer) -> dict[str, Node]:
        value = _parse(path, answer)
        if not isinstance(value, list):
            raise malformed(path, "is not a list")
        nodes = [Node(item, f"{path}[{index}]") for index, item in enumerate(value)]
        return _by_id(nodes)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Answer:
        begun = time.monotonic()
        try:
            answer = await self._send(method, path, query, body, key)
            if answer.status // 100 != 2:
                self._raise_for(path, answer)
            return answer
        except AppError as problem:
            took = round((time.monotonic() - begun) * 1000)
            logger.warning("bss.call_failed", call=self._name, path=path, code=problem.code, latency_ms=took)
            raise

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        key: str | None,
    ) -> Answer:
        """Send, and once more where a repeat is safe and the budget lasts."""
        try:
            async with asyncio.timeout_at(self._deadline):
                for is_last in (False, True):
                    try:
                        answer = await self._once(method, path, query, body, key)
                        if answer.status not in _RETRY_STATUS or is_last:
                            return answer
                    except aiohttp.ClientError as problem:
                        if isinstance(problem.__cause__, ContentEncodingError):
                            raise UpstreamMalformed(
                                "bss.malformed", "undecodable body", path=path
                            ) from problem
                        if is_last:
                            raise UpstreamUnavailable("bss.unavailable", type(problem).__name__) from problem
                    await asyncio.sleep(_RETRY_PAUSE_S)
                raise AssertionError("unreachable")
        except TimeoutError:
            raise UpstreamTimeout("bss.timeout", f"no answer within {self._upstream.timeout_s} s") from None

    async def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        key: str | None,
    ) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self._upstream.exchange(method, path, query, body, headers)

    def _raise_for(self, path: str, answer: Answer) -> NoReturn:
        status = answer.status
        if status >= 500 or status in _BUSY:
            raise UpstreamUnavailable("bss.unavailable", f"answered {status}", status=status)
        if status < 400:
            raise malformed(path, f"answered {status}")
        if status in _NO_ACCESS:  # our own credentials: no answer to what was asked, and no customer's fault
            logger.error("bss.access_refused", call=self._name, path=path, status=status)
            raise UpstreamUnavailable("bss.access_refused", f"answered {status}", status=status)
        if status == 404 and self._number is not None:
            raise CustomerError("bss.unknown_number", "not a number of this operator")
        raise UpstreamRejected("bss.rejected", f"answered {status}", status=status, reason=_reason(answer))


async def together(first: Coroutine[Any, Any, T], second: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Wait for two reads at once; when one fails, the other is stopped."""
    tasks = asyncio.ensure_future(first), asyncio.ensure_future(second)
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _by_id(nodes: list[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        found.setdefault(node.text("id"), node)
    return found


def _reason(answer: Answer) -> str:
    """Return what a TM Forum Error says a program may act on; its status where it says nothing usable."""
    try:
        error = json.loads(answer.content)
        return str(error.get("reason") or error["code"])[:100]
    except (ValueError, KeyError, AttributeError, RecursionError):
        return str(answer.status)


def _parse(path: str, answer: Answer) -> object:
    try:
        return json.loads(answer.content, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise UpstreamMalformed("bss.malformed", f"{path} is not JSON", path=path) from problem


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
