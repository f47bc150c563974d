"""A callback that is not let in."""

from __future__ import annotations


class Refused(Exception):
    """Raised for a callback that WeChat did not make; `reason` is for logs and counters, `status` is a 4xx."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status
