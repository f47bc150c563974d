"""Pinyin and everyday English read as Chinese: known answers, and what must stay as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spelling import spelled
from core.text import mask, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chongzhi", "充值"),
        ("wo yao chong huafei", "我要充话费"),
        ("cha yu e", "查余额"),
        ("liuliang hai sheng duoshao", "流量还剩多少"),
        ("shanggeyue de zhangdan", "上个月的账单"),
        ("套餐cancel掉", "套餐取消掉"),
        ("data用完了", "流量用完了"),
        ("top up 50", "充值 50"),
        ("chongzhi50", "充值50"),
    ],
)
def test_known_spellings_are_read(text: str, expected: str) -> None:
    assert spelled(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "wifi连不上",
        "iphone信号差",
        "oppo a8怎么设置volte",
        "wo家庭套餐",
        "how much data do i have left",
        "huafei@163.com",
        "huafei50@qq.com",
        "a.huafei@163.com",
        "www.chongzhi.com",
        "http://x.cn/huafei",
        "[msisdn_1]的[code_1]",
        "data" * 30,
    ],
)
def test_names_addresses_and_unknown_words_stay(text: str) -> None:
    assert spelled(text) == text


@given(st.text(alphabet="chongzhi huafeidatobl[]_1@.+-充50", max_size=40))
def test_reading_hides_as_much_and_reads_nothing_twice(text: str) -> None:
    normal = normalise(text)
    read = spelled(normal)
    assert spelled(read) == read
    assert [s.value for s in mask(read).secrets] == [s.value for s in mask(normal).secrets]
