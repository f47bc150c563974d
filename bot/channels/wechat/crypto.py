"""WeChat's message crypto: signatures over sorted values, AES-256-CBC around the XML.

Protocol: https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher as AesCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.channels.wechat.refusal import Refused

_BLOCK = 32  # PKCS7 pads to 32 bytes, not to the 16 of AES
_RANDOM = 16  # bytes before the length
_KEY_CHARS = 43  # of an EncodingAESKey


def signature(token: str, *parts: str) -> str:
    """Return SHA1 over the sorted token and parts (timestamp, nonce, and the cipher text where there is one)."""
    return hashlib.sha1("".join(sorted((token, *parts))).encode(), usedforsecurity=False).hexdigest()


def is_signed(shown: str, token: str, *parts: str) -> bool:
    """Say whether a signature is right, in the same time whether or not."""
    return hmac.compare_digest(shown.encode(), signature(token, *parts).encode())


class Cipher:
    """Encrypts and decrypts the messages of one account: rand16 | length (4, big endian) | xml | appid, padded.

    Raises ValueError for a key that is not 43 characters of base64.
    """

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        if len(encoding_aes_key) != _KEY_CHARS:
            raise ValueError(f"an EncodingAESKey has {_KEY_CHARS} characters")
        self._key = base64.b64decode(encoding_aes_key + "=")
        self._app_id = app_id.encode()

    def encrypt(self, xml: str) -> str:
        """Return the base64 of an encrypted message."""
        content = xml.encode()
        plain = os.urandom(_RANDOM) + len(content).to_bytes(4, "big") + content + self._app_id
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = self._aes().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Return the XML of an encrypted message; raise Refused when it was not encrypted for this account."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("undecryptable") from None
        if not sealed or len(sealed) % 16:
            raise Refused("undecryptable")
        decryptor = self._aes().decryptor()
        plain = _unpadded(decryptor.update(sealed) + decryptor.finalize())
        end = _RANDOM + 4 + int.from_bytes(plain[_RANDOM : _RANDOM + 4], "big")
        if len(plain) < _RANDOM + 4 or end > len(plain):
            raise Refused("undecryptable")
        if not hmac.compare_digest(plain[end:], self._app_id):
            raise Refused("wrong_app_id", status=403)
        return plain[_RANDOM + 4 : end]

    def _aes(self) -> AesCipher[CBC]:
        return AesCipher(AES(self._key), CBC(self._key[:16]))


def _unpadded(plain: bytes) -> bytes:
    padding = plain[-1]
    if not 1 <= padding <= _BLOCK or len(plain) < padding or plain[-padding:] != bytes([padding]) * padding:
        raise Refused("undecryptable")
    return plain[:-padding]
