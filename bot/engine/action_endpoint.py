"""The way to the action server: one HTTP session kept open."""

from __future__ import annotations

from typing import Any, Optional

import aiohttp
import ujson  # comes with Sanic
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

_TIMEOUT_S = 30.0  # actions answer within the billing system's budget; this is the last resort


class ActionEndpoint(EndpointConfig):
    """An endpoint that reuses its connections; Rasa's own opens a session for every call."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(
            url, headers={"Authorization": f"Bearer {token}"} if token else {}, enable_selective_domain=True
        )
        self._session: Optional[aiohttp.ClientSession] = None

    async def request(
        self,
        method: str = "post",
        subpath: Optional[str] = None,
        content_type: Optional[str] = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Optional[Any]:
        """Post JSON and return the answer's JSON; raise ClientResponseError on a status of 400 and above."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self.headers,
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        body = ujson.dumps(kwargs["json"], ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        async with self._session.request(method, self.url, data=body, headers=headers) as answer:
            content = await answer.read()
            if answer.status >= 400:
                raise ClientResponseError(answer.status, answer.reason, content)
            return ujson.loads(content)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
