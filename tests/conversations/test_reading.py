"""What a customer's raw input is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Refusal, read

LIMIT = 2000


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        ("", Refusal.EMPTY),
        (" \n\t", Refusal.EMPTY),
        ("\u200b\u2066\x07", Refusal.EMPTY),
        ("😀😀", Refusal.NO_WORDS),
        ("。。。", Refusal.NO_WORDS),
        ("///", Refusal.NO_WORDS),
        ("字" * 2001, Refusal.TOO_LONG),
        ("字" * 2000, None),
        ("50", None),
        ("ok👌", None),
    ],
)
def test_inputs_without_a_wish_are_refused(raw: str, refusal: Refusal | None) -> None:
    assert read(raw, LIMIT).refusal is refusal


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("给13800000001充50", "给138****0001充50"),
        ("查 138 0000 0001 的餘額", "查 138****0001 的余额"),
        ("验证码123456", "验证码******"),
        ("身份证110101199003078515", "身份证110****8515"),
        ("卡号6222020200112233445，谢谢", "卡号622****3445，谢谢"),
        ("邮箱zhang.san@example.com", "邮箱z***@example.com"),
        ("一三八零零零零零零零一", "138****0001"),
        ("两个号13800000001和13900000002", "两个号138****0001和139****0002"),
        ("充100000块", "充100000块"),
        ("沒有號碼的繁體字", "沒有號碼的繁體字"),
    ],
)
def test_transcript_shows_the_customers_own_words_with_sensitive_values_masked(raw: str, shown: str) -> None:
    assert read(raw, LIMIT).shown == shown


@pytest.mark.parametrize(
    "raw",
    [
        "谢谢",
        "好的，谢谢你！",
        "多谢啦~",
        "再见",
        "拜拜👋",
        "嗯嗯 谢谢 再见",
        "没有了，谢谢",
        "bye",
        "88",
        "謝謝您",
    ],
)
def test_thanks_and_goodbye_are_courtesies(raw: str) -> None:
    assert read(raw, LIMIT).is_courtesy


@pytest.mark.parametrize(
    "raw", ["谢谢，再查一下话费", "好的", "没有了", "88元套餐", "不用谢", "感谢金怎么领", "再见面", "嗯"]
)
def test_wishes_are_not_taken_for_courtesies(raw: str) -> None:
    assert not read(raw, LIMIT).is_courtesy


@pytest.mark.parametrize(
    ("raw", "payload", "is_plain"),
    [
        ("/affirm", "/affirm", True),
        ("/topup", "/topup", True),
        ('/inform{"offering": "p1"}', '/inform{"offering": "p1"}', False),
        ('/topup{"amount_fen": 1}', '/topup{"amount_fen": 1}', False),
        ("/restart", "/restart", False),
        ("/chitchat/greet", "/chitchat/greet", False),
        ("/Affirm now", None, False),
        ("查/话费", None, False),
    ],
)
def test_slash_command_is_a_payload_and_plain_only_if_it_is_harmless(
    raw: str, payload: str | None, is_plain: bool
) -> None:
    reading = read(raw, LIMIT)
    assert (reading.payload, reading.is_plain_intent) == (payload, is_plain)
    assert reading.masked is not None
    assert not reading.masked.text.startswith("/")


@given(st.text(max_size=300))
def test_any_text_is_understood_somehow(raw: str) -> None:
    reading = read(raw, LIMIT)
    assert (reading.refusal is None) == (reading.masked is not None)
    assert "\x00" not in reading.shown


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["给{}充50", "{}", "我的号是 {} 吗"])
)
def test_full_number_is_never_kept(number: str, sentence: str) -> None:
    reading = read(sentence.format(number), LIMIT)
    assert reading.masked is not None
    assert number not in reading.shown + reading.masked.text
