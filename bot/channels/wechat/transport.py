"""HTTP towards WeChat's API: timeouts, retries with backoff where nothing can happen twice, errors of our own tree."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.channels.wechat.errors import ApiBusy, NotSent, NoTurn, error_of
from bot.rate_limit import RateLimit
from core import log
from core.errors import UpstreamError, UpstreamMalformed, UpstreamTimeout, UpstreamUnavailable

_log = log.get(__name__)
_TRIES = 3
_FIRST_WAIT_S = 0.2
_TURN_S = 0.05  # between two looks whether the account may call again
_MAX_BYTES = 20 * 1024 * 1024  # of a picture or a recording

OnError = Callable[[str], None]
"""Counts an error by its code."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file as WeChat gave it."""

    content: bytes
    kind: str  # its Content-Type


class Transport:
    """One account's way to the API."""

    def __init__(self, base: str, timeout_s: float, per_minute: int, on_error: OnError) -> None:
        self._timeout_s, self._on_error = timeout_s, on_error
        self._pace = RateLimit(per_minute)
        self._http = httpx.AsyncClient(
            base_url=base,
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=20),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
        is_courtesy: bool = False,
    ) -> dict[str, Any]:
        """Call one API and return its answer; raise what `error_of` makes of its errcode.

        With `is_courtesy` a failure is neither counted nor logged, nor tried again.
        """
        content = json.dumps(body, ensure_ascii=False).encode()  # WeChat shows \\u escapes as they are
        if is_courtesy:
            return _parsed(path, await self._once("POST", path, query, content))
        return await self._counted("POST", path, query, content)

    async def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """As `post`, reading."""
        return await self._counted("GET", path, query, None)

    async def media(self, path: str, query: Mapping[str, str]) -> Media:
        """Fetch a file."""
        response = await self._once("GET", path, query, None)
        kind = response.headers.get("content-type", "")
        if "json" in kind or "text/plain" in kind:
            _parsed(path, response)
            raise UpstreamMalformed("wechat.malformed", f"{path} is no file")
        if len(response.content) > _MAX_BYTES:
            raise UpstreamMalformed("wechat.malformed", f"{path} is too large")
        return Media(response.content, kind)

    async def _counted(
        self, method: str, path: str, query: Mapping[str, str] | None, content: bytes | None
    ) -> dict[str, Any]:
        try:
            return await self._patiently(method, path, query, content)
        except UpstreamError as error:
            reason = str(error.fields.get("reason", error.code))
            self._on_error(reason)
            _log.warning("wechat.api_failed", path=path, code=error.code, reason=reason, detail=error.detail)
            raise

    async def _patiently(
        self, method: str, path: str, query: Mapping[str, str] | None, content: bytes | None
    ) -> dict[str, Any]:
        """Try again where WeChat was busy or not reached: then nothing was done."""
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                return _parsed(path, await self._once(method, path, query, content))
            except NoTurn:
                raise
            except (ApiBusy, NotSent):
                if tries_left == 0:
                    raise
            backoff = _FIRST_WAIT_S * 2 ** (_TRIES - 1 - tries_left)
            await asyncio.sleep(backoff * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries
        raise AssertionError("unreachable")

    async def _once(
        self, method: str, path: str, query: Mapping[str, str] | None, content: bytes | None
    ) -> httpx.Response:
        until = asyncio.get_running_loop().time() + self._timeout_s
        await self._turn(until)
        try:
            async with asyncio.timeout_at(until):
                response = await self._http.request(method, path, params=query, content=content)
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout):
            raise UpstreamTimeout("wechat.timeout", f"no answer within {self._timeout_s} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise NotSent("wechat.unavailable", type(problem).__name__) from problem
        except httpx.HTTPError as problem:
            raise UpstreamUnavailable("wechat.unavailable", type(problem).__name__) from problem
        if response.status_code >= 500:
            raise UpstreamUnavailable("wechat.unavailable", f"answered {response.status_code}")
        if response.status_code // 100 != 2:
            raise UpstreamMalformed("wechat.malformed", f"{path} answered {response.status_code}")
        return response

    async def _turn(self, until: float) -> None:
        while not self._pace.allows(""):
            if asyncio.get_running_loop().time() >= until:
                raise NoTurn("wechat.unavailable", "as many calls a minute as are allowed")
            await asyncio.sleep(_TURN_S)


def _parsed(path: str, response: httpx.Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError) as problem:
        raise UpstreamMalformed("wechat.malformed", f"{path} is not JSON") from problem
    if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
        raise UpstreamMalformed("wechat.malformed", f"{path} is no answer")
    if errcode := answer.get("errcode", 0):
        raise error_of(errcode, str(answer.get("errmsg", "")))
    return answer
