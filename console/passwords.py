"""Passwords: hashed with argon2id, checked off the event loop, in the same time whether the login exists or not."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import StaffError

SHORTEST = 10
_LONGEST = 200
_hasher = PasswordHasher()  # the library's defaults follow RFC 9106
_NOBODYS = _hasher.hash(secrets.token_urlsafe(16))


async def hashed(password: str) -> str:
    """Return the hash to store; raise StaffError("password.weak")."""
    if not SHORTEST <= len(password) <= _LONGEST or len(set(password)) < 5:
        raise StaffError("password.weak", least=SHORTEST)
    return await asyncio.to_thread(_hasher.hash, password)


async def is_right(stored: str | None, password: str) -> bool:
    """Check a password; without a stored hash it takes as long and is wrong."""
    return await asyncio.to_thread(_verify, stored, password[:_LONGEST])


def one_time() -> str:
    """Make a password to be changed at the first sign-in; without characters that look alike."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _NOBODYS, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
