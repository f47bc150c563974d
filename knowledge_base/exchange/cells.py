"""What stands in one cell: several texts parted by bars, a day however it is written, a card's rows, and no markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

MARKUP = re.compile(
    r"<\s*[/!]?\s*(?:--|(?:a|abbr|applet|area|audio|b|base|blockquote|body|br|button|canvas|center|code|col|dd|details|dialog"
    r"|div|dl|dt|em|embed|fieldset|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|image|img|input|label"
    r"|li|link|main|map|marquee|math|meta|nav|noscript|object|ol|option|p|param|pre|s|script|section|select|small|source"
    r"|span|strike|strong|style|sub|sup|svg|table|tbody|td|template|textarea|th|thead|title|tr|tt|u|ul|video|xml|doctype)"
    r"(?=[\s/>]|$))[^<>]{0,200}>?|javascript\s*:|vbscript\s*:|data\s*:\s*text/html",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?|(\d{4})(\d{2})(\d{2})"
)
_SERIAL = re.compile(r"\d{5}(?:\.0+)?")  # a day as Excel counts it, from 1900
_SERIAL_START, _SERIAL_LEAST = date(1899, 12, 30), 30_000  # the least counts as 1982
_NUMBERED = re.compile(r"\s*[(（]?(\d{1,3})\s*(?:[.．](?!\d)|[、)）:：])\s*(.+)")  # 1、充值没到账
_FOR_EVER = frozenset({"长期", "长期有效", "永久", "永久有效", "无", "-"})


def day_of(value: object) -> str | None:
    """Read a day however it is written or typed, as 2026-12-31; None where there is none. Raises ValueError."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = "" if value is None else str(value).strip()
    if not text or text in _FOR_EVER:
        return None
    if _SERIAL.fullmatch(text) and float(text) >= _SERIAL_LEAST:
        return (_SERIAL_START + timedelta(days=int(float(text)))).isoformat()
    hit = _DAY.fullmatch(text)
    if hit is None:
        raise ValueError(text)
    year, month, day = (int(part) for part in hit.groups() if part is not None)
    return date(year, month, day).isoformat()


def split(text: str) -> list[str]:
    r"""Part a cell that holds several texts: ``a|b``; ``\|`` is a bar inside one, ``\\`` a backslash."""
    parts = [""]
    for hit in re.finditer(r"\\[|｜\\]|[|｜]|[^\\|｜]+|\\", text):
        mark = hit[0]
        if mark in ("|", "｜"):
            parts.append("")
        else:
            parts[-1] += mark[1:] or mark if mark.startswith("\\") else mark
    return [part.strip() for part in parts if part.strip()]


def split_lines(text: str) -> list[str]:
    """Part a cell that holds several texts by bars or by lines; lines numbered 1, 2, 3 lose their numbers."""
    lines = [line for line in text.splitlines() if line.strip()]
    hits = [_NUMBERED.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(hit and int(hit[1]) == n for n, hit in enumerate(hits, 1)):
        lines = [hit[2] for hit in hits if hit]
    return [part for line in lines for part in split(line)]


def join(texts: Iterable[str]) -> str:
    """Put several texts into one cell; `split` takes them apart again."""
    return "|".join(re.sub(r"([\\|｜])", r"\\\1", text) for text in texts)


def join_card(rows: Iterable[Sequence[str]]) -> str:
    """Put a card's rows into one cell: ``名称=内容|名称=内容``."""
    return join(f"{label.replace('%', '%25').replace('=', '%3D')}={content}" for label, content in rows)


def short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 40 else text[:40] + "…"
