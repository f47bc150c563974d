"""Answers to the question for a rating: buttons, cards, the same in words, and what must not be taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rating_words import SCALE, RatingInput, payload_of, read_rating, spoken
from conversations.reading import read
from core import text as words

_REASONS = st.sampled_from(("等待太久", "态度不好", "回答准确", "操作方便"))
_inputs = st.builds(
    RatingInput,
    stars=st.none() | st.integers(1, SCALE),
    is_solved=st.none() | st.booleans(),
    reasons=st.lists(_REASONS, max_size=4, unique=True).map(tuple),
    words=st.text('慢得很,不过态度好"\\{}[]:/ ok\n', max_size=60).map(words.clean),
    is_skip=st.booleans(),
    wants_words=st.booleans(),
).filter(lambda said: not said.is_empty)


# --- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "stars"),
    [
        ("5", 5),
        ("５分", 5),
        ("五星", 5),
        ("我给4分", 4),
        ("打三星吧", 3),
        ("两颗星", 2),
        ("1 星", 1),
        ("5星 非常满意", 5),  # a button's title, typed
        ("1星 很不满意", 1),
        ("⭐⭐⭐", 3),
        ("⭐️⭐️", 2),
        ("非常满意！", 5),
        ("满意，谢谢", 4),
        ("一般般", 3),
        ("不太满意", 2),
        ("非常不满意", 1),
        ("差评", 1),
        ("滿意", 4),  # traditional
    ],
)
def test_score_is_read_from_words(said: str, stars: int) -> None:
    assert read_rating(said) == RatingInput(stars=stars)


@pytest.mark.parametrize(
    ("said", "is_solved"),
    [
        ("解决了", True),
        ("已经解决了，谢谢", True),
        ("搞定了", True),
        ("没解决", False),
        ("还没有解决", False),
        ("沒有解決", False),
        ("没解决问题", False),
        ("问题没解决呢", False),
        ("没用", False),
    ],
)
def test_solved_or_not_is_read_from_words(said: str, is_solved: bool) -> None:
    assert read_rating(said) == RatingInput(is_solved=is_solved)


@pytest.mark.parametrize("said", ["跳过", "跳過", "暂不评价", "不评价了", "不用了", "没空", "算了", "下次吧"])
def test_not_now_is_read_from_words(said: str) -> None:
    assert read_rating(said) == RatingInput(is_skip=True)


@pytest.mark.parametrize("said", ["我想说几句", "我还想说两句"])
def test_wish_to_say_more_is_read_from_words(said: str) -> None:
    assert read_rating(said) == RatingInput(wants_words=True)


@pytest.mark.parametrize("said", ["意见：排队太久", "我的建议: 排队太久", "反馈是：排队太久"])
def test_announced_words_are_kept(said: str) -> None:
    assert read_rating(said) == RatingInput(words="排队太久")


@pytest.mark.parametrize(
    "said",
    ["", "  ", "？", "查话费", "充50元", "5元流量包", "上个月账单不满意怎么投诉", "10分", "6星", "谢谢", "意见：", "意见：\u200b", "好" * 501],
)  # fmt: skip
def test_question_is_no_rating(said: str) -> None:
    assert read_rating(said) is None


# --- payloads --------------------------------------------------------------------------------------------------


@given(_inputs)
def test_payload_reads_back_as_what_was_said(said: RatingInput) -> None:
    assert read_rating(payload_of(said)) == said


@given(_inputs)
def test_payload_survives_the_reading_of_the_message(said: RatingInput) -> None:
    reading = read(payload_of(said), 2_000)
    assert (reading.rating, reading.payload) == (said, payload_of(said))
    assert reading.shown == spoken(said)


@given(st.text(max_size=80))
def test_reading_any_text_never_raises(raw: str) -> None:
    for said in (read_rating(raw), read_rating(f"/rate{{{raw}}}")):
        assert said is None or not said.is_empty


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "{stars: 5}",
        '{"stars": 0}',
        '{"stars": 6}',
        '{"stars": 4.5}',
        '{"stars": "5"}',
        '{"stars": true}',
        '{"solved": "yes"}',
        '{"reasons": "等待太久"}',
        '{"reasons": ["", 3]}',
        '{"words": " "}',
        '{"skip": 1}',
        '{"a": ' + "[" * 1_900 + "}",
    ],
)
def test_payload_with_nothing_usable_is_no_rating(body: str) -> None:
    assert read(f"/rate{body}", 2_000).rating is None


def test_payload_keeps_what_is_usable() -> None:
    said = read_rating('/rate{"stars": 9, "solved": false, "reasons": ["等待太久", 1, "等待太久"]}')
    assert said == RatingInput(is_solved=False, reasons=("等待太久",))


def test_payload_takes_only_so_much() -> None:
    reasons = ", ".join(f'"{index}{"长" * 30}"' for index in range(20))
    said = read_rating(f'/rate{{"words": "{"好" * 900}", "reasons": [{reasons}]}}')
    assert said is not None
    assert (len(said.words), len(said.reasons), max(map(len, said.reasons))) == (500, 8, 20)


# --- masking ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        '/rate{"words": "打13800000001没人接"}',
        '/rate{"words": "打138 0000 0001没人接"}',
        '/rate{"stars": 1, "reasons": ["13800000001"]}',
        "意见：打13800000001没人接",
        "建议：打138-0000-0001没人接",
    ],
)
def test_number_in_a_comment_is_nowhere_in_the_clear(raw: str) -> None:
    reading = read(raw, 2_000)
    assert reading.rating is not None
    for kept in (payload_of(reading.rating), spoken(reading.rating), reading.shown):
        assert "13800000001" not in "".join(char for char in kept if char.isdigit())


def test_comment_without_numbers_stays_as_written() -> None:
    said = RatingInput(words="Ｇood，等了10分钟才接，挺慢")
    assert read_rating(payload_of(said)) == said


# --- the transcript --------------------------------------------------------------------------------------------


def test_answer_is_written_as_a_customer_would_say_it() -> None:
    said = RatingInput(stars=2, is_solved=False, reasons=("等待太久", "态度不好"), words="慢")
    assert spoken(said) == "2星，没解决，等待太久、态度不好，慢"
    assert spoken(RatingInput(is_skip=True)) == "暂不评价"
    assert spoken(RatingInput(wants_words=True)) == "我想说几句"
