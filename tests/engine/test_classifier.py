"""The intent classifier without Rasa: features, fitting, scoring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_matrix

from bot.engine.cues import is_elsewhere
from bot.engine.ngrams import features
from bot.engine.pairwise import Pairwise, Shared
from bot.engine.training import fit, kernel_of
from bot.engine.words import Meaning, WordVectors

EXAMPLES = {
    "topup": ["充话费", "我要充值", "帮我充五十块", "交话费", "充值一百元", "给手机充钱", "缴费", "充点话费"],
    "bill_query": ["查账单", "上个月账单", "话费明细", "看一下账单", "这个月扣了什么钱", "账单怎么这么多", "查详单", "月结账单"],
    "affirm": ["好的", "可以", "确认", "嗯", "行", "对", "没问题", "是的"],
}  # fmt: skip


def fitted(labels: tuple[str, ...] = tuple(EXAMPLES)) -> Pairwise:
    texts = [(text, label) for label in labels for text in EXAMPLES[label]]
    samples = [features(text) for text, _ in texts]
    return fit([text for text, _ in texts], samples, [label for _, label in texts], strength=1.0)


@pytest.fixture(scope="module")
def classifier() -> Pairwise:
    return fitted()


def best(classifier: Pairwise, text: str) -> str:
    return classifier.labels[int(np.argmax(classifier.probabilities(text, features(text))))]


UNSEEN = [("充值五十", "topup"), ("上月的账单", "bill_query"), ("好的呀", "affirm")]


@pytest.mark.parametrize(("text", "label"), UNSEEN)
def test_unseen_wordings_are_recognised(classifier: Pairwise, text: str, label: str) -> None:
    assert best(classifier, text) == label


@pytest.mark.parametrize(("text", "label"), UNSEEN[:2])
def test_two_labels_are_enough(text: str, label: str) -> None:
    assert best(fitted(("topup", "bill_query")), text) == label


def test_a_word_nobody_wrote_is_understood_by_its_meaning(classifier: Pairwise) -> None:
    assert best(classifier, "购买") == "topup"  # no character of it stands in the examples


@pytest.mark.parametrize("text", ["xyzzy", ""])
def test_probabilities_sum_to_one_even_for_a_text_nobody_has_seen(classifier: Pairwise, text: str) -> None:
    assert classifier.probabilities(text, features(text)).sum() == pytest.approx(1.0)


def test_a_classifier_read_from_disk_answers_as_the_one_written(classifier: Pairwise, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    asked = "上月话费明细"
    read = Pairwise.load(tmp_path).probabilities(asked, features(asked))
    assert read == pytest.approx(classifier.probabilities(asked, features(asked)), abs=1e-3)


def test_the_same_text_trains_the_same_classifier(classifier: Pairwise) -> None:
    again = fitted()
    assert (
        again.probabilities("充点", features("充点")).tolist()
        == classifier.probabilities("充点", features("充点")).tolist()
    )


def test_what_a_text_shares_with_the_training_texts_is_the_sparse_product() -> None:
    dice = np.random.default_rng(7)
    rows = random_matrix(200, 300, 0.02, "csr", np.float32, dice).tolil()
    rows[::20] = 0.5  # n-grams that every text has
    shared = Shared(rows.tocsr())
    for count in (0, 1, 5, 60):
        weights = dict(zip(dice.permutation(200)[:count].tolist(), dice.random(count).tolist(), strict=True))
        text = csr_matrix((list(weights.values()), list(weights), [0, count]), (1, 200), np.float32)
        assert shared.cosines(weights) == pytest.approx((text @ shared.rows).toarray()[0], abs=1e-6)


def test_the_longest_word_that_fits_is_cut() -> None:
    table = WordVectors(["流量", "流量包", "包"], np.eye(3, dtype=np.int8))
    assert table.cut("买流量包,流量") == [1, 0]


def test_words_of_like_meaning_lie_near_each_other() -> None:
    table = WordVectors.open()
    fee, cost, weather = Meaning(table, np.ones(len(table.words))).of(["费用", "资费", "天气"])
    assert fee @ cost > fee @ weather + 0.1


@pytest.mark.parametrize(
    ("text", "elsewhere"), [("帮我订个酒店", True), ("酒店里没信号", False), ("给我人工", False)]
)
def test_an_outing_is_elsewhere_unless_it_names_something_of_an_operator(text: str, elsewhere: bool) -> None:
    assert is_elsewhere(text) is elsewhere


def test_digits_of_one_length_look_alike() -> None:
    assert set(features("充50")) - set(features("充80")) == {"#50"}


def test_a_farewell_in_digits_is_no_number() -> None:
    assert "^00" in features("60")
    assert "^00" not in features("88")


def test_what_a_long_text_names_in_passing_is_no_feature_of_it() -> None:
    assert "<offering>" in features("彩铃怎么关", [("offering", 0, 2)])
    told = "彩铃" + "的事跟你们说了好多次了一直到现在都没有人理我"
    assert features(told, [("offering", 0, 2)]) == features(told)


def test_a_token_is_one_character() -> None:
    assert any("\ue001" in gram for gram in features("给[msisdn_1]充50"))
    assert not any("msisdn" in gram for gram in features("给[msisdn_1]充50"))


@pytest.mark.parametrize(("text", "kind"), [("好的好的", "<yes>"), ("算了吧", "<stop>"), ("拜拜啦", "<bye>"), ("不用了", "<no>")])  # fmt: skip
def test_small_words_are_known_whatever_particles_follow(text: str, kind: str) -> None:
    assert kind in features(text)


def test_a_kernel_computed_in_blocks_is_the_whole_kernel() -> None:
    meanings = np.eye(5, 3, dtype=np.float32)
    kernel = kernel_of(csr_matrix(np.eye(5, 4, dtype=np.float32)), meanings, block=2)
    assert kernel == pytest.approx(kernel_of(csr_matrix(np.eye(5, 4, dtype=np.float32)), meanings))
    assert (np.diag(kernel)[:3] == 1.0).all()
