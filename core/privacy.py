"""How personal data looks when it is shown or logged."""

from __future__ import annotations

import re

_SENSITIVE = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15,19})(?![0-9A-Za-z])"  # identity and bank card numbers
    r"|(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])"  # mobile numbers
    r"|(?<![0-9A-Za-z.])\d{6}(?![0-9A-Za-z])"  # one-time codes
    r"|[\w.+-]+@[\w-]+\.[\w.]+"  # mail addresses
)


def mask_number(number: str) -> str:
    """Show a mobile number the way operators print it: 13800000001 -> ``138****0001``."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "*" * len(number)


def mask_name(name: str) -> str:
    """Show a name with only its family name: 王小明 -> ``王**``."""
    return name[:1] + "*" * (len(name) - 1)


def redact(text: str) -> str:
    """Replace numbers, codes, identity and card numbers and mail addresses in text bound for a log."""
    return _SENSITIVE.sub(lambda hit: mask_number(hit.group()) if len(hit.group()) == 11 else "***", text)
