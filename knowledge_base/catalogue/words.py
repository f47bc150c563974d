"""The spelling in which questions and names are compared: folded, amounts in digits, units in one form."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from knowledge_base.catalogue.model import fold

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = r"[零〇一二两三四五六七八九十百千]+"
# A numeral becomes digits only before a unit: 一下 and 五福 stay words.
_UNITS = r"(?=块钱|块|元|圆|g|m|兆|个g|分钟|小时|天|条|档|个月|多(?:块|元|g))"
_SPOKEN = re.compile(rf"{_NUMERAL}{_UNITS}")
_SPELLINGS = (
    (re.compile(r"(?<=\d)(?:块钱|元钱|圆|块)"), "元"),
    (re.compile(r"(?<=\d多)(?:块钱|元钱|圆|块)"), "元"),
    (re.compile(r"(?<=\d)\.0+(?!\d)"), ""),
    (re.compile(r"(?<=\d)个?gb?"), "g"),
    (re.compile(r"(?<=\d)(?:mb|兆)"), "m"),
    (re.compile(r"(?<=\d)kb"), "k"),
    (re.compile(r"几多"), "多少"),
)
_BARE = re.compile(r"[^\w]+|_+")


@lru_cache(maxsize=16384)
def spell(text: str) -> str:
    """Return the text as it is compared: ``20块钱 二十GB`` -> ``20元20g``; punctuation stays."""
    text = _SPOKEN.sub(lambda hit: _in_digits(hit.group()), fold(text))
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return text


def bare(text: str) -> str:
    """Return a spelled text without punctuation."""
    return _BARE.sub("", spell(text))


@lru_cache(maxsize=16384)
def sounds(text: str) -> tuple[str, ...]:
    """Return the syllables of a text, tones dropped, as most keyboards and dialects confuse them."""
    syllables = lazy_pinyin(
        list(text), style=Style.NORMAL
    )  # character by character: what is no hanzi stays itself
    return tuple(_merge(syllable) for syllable in syllables)


def _merge(syllable: str) -> str:
    for spoken, kept in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(spoken):
            syllable = kept + syllable[2:]
    return syllable[:-1] if syllable.endswith(("ing", "eng", "ang")) else syllable


def _in_digits(numeral: str) -> str:
    """Write a spoken number in digits: 一百二十 -> 120, 一百二 -> 120, 五八 -> 58."""
    if not any(char in _TENS for char in numeral):
        return "".join(str(_DIGITS[char]) for char in numeral)
    total, digit, last = 0, 0, 1
    for char in numeral:
        if char in _TENS:
            last = _TENS[char]
            total += (digit or 1) * last
            digit = 0
        else:
            digit = _DIGITS[char]
    trailing = digit * (last // 10 if last >= 100 and numeral[-2:-1] in ("百", "千") else 1)
    return str(total + trailing)
