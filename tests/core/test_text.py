"""Normalising and masking: known answers and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean, is_traditional, mask, normalise, to_simplified, unmask


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("给138 0000 0001 充50元", "给13800000001 充50元"),
        ("138-0000-0001", "13800000001"),
        ("+86 13800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("验证码861345", "验证码861345"),
        ("一三八零零零零零零零一充五十块", "13800000001充五十块"),
        ("話費查詢", "话费查询"),
        ("ＡＢＣ１００元", "abc100元"),
        ("话\u200b费\u0000", "话费"),
        ("一百二十三", "一百二十三"),
    ],
)
def test_normalise_known_answers(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("给13800000001充50", "给[msisdn_1]充50"),
        ("验证码123456", "验证码[code_1]"),
        ("充100000", "充100000"),
        ("123456元", "123456元"),
        ("11010119900307663x", "[idcard_1]"),
        ("6222020200112233445", "[bankcard_1]"),
        ("010-62345678", "[phone_1]"),
        ("a.b@c.com", "[email_1]"),
        ("138****0001", "138****0001"),
        ("13800000001和13800000002", "[msisdn_1]和[msisdn_2]"),
        ("13800000001还是13800000001", "[msisdn_1]还是[msisdn_1]"),
    ],
)
def test_mask_known_answers(text: str, expected: str) -> None:
    assert mask(text).text == expected


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet="0123456789 -充值给我一二三零块元[]_codemsin", max_size=40))
def test_masking_round_trips_and_leaves_no_mobile_number(text: str) -> None:
    masked = mask(normalise(text))
    values = {secret.token: secret.value for secret in masked.secrets}
    assert mask(masked.text).secrets == ()
    if "[" not in text:
        assert unmask(masked.text, values.get) == normalise(text)


def test_clean_keeps_what_the_customer_wrote_but_not_what_nobody_sees() -> None:
    assert clean("  话費\u202e \x07查询\n\n谢谢 ") == "话費 查询 谢谢"


def test_traditional_writing_is_noticed_and_one_shared_variant_is_not() -> None:
    assert is_traditional("我想查詢話費")
    assert not is_traditional("我想查询话费")
    assert to_simplified("流量還剩多少") == "流量还剩多少"
