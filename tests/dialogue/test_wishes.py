"""Several wishes in one message, anger, and the customer's own script."""

from __future__ import annotations

import pytest

from tests.system.customer import Customer

pytestmark = pytest.mark.rasa
NUMBER = "13800000001"


def test_customer_asks_for_balance_and_usage_in_one_message_and_gets_both(customer: Customer) -> None:
    customer.say("查一下话费余额，顺便看看流量还剩多少")
    both = customer.prove(NUMBER)
    assert "可用余额" in both
    assert "剩余" in both.partition("可用余额")[2]


def test_customer_asks_a_question_and_tops_up_in_one_message(customer: Customer) -> None:
    first = customer.say("携号转网要什么条件，另外帮我给13800000002充50元")
    assert "携" in first
    assert "138****0002" in first
    assert "50元" in first


def test_second_wish_comes_after_the_form_of_the_first(customer: Customer) -> None:
    customer.say("帮我给13800000002充50，再查一下我的流量还剩多少")
    after = customer.say("算了不充了")
    assert "流量" in after
    assert "手机号" in after


def test_amount_named_first_is_topped_up_before_the_balance_is_looked_up(customer: Customer) -> None:
    assert "号码" in customer.say("先充50再查余额")
    assert "余额" in customer.say("算了不充了")


def test_second_wish_is_not_forgotten_where_the_first_must_be_tried_again(customer: Customer) -> None:
    customer.say("查余额")
    customer.prove(NUMBER)
    customer.stack.fault(kind="refuse", for_s=60)
    assert "没有响应" in customer.say("查一下话费余额，顺便看看流量还剩多少")
    customer.stack.clear_faults()
    both = customer.say("再试一次")
    assert "可用余额" in both
    assert "剩余" in both.partition("可用余额")[2]


def test_pinyin_is_read_as_chinese(customer: Customer) -> None:
    assert "号码" in customer.say("wo yao chongzhi")
    customer.say("算了不充了")
    assert "没有客服在线" in customer.say("zhuan rengong")


def test_angry_customer_is_told_sorry_first_and_offered_a_person(customer: Customer) -> None:
    assert customer.say("你们这破流量怎么用得这么快，坑人呢！！！").startswith("非常抱歉")
    assert any("转人工" in b["title"] for item in customer.last for b in item.get("buttons", ()))


def test_customer_is_answered_in_the_script_they_write(customer: Customer) -> None:
    assert "攜號轉網" in customer.say("請問攜號轉網需要什麼條件？")


def test_customer_who_names_a_trouble_and_asks_for_a_person_gets_the_person_at_once(
    customer: Customer,
) -> None:
    assert "没有客服在线" in customer.say("宽带断了两天了，转人工")
