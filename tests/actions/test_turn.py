"""How one turn is read from Rasa's tracker."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.turn import Turn
from actions.turn_reading import read_turn

BUTTONS = [
    {"title": "流量日包3元 3元", "payload": '/inform{"offering": "data-day-3"}'},
    {"title": "办理彩铃", "payload": '/plan_change{"offering": "vas-ring"}'},
]


def turn(
    text: str,
    *,
    shown: bool = True,
    since: tuple[dict[str, Any], ...] = (),
    named: dict[str, Any] | None = None,
) -> Turn:
    """Return the turn of a message written after two buttons were shown."""
    found = [{"entity": name, "value": value, "start": 0, "end": 0} for name, value in (named or {}).items()]
    bot = [{"event": "bot", "text": "哪一个？", "data": {"buttons": BUTTONS}}] if shown else []
    events = [{"event": "user"}, *bot, {"event": "user", "metadata": {"channel": "wechat"}}, *since]
    message = {"text": text, "intent": {"name": "inform", "confidence": 0.8}, "entities": found}
    tracker = Tracker("c", {"requested_slot": None}, message, events, False, None, {}, "action_listen")
    return read_turn(tracker)


@pytest.mark.parametrize(("text", "entities"), [("第二个", {"ordinal": 2}), ("2", {"number": 2}), ("最后一个", {"ordinal": -1})])  # fmt: skip
def test_a_place_in_the_list_counts_as_its_button(text: str, entities: dict[str, int]) -> None:
    chosen = turn(text, named=entities)
    assert (chosen.intent, chosen.values("offering")) == ("plan_change", ["vas-ring"])


def test_a_title_typed_out_counts_as_its_button() -> None:
    assert turn("办理彩铃").is_named_button


def test_the_first_word_of_one_title_counts_as_its_button() -> None:
    assert turn("办理").values("offering") == ["vas-ring"]
    assert not turn("流量3").is_named_button


def test_a_place_that_is_not_there_stays_a_number() -> None:
    assert turn("9", named={"number": 9}).intent == "inform"


def test_without_a_list_a_number_stays_a_number() -> None:
    assert not turn("2", shown=False, named={"number": 2}).is_named_button


def test_the_channel_comes_with_the_message() -> None:
    assert turn("你好").channel == "wechat"


def test_a_message_is_fresh_until_another_form_has_taken_it() -> None:
    own = ({"event": "action", "name": "action_topup_open"}, {"event": "action", "name": "topup_form"})
    other = ({"event": "action", "name": "identity_form"},)
    assert turn("充50", since=own).is_fresh_for("topup_form")
    assert not turn("充50", since=other).is_fresh_for("topup_form")


def test_a_message_the_form_rejected_is_not_read_again() -> None:
    rejected = ({"event": "action_execution_rejected", "name": "topup_form"},)
    assert not turn("查余额", since=rejected).is_fresh_for("topup_form")


@pytest.mark.parametrize(("text", "is_question"), [("怎么充值", True), ("充50到账了吗", True), ("充50", False), ("/topup", False)])  # fmt: skip
def test_a_question_is_told_from_an_order(text: str, is_question: bool) -> None:
    assert turn(text, shown=False).is_question is is_question
