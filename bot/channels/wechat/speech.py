"""Turning a recording into text: by nobody, or by a recogniser in the operator's own network."""

from __future__ import annotations

import asyncio
from typing import Protocol

import httpx

from bot.channels.wechat.client import WechatApi
from core import log
from core.errors import UpstreamError

_log = log.get(__name__)
_IN_ALL_S = 2.5  # fetched and written down; the answer has to fit into what is left of WeChat's five seconds
_MAX_CHARS = 1_000


class Recogniser(Protocol):
    """Writes down what was said."""

    async def text(self, api: WechatApi, media_id: str) -> str:
        """Return the words of a recording; empty when they could not be understood. Never raises."""

    async def close(self) -> None:
        """Close the connections."""


class NoRecogniser:
    """Understands nothing: the customer is asked to type."""

    async def text(self, api: WechatApi, media_id: str) -> str:
        """Return nothing."""
        return ""

    async def close(self) -> None:
        """There is nothing to close."""


class HttpRecogniser:
    """Posts the recording (AMR) to an address, which answers ``{"text": "..."}``."""

    def __init__(self, url: str) -> None:
        self._url, self._http = url, httpx.AsyncClient(timeout=_IN_ALL_S, trust_env=False)

    async def text(self, api: WechatApi, media_id: str) -> str:
        """Fetch a recording from WeChat and have it written down."""
        try:
            async with asyncio.timeout(_IN_ALL_S):
                recording = await api.media(media_id)
                headers = {"content-type": recording.kind or "audio/amr"}
                answer = await self._http.post(self._url, content=recording.content, headers=headers)
            found = answer.json().get("text") if answer.status_code == 200 else None
        except (TimeoutError, UpstreamError, httpx.HTTPError, ValueError, AttributeError) as error:
            _log.warning("wechat.voice_not_recognised", reason=type(error).__name__)
            return ""
        return found.strip()[:_MAX_CHARS] if isinstance(found, str) else ""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
