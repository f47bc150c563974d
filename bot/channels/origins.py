"""Which sites' pages may talk to the web channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Origins:
    """Allows the same origin, loopback, and the sites of the settings; what sends no Origin is no browser page."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = {origin.rstrip("/").lower() for origin in allowed}

    def __call__(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Decide about one request (`environ` as WSGI has it)."""
        if origin is None:
            return True
        if origin.rstrip("/").lower() in self._allowed:
            return True
        try:
            asked = urlsplit(origin)
            hostname = asked.hostname
        except ValueError:
            return False
        if asked.scheme not in ("http", "https"):
            return False
        return hostname in _LOOPBACK or asked.netloc.lower() == str(environ.get("HTTP_HOST", "")).lower()
