"""How the sandbox says no: a status, a code a program can act on, and a sentence for the log."""

from __future__ import annotations


class Refusal(Exception):
    """One clear no; `reason` is the code the caller acts on."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message


def unknown_number(number: str) -> Refusal:
    """Say that a number is not this operator's."""
    return Refusal(404, "unknown_number", f"no subscriber has the number {number}")


def not_found(what: str, identifier: str) -> Refusal:
    """Say that a resource does not exist."""
    return Refusal(404, "not_found", f"no {what} has the id {identifier}")


def invalid(message: str) -> Refusal:
    """Say that the request does not fit the contract."""
    return Refusal(400, "invalid_request", message)


def conflict(key: str) -> Refusal:
    """Say that an idempotency key was used before with another request."""
    return Refusal(409, "idempotency_conflict", f"the key {key} was used with another request")
