"""Top-ups as customers really go about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.dialogue.conftest import Subscriber
from tests.system.customer import Customer

Find = Callable[[Callable[[Subscriber], bool]], str]
pytestmark = pytest.mark.rasa
NUMBER, OTHER = "13800000001", "13800000002"


def test_customer_says_everything_in_the_order_it_comes_to_mind(customer: Customer) -> None:
    assert "多少钱" in customer.say(f"帮我给{NUMBER}这个号充点话费")
    assert "138****0001 充值 120元" in customer.say("一百二吧")


def test_customer_changes_number_and_amount_in_one_breath(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    assert "138****0002 充值 30元" in customer.say(f"不对不对，是给{OTHER}充30")


def test_customer_goes_a_step_back_and_names_another_amount(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    assert "多少钱" in customer.say("上一步")
    assert "充值 80元" in customer.say("80")


def test_customer_asks_to_hear_it_again_and_the_same_payment_is_shown(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    shown = customer.payload("确认充值")
    assert "138****0001 充值 50元" in customer.say("再说一遍")
    assert customer.payload("确认充值") == shown


def test_customer_presses_change_the_amount(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    assert "多少钱" in customer.press("改金额")
    assert "138****0001 充值 200元" in customer.press("200元")


def test_customer_says_no_and_is_asked_what_is_wrong(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    assert "哪里需要改" in customer.say("不对")
    assert "138****0001 充值 20元" in customer.say("20块就行")


def test_an_old_confirm_button_does_not_confirm_the_new_amount(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    old = customer.payload("确认充值")
    customer.say("改成100")
    answer = customer.say(old)
    assert "最新" in answer
    assert "充值 100元" in answer
    assert "/payments/" not in answer


def test_customer_chooses_one_of_two_numbers_and_the_top_up_goes_on(customer: Customer) -> None:
    customer.say(f"{NUMBER}和{OTHER}，给其中一个充50")
    assert "138****0002 充值 50元" in customer.press("138****0002")


def test_customer_checks_the_balance_in_the_middle_and_the_top_up_goes_on(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充值")
    assert "验证" in customer.say("等等，先帮我查一下余额")
    answer = customer.prove(NUMBER)
    assert "可用余额" in answer
    assert "多少钱" in answer
    assert "充值 50元" in customer.say("50")


def test_customer_breaks_off_proving_the_number_and_the_top_up_goes_on(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充值")
    customer.say("查余额")
    assert "多少钱" in customer.say("算了，不验证了")


def test_customer_types_the_title_of_a_button(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    assert "/payments/" in customer.say("确认充值")


def test_customer_names_a_number_that_is_closed(customer: Customer, subscriber: Find) -> None:
    closed = subscriber(lambda row: row["status"] == "terminated")
    answer = customer.say(f"给{closed}充50")
    assert "销户" in answer


def test_customer_in_traditional_characters(customer: Customer) -> None:
    assert "138****0001 充值 50元" in customer.say(f"幫我給{NUMBER}儲值五十塊，充話費")


def test_customer_asks_about_top_ups_in_the_middle_of_one(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充值")
    answer = customer.say("充值多久到账")
    assert "没太明白" not in answer
    assert "多少钱" in answer


def test_customer_sends_the_number_first_and_then_the_amount(customer: Customer) -> None:
    customer.say(NUMBER)
    assert "138****0001 充值 50元" in customer.say("充50")


def test_customer_asks_whether_the_money_has_come(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    customer.say("确认")
    assert "还没有收到付款" in customer.say("怎么还没到账")


def test_what_is_no_answer_is_not_taken_for_small_talk(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充点话费")
    assert "闲聊" not in customer.say("几十块吧")


def unanswered(customer: Customer) -> None:
    """Confirm a top-up at a billing system that is down for top-ups."""
    customer.say(f"给{NUMBER}充50")
    customer.stack.fault(kind="error", api="topupBalance", for_s=60)
    assert "没有扣款" in customer.press("确认充值")
    customer.stack.clear_faults()


def test_the_same_top_up_wished_again_goes_on_with_the_one_that_was_not_answered(customer: Customer) -> None:
    unanswered(customer)
    assert "/payments/" in customer.say(f"给{NUMBER}充50")


def test_customer_takes_a_top_up_back_that_was_not_answered(customer: Customer) -> None:
    unanswered(customer)
    assert "已取消充值" in customer.say("取消")
    assert "确认充值吗" in customer.say(f"给{NUMBER}充50")


def test_customer_who_would_cancel_an_open_link_hears_that_it_lapses(customer: Customer) -> None:
    customer.say(f"给{NUMBER}充50")
    customer.press("确认充值")
    assert "过期自动作废" in customer.say("取消")
