"""Chinese numerals as customers write amounts: 五十, 一百二 (120), 两百五十, 3千, 1.5."""

from __future__ import annotations

import re
from typing import Optional

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5}
_DIGITS.update({"六": 6, "七": 7, "八": 8, "九": 9})
_DIGITS.update({char: digit for digit, char in enumerate("壹贰叁肆伍陆柒捌玖", 1)})  # as on a cheque
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000, "拾": 10, "佰": 100, "仟": 1000}
NUMERAL = r"(?:\d+(?:\.\d{1,2})?百?|[零〇一二两俩三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]+)"

_WHOLE = re.compile(r"(\d+(?:\.\d{1,2})?)(百?)")  # 3百


def parse_number(text: str) -> Optional[float]:
    """Read a number in digits or in Chinese numerals; None where it is neither.

    A digit that ends a number after a unit stands for the next lower unit: 一百二 is 120, 一千五 is 1500.
    """
    if whole := _WHOLE.fullmatch(text):
        return float(whole.group(1)) * (100 if whole.group(2) else 1)
    if not text or any(c not in _DIGITS and c not in _UNITS for c in text):
        return None
    if not any(c in _UNITS for c in text):
        return float("".join(str(_DIGITS[c]) for c in text)) if text else None
    return _parse_units(text)


def _parse_units(text: str) -> Optional[float]:
    total, section, digit = 0, 0, None
    last_unit, after_zero = 1, False
    for char in text:
        if char in _DIGITS:
            if digit not in (None, 0):
                return None  # two digits in a row inside a number with units: not a number
            digit, after_zero = _DIGITS[char], after_zero or _DIGITS[char] == 0
            continue
        unit = _UNITS[char]
        if unit == 10000:
            total, section = total + (section + (digit or 0)) * unit, 0
        else:
            section += (1 if digit is None else digit) * unit
        digit, last_unit, after_zero = None, unit, False
    if digit is None:
        return float(total + section)
    is_short = not after_zero and last_unit >= 100
    return float(total + section + digit * (last_unit // 10 if is_short else 1))
