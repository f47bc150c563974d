"""Web sessions: a random name and its signature. Whoever holds the whole id is the customer; the database knows the name alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

_SHAPE = re.compile(r"[A-Za-z0-9_-]{22,64}\.[0-9a-f]{64}")


class Sessions:
    """Issues and verifies session ids of the form ``<random>.<hmac>`` (HMAC-SHA256, hex)."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"tongda.session", hashlib.sha256).digest()

    def issue(self) -> str:
        """Return a fresh session id."""
        name = secrets.token_urlsafe(24)
        return f"{name}.{self._signature(name)}"

    def name_of(self, session_id: object) -> str | None:
        """Return the name in a session id, or None if it is not one of ours."""
        if not isinstance(session_id, str) or not _SHAPE.fullmatch(session_id):
            return None
        name, _, signature = session_id.partition(".")
        return name if hmac.compare_digest(signature, self._signature(name)) else None

    def _signature(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()
