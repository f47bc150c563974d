"""Anger is noticed, and talking about it is not taken for it."""

from __future__ import annotations

import pytest

from bot.engine.mood import ANGRY, mood_of
from core.text import normalise


@pytest.mark.parametrize(
    "text",
    [
        "你们就是骗子",
        "什么破网，一天断八回",
        "又乱扣费，气死我了",
        "打了三次电话都在踢皮球",
        "太过分了，凭什么不让销户",
        "流量没用怎么就扣钱了！！！",
        "服務太差了，再也不用了",
        "就这态度？？？？",
        "宽带上不去，烦死了",
    ],
)
def test_an_angry_message_is_noticed(text: str) -> None:
    assert mood_of(normalise(text)) == ANGRY


@pytest.mark.parametrize(
    "text",
    [
        "怎么拦截骗子电话",
        "收到诈骗短信怎么举报",
        "垃圾短信太多能屏蔽吗",
        "谢谢！！！",
        "别生气，慢慢说",
        "充50",
        "我妈的手机号怎么又扣了钱",
        "怎么退订流量包",
    ],
)
def test_a_calm_message_is_left_alone(text: str) -> None:
    assert mood_of(normalise(text)) is None
