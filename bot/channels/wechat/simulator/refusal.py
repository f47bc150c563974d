"""What the tester's interface refuses: HTTP 4xx with ``{"error": ...}``."""

from __future__ import annotations


class Refusal(Exception):
    """A request that cannot be carried out; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def invalid(message: str) -> Refusal:
    """Return the refusal of a malformed request."""
    return Refusal(400, message)


def unknown(what: str) -> Refusal:
    """Return the refusal of something that does not exist."""
    return Refusal(404, f"there is no such {what}")
