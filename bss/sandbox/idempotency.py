"""One effect per key: the first request's result is found again, another request under the same key is refused."""

from __future__ import annotations

import hashlib
import secrets

from bss.sandbox.refusal import conflict, invalid
from bss.sandbox.store import Session

_LETTERS = "ABCDEFGHJKLMNPQRTUVWXY"  # none that reads like a digit
_DIGITS = "23456789"


def new_id(prefix: str) -> str:
    """Make an id a person can read out; letters and digits alternate, so it never looks like a number or a code."""
    return prefix + "".join(secrets.choice(_DIGITS) + secrets.choice(_LETTERS) for _ in range(5))


def find(session: Session, verb: str, key: str, *request: object) -> str | None:
    """Return the id of what an earlier request with this key made, or None for the first one.

    Raises `Refusal` 409 when the earlier request was another one, 400 without a key.
    """
    if not key or len(key) > 200:
        raise invalid("a write needs an idempotency key of 1 to 200 characters")
    row = session.row("SELECT * FROM idempotency WHERE verb = ? AND key = ?", verb, key)
    if row is None:
        return None
    if row["fingerprint"] != _fingerprint(request):
        raise conflict(key)
    return str(row["resource_id"])


def keep(session: Session, verb: str, key: str, resource_id: str, *request: object) -> None:
    """Remember what the first request with this key made."""
    session.run("INSERT INTO idempotency VALUES (?, ?, ?, ?)", verb, key, _fingerprint(request), resource_id)


def _fingerprint(request: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(request).encode()).hexdigest()
