"""WeChat's XML: one flat element of texts, read without entities or document types, written with CDATA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bot.channels.wechat.refusal import Refused

MAX_BYTES = 64 * 1024
_MAX_FIELDS = 200

Value = str | int | Sequence[Mapping[str, str]]
"""A text, a number, or a list of items (a news message's articles)."""


def read(raw: bytes) -> dict[str, str]:
    """Return the fields of a message, nested ones flattened away; raise Refused for anything WeChat would not send."""
    if len(raw) > MAX_BYTES:
        raise Refused("too_large", status=413)
    try:
        root = ElementTree.fromstring(raw, forbid_dtd=True)
    except (DefusedXmlException, ElementTree.ParseError, ValueError, LookupError, RecursionError):
        raise Refused("malformed") from None
    if root.tag != "xml" or len(root) > _MAX_FIELDS:
        raise Refused("malformed")
    return {str(child.tag): child.text or "" for child in root}


def write(fields: Mapping[str, Value]) -> str:
    """Write a message."""
    return f"<xml>{_inside(fields)}</xml>"


def _inside(fields: Mapping[str, Value]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in fields.items())


def _value(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _cdata(value)
    return "".join(f"<item>{_inside(item)}</item>" for item in value)


def _cdata(text: str) -> str:
    """Write a text; what CDATA cannot hold is escaped instead, and what XML cannot hold is left out."""
    kept = "".join(char for char in text if char in "\t\n\r" or char >= " ")
    return escape(kept) if "]]>" in kept else f"<![CDATA[{kept}]]>"
