"""What the extractor finds in normalised, masked text."""

from __future__ import annotations

from datetime import date

import pytest

from bot.engine.chinese import parse_number
from bot.engine.values import find_values
from core.text import mask, normalise

TODAY = date(2026, 11, 23)


def found(text: str, entity: str) -> list[object]:
    """Return the values of one entity in a text as the customer typed it."""
    return [f.value for f in find_values(mask(normalise(text)).text, TODAY) if f.entity == entity]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("五十", 50),
        ("十", 10),
        ("一百二", 120),
        ("一百零二", 102),
        ("两百五", 250),
        ("两百五十", 250),
        ("一千五", 1500),
        ("一千零五十", 1050),
        ("一万", 10000),
        ("三二一", 321),
        ("1.5", 1.5),
        ("壹佰贰拾", 120),
        ("3百", 300),
    ],
)
def test_a_chinese_numeral_is_read_as_people_mean_it(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "元", "五二百", "abc", "1.234"])
def test_what_is_no_numeral_is_not_read(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("充50", [5000]),
        ("五十块", [5000]),
        ("充一百二", [12000]),
        ("￥50", [5000]),
        ("５０元", [5000]),
        ("三块五", [350]),
        ("充值一百五十块钱话费", [15000]),
        ("给13800000001充50", [5000]),
        ("138 0000 0001 充100块", [10000]),
        ("不对，充100", [10000]),
        ("充50还是100", [5000, 10000]),
        ("50元或者100元", [5000, 10000]),
        ("从50元改成100元", [5000, 10000]),
        ("充壹佰元", [10000]),
        ("充3百", [30000]),
        ("三十块零五毛", [3050]),
        ("冲值五是块钱", []),
        ("怎么扣了两份钱", []),
    ],
)
def test_amounts_are_fen(text: str, fen: list[int]) -> None:
    assert found(text, "amount_fen") == fen


@pytest.mark.parametrize("text", ["充几十块", "多少元", "10g流量", "用了3个月", "10086", "5g套餐", "第二个"])
def test_what_is_no_amount_stays_alone(text: str) -> None:
    assert found(text, "amount_fen") == []


def test_a_number_alone_is_left_for_the_dialogue_to_read() -> None:
    assert found("就五十吧", "number") == [50]


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("上个月账单", ["2026-10"]),
        ("这个月的", ["2026-11"]),
        ("上上个月", ["2026-09"]),
        ("9月份话费", ["2026-09"]),
        ("12月的账单", ["2025-12"]),
        ("去年十二月", ["2025-12"]),
        ("2026年3月", ["2026-03"]),
        ("2026-08账单", ["2026-08"]),
        ("前两个月", ["2026-10", "2026-09"]),
        ("用了10个月了", []),
    ],
)
def test_months_are_the_last_ones_that_began(text: str, months: list[str]) -> None:
    assert found(text, "month") == months


def test_january_looks_back_into_last_year() -> None:
    values = find_values("上个月和12月", date(2027, 1, 5))
    assert [f.value for f in values if f.entity == "month"] == ["2026-12", "2026-12"]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("上一步", "command", "back"),
        ("再说一遍", "command", "repeat"),
        ("再试一次", "command", "retry"),
        ("没收到验证码", "command", "resend"),
        ("跳过", "command", "skip"),
        ("给我自己充", "whose", "own"),
        ("换个号码", "whose", "other"),
        ("退订彩铃", "order_action", "delete"),
        ("开通来电显示", "order_action", "add"),
        ("就办这个吧", "order_action", "add"),
        ("推荐个套餐", "ask", "advice"),
        ("选第二个", "ordinal", 2),
        ("最后一个", "ordinal", -1),
        ("138****0001", "masked_msisdn", "138****0001"),
        ("多少10G流量", "data_mb", 10240),
    ],
)
def test_small_things_are_named(text: str, entity: str, value: object) -> None:
    assert value in found(text, entity)


def test_tokens_are_found_where_numbers_and_codes_stood() -> None:
    assert found("号码13800000001，验证码123456", "msisdn") == ["[msisdn_1]"]
    assert found("号码13800000001，验证码123456", "code") == ["[code_1]"]
