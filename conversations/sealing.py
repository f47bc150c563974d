"""Sensitive values at rest: encrypted, and compared by keyed digest; both keys derive from the service's secret."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


class Sealer:
    """Encrypts (Fernet: AES-128-CBC with HMAC-SHA256) and digests (HMAC-SHA256)."""

    def __init__(self, secret: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(secret, "tongda.seal")))
        self._digest_key = _derive(secret, "tongda.digest")

    def seal(self, value: str) -> str:
        """Encrypt a value; two calls give different texts."""
        return self._fernet.encrypt(value.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` returned; raise cryptography's InvalidToken under another secret."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def digest(self, *parts: str) -> str:
        """Return a keyed digest of the parts (64 hex digits), the same for the same parts."""
        joined = "\x1f".join(parts)
        return hmac.new(self._digest_key, joined.encode(), hashlib.sha256).hexdigest()
