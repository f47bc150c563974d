"""What a log or a screen may show of a person."""

from __future__ import annotations

import io
import json
import logging

import pytest

from core import log
from core.privacy import mask_name, mask_number, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("给13800000001充值", "给138****0001充值"),
        ("验证码 123456", "验证码 ***"),
        ("身份证11010119900307663X", "身份证***"),
        ("写信到 a.b@c.com", "写信到 ***"),
        ("bill 2026-10 total 5900", "bill 2026-10 total 5900"),
    ],
)
def test_redact_known_answers(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_names_and_numbers_are_shown_as_operators_print_them() -> None:
    assert (mask_name("王小明"), mask_number("13800000001")) == ("王**", "138****0001")


def test_a_log_line_carries_no_number_not_even_from_a_library() -> None:
    log.configure("INFO", as_json=True)
    stream = io.StringIO()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    log.get("test").info("topup.created", number="13800000001", code="123456")
    logging.getLogger("library").warning("call for 13800000001 failed")
    lines = stream.getvalue().splitlines()
    assert json.loads(lines[0])["number"] == "138****0001"
    assert "13800000001" not in stream.getvalue()
    assert "123456" not in stream.getvalue()
