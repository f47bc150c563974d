"""The intent classifier without Rasa: features, fitting, scoring."""

from __future__ import annotations

import numpy as np
import pytest

from bot.engine.ngrams import Weights, features
from bot.engine.training import fit

EXAMPLES = {
    "topup": ["充话费", "我要充值", "帮我充五十块", "交话费", "充值一百元", "给手机充钱", "缴费", "充点话费"],
    "bill_query": ["查账单", "上个月账单", "话费明细", "看一下账单", "这个月扣了什么钱", "账单怎么这么多", "查详单", "月结账单"],
    "affirm": ["好的", "可以", "确认", "嗯", "行", "对", "没问题", "是的"],
}  # fmt: skip


@pytest.fixture(scope="module")
def weights() -> Weights:
    texts = [(text, label) for label, group in EXAMPLES.items() for text in group]
    return fit([features(text) for text, _ in texts], [label for _, label in texts], strength=1.0)


def best(weights: Weights, text: str) -> str:
    return weights.labels[int(np.argmax(weights.probabilities(features(text))))]


@pytest.mark.parametrize(
    ("text", "label"), [("充值五十", "topup"), ("上月的账单", "bill_query"), ("好的呀", "affirm")]
)
def test_unseen_wordings_are_recognised(weights: Weights, text: str, label: str) -> None:
    assert best(weights, text) == label


def test_probabilities_sum_to_one_even_for_a_text_nobody_has_seen(weights: Weights) -> None:
    assert weights.probabilities(features("xyzzy")).sum() == pytest.approx(1.0)


def test_digits_of_one_length_look_alike() -> None:
    assert set(features("充50")) - set(features("充80")) == {"#50"}


def test_a_token_is_one_character() -> None:
    assert any("\ue001" in gram for gram in features("给[msisdn_1]充50"))
    assert not any("msisdn" in gram for gram in features("给[msisdn_1]充50"))


@pytest.mark.parametrize(("text", "kind"), [("好的好的", "<yes>"), ("算了吧", "<stop>"), ("拜拜啦", "<bye>"), ("不用了", "<no>")])  # fmt: skip
def test_small_words_are_known_whatever_particles_follow(text: str, kind: str) -> None:
    assert kind in features(text)
