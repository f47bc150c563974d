"""Normalising and masking Chinese customer text; the one module Rasa's interpreter shares with the service.

Pure Python apart from OpenCC, clean on Python 3.10, imports nothing of ours.

A full number, a one-time code or an identity number never reaches Rasa: `mask` replaces each with a typed token
such as ``[msisdn_1]``; whoever owns the conversation keeps what stands behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MSISDN = "msisdn"  # an eleven-digit mobile number
CODE = "code"  # a six-digit one-time code
IDCARD = "idcard"  # an eighteen-character identity number
BANKCARD = "bankcard"  # fifteen to nineteen digits
PHONE = "phone"  # a fixed line with its area code
EMAIL = "email"

TOKEN = re.compile(r"\[(msisdn|code|idcard|bankcard|phone|email)_(\d+)\]")

_DIGIT_WORDS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_SPOKEN_DIGITS = re.compile(
    r"[零〇一二三四五六七八九幺]{6,}"
)  # shorter runs may be amounts or ordinary words
_SPLIT_NUMBER = re.compile(r"(?<![\d.])1[3-9]\d(?:[ \-]\d{1,8}){1,6}(?!\d)")
_AREA_CODE_86 = re.compile(
    r"(?<!\d)(?:\+|00)?86[ \-]?(?=1[3-9](?:[ \-]?\d){9}(?!\d))"
)  # not the start of a code such as 861345
_SPACES = re.compile(r"\s+")
_INVISIBLE = {"Cc", "Cf", "Co", "Cn", "Cs"}  # control, format, private, unassigned, surrogate

_SENSITIVE = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<idcard>(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\dx]))"
    r"|(?P<bankcard>(?<!\d)\d{15,19}(?!\d))"
    r"|(?P<phone>(?<!\d)0\d{2,3}-?[2-8]\d{6,7}(?!\d))"
    r"|(?P<msisdn>(?<!\d)1[3-9]\d{9}(?!\d))"
    r"|(?P<code>(?<![\d.¥￥充交缴])\d{6}(?![\d.]|\s*(?:元|块|圆|m|g|k|分钟|条|号码))(?!\d))",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Secret:
    """One sensitive value taken out of a text."""

    token: str
    kind: str
    value: str


@dataclass(frozen=True)
class Masked:
    """A text with its sensitive values replaced by tokens, in order of appearance."""

    text: str
    secrets: tuple[Secret, ...]


@lru_cache(maxsize=2)
def _converter(config: str) -> Any:
    import opencc  # loading its dictionaries takes some 20 ms: once, when first needed

    return opencc.OpenCC(config)


def to_simplified(text: str) -> str:
    """Convert traditional characters to simplified ones (OpenCC t2s)."""
    return str(_converter("t2s").convert(text))


def to_traditional(text: str) -> str:
    """Convert simplified characters to traditional ones (OpenCC s2t)."""
    return str(_converter("s2t").convert(text))


def is_traditional(text: str) -> bool:
    """Say whether a text is written in traditional characters: at least two, or most of a short text, change."""
    changed = sum(a != b for a, b in zip(text, to_simplified(text), strict=False))
    return changed >= 2 or (changed == 1 and len(text) <= 4)


def script(text: str) -> str | None:
    """Return the script a text is written in, ``traditional`` or ``simplified``; None where both write it alike."""
    if is_traditional(text):
        return "traditional"
    return "simplified" if to_traditional(text) != text else None


def clean(text: str) -> str:
    """Drop what a person cannot see (controls, zero-width, unpaired surrogates) and fold white space; the text stays theirs."""
    visible = "".join(c if c in "\n\t " or unicodedata.category(c) not in _INVISIBLE else "" for c in text)
    return _SPACES.sub(" ", visible).strip()


def normalise(text: str) -> str:
    """Bring text to the one form that training, Rasa and retrieval see.

    NFKC, lower case, simplified characters, no invisible characters, single spaces, numbers without the spaces
    and dashes people put inside them, long runs of spoken digits as digits. Idempotent; tokens survive.
    """
    folded = to_simplified(unicodedata.normalize("NFKC", clean(text))).lower()
    folded = _SPOKEN_DIGITS.sub(lambda hit: hit.group().translate(_DIGIT_WORDS), folded)
    folded = _AREA_CODE_86.sub("", folded)
    folded = _SPLIT_NUMBER.sub(_join_mobile, folded)
    return _SPACES.sub(" ", folded).strip()


def _join_mobile(hit: re.Match[str]) -> str:
    digits = re.sub(r"[ \-]", "", hit.group())
    if len(digits) == 11:
        return digits
    # More digits than a number has: an amount may follow it ("138 0000 0001 50"); keep what comes after the number.
    if len(digits) > 11:
        taken = 0
        for index, char in enumerate(hit.group()):
            taken += char.isdigit()
            if taken == 11:
                rest = hit.group()[index + 1 :]
                return digits[:11] + rest if not rest[:1].isdigit() else hit.group()
    return hit.group()


def mask(text: str, token_for: Callable[[str, str], str] | None = None) -> Masked:
    """Replace every sensitive value in a normalised text by a typed token.

    `token_for(kind, value)` names the token; without it, each kind is numbered from 1 in this text and the same
    value keeps its token, which is what training and evaluation use.
    """
    counts: dict[str, int] = {}
    known: dict[tuple[str, str], str] = {}

    def number(kind: str, value: str) -> str:
        if (kind, value) not in known:
            counts[kind] = counts.get(kind, 0) + 1
            known[kind, value] = f"[{kind}_{counts[kind]}]"
        return known[kind, value]

    name = token_for or number
    secrets: list[Secret] = []

    def replace(hit: re.Match[str]) -> str:
        kind, value = str(hit.lastgroup), hit.group()
        token = name(kind, value)
        secrets.append(Secret(token, kind, value))
        return token

    return Masked(_SENSITIVE.sub(replace, text), tuple(secrets))


def unmask(text: str, value_of: Callable[[str], str | None]) -> str:
    """Put back what `value_of(token)` knows; tokens it does not know stay as they are."""
    return TOKEN.sub(lambda hit: value_of(hit.group()) or hit.group(), text)
