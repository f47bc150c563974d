"""Plans and products: asking, ordering, cancelling, being refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.dialogue.conftest import Subscriber
from tests.system.customer import Customer

Find = Callable[[Callable[[Subscriber], bool]], str]
pytestmark = pytest.mark.rasa
NUMBER = "13800000001"


def test_customer_orders_by_price_alone(customer: Customer) -> None:
    customer.say("我要把套餐换成99的")
    assert "5G畅享套餐99元" in customer.prove(NUMBER)


def test_customer_changes_the_plan_before_the_second_yes(customer: Customer) -> None:
    customer.say("换成99元套餐")
    customer.prove(NUMBER)
    assert "改为星享套餐79元" in customer.say("不对，换79的")
    assert "星享套餐79元办理成功" in customer.say("确认办理")


def test_customer_asks_about_another_plan_in_the_middle_and_the_order_waits(customer: Customer) -> None:
    customer.say("换成星享79元套餐")
    customer.prove(NUMBER)
    answer = customer.say("129元套餐有多少流量")
    assert "60GB" in answer
    assert "还没有确认" in answer
    assert "星享套餐79元办理成功" in customer.say("确认")


def test_customer_gives_up_and_nothing_is_ordered(customer: Customer) -> None:
    customer.say("开通来电提醒")
    customer.prove(NUMBER)
    assert "没有办理" in customer.say("算了不办了")
    assert charges(customer, "来电提醒") == []


def test_customer_says_yes_twice_and_is_charged_once(customer: Customer) -> None:
    customer.say("我要买一个30元加油包")
    customer.prove(NUMBER)
    confirm = customer.payload("确认办理")
    first, second = customer.say(confirm), customer.say(confirm)
    assert "办理成功" in first
    assert "办理成功" in second
    assert len(charges(customer, "流量加油包30元")) == 1


def test_customer_cancels_what_is_held_in_as_many_steps_as_ordering(customer: Customer) -> None:
    customer.say("退订视频彩铃")
    answer = customer.prove(NUMBER)
    assert "确认退订吗" in answer
    assert "视频彩铃已退订" in customer.say("确认")


def test_customer_asks_how_to_cancel_and_then_does_it(customer: Customer) -> None:
    assert "QXCL" in customer.say("视频彩铃怎么取消")
    customer.press("退订视频彩铃")
    assert "确认退订吗" in customer.prove(NUMBER)


def test_customer_chooses_from_what_a_vague_name_may_mean(customer: Customer) -> None:
    customer.say("办个校园卡")
    answer = customer.prove("13800000010")
    assert "哪一个" in answer
    assert "校园青春卡49元" in customer.say("第二个")


def test_a_student_plan_is_refused_to_who_is_none(customer: Customer) -> None:
    customer.say("办理校园青春卡29元")
    customer.prove(NUMBER)
    assert "在校学生" in customer.say("确认办理")


def test_customer_under_contract_hears_why_the_cheaper_plan_must_wait(
    customer: Customer, subscriber: Find
) -> None:
    bound = subscriber(lambda row: row["contract_until"] and row["status"] == "active")
    customer.say("换成轻享套餐19元")
    customer.prove(bound)
    assert "合约" in customer.say("确认办理")


def test_customer_compares_two_plans(customer: Customer) -> None:
    answer = customer.say("59元套餐和79元套餐有什么区别")
    assert "20GB" in answer
    assert "30GB" in answer


def test_advice_names_at_most_three_and_one_can_be_ordered(customer: Customer, subscriber: Find) -> None:
    customer.say("帮我推荐一个便宜点的套餐")
    light = subscriber(lambda row: row["plan"] == "plan-5g-199" and row["kind"] == "prepaid")
    answer = customer.prove(light)
    assert "近三个月" in answer
    assert "比现在少" in answer
    assert "4. " not in answer
    assert "请再次确认" in customer.say("第一个")


def test_the_order_is_looked_up_when_its_answer_got_lost(customer: Customer) -> None:
    customer.say("开通来电提醒")
    customer.prove(NUMBER)
    customer.stack.fault(kind="error", api="productOrder", after=True, count=2, for_s=30)
    answer = customer.say("确认")
    customer.stack.clear_faults()
    if "没有响应" in answer:
        answer = customer.say("再试一次")
    assert "来电提醒办理成功" in answer
    assert len(charges(customer, "来电提醒")) <= 1


def unanswered(customer: Customer) -> None:
    """Order a service from a billing system that is down for orders."""
    customer.say("开通来电提醒")
    customer.prove(NUMBER)
    customer.stack.fault(kind="error", api="productOrder", for_s=60)
    assert "还要核实" in customer.say("确认")
    customer.stack.clear_faults()


def test_the_same_wish_again_goes_on_with_the_order_that_was_not_answered(customer: Customer) -> None:
    unanswered(customer)
    assert "来电提醒办理成功" in customer.say("开通来电提醒")
    assert len(charges(customer, "来电提醒")) <= 1


def test_customer_takes_an_order_back_that_was_not_answered(customer: Customer) -> None:
    unanswered(customer)
    assert "“办理来电提醒”不会再提交" in customer.say("取消")
    assert "办理成功" not in customer.say("好的")
    assert "请等结果出来再办" in customer.say("开通来电提醒")
    assert "可用余额" in customer.say("查余额")  # no form is left open


def charges(customer: Customer, name: str) -> list[dict[str, Any]]:
    """Return the ledger's rows about one product."""
    return [row for row in customer.stack.ledger(NUMBER) if name in str(row)]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("50元以下的套餐有哪些", ["轻享套餐19元", "星享套餐39元", "可以办理的有"]),
        ("最便宜的套餐是哪个", ["符合条件的是", "保号套餐8元"]),
        ("有没有100元以内流量最多的套餐", ["5G畅享套餐99元"]),
        ("300兆宽带多少钱", ["家庭宽带300M", "50元/月"]),
        ("有没有比现在便宜的套餐，最好50以内，流量20G以上", ["最接近的是", "星享套餐59元", "星享套餐39元"]),
        ("流量50G以上，价格150以下，有吗", ["5G畅享套餐129元"]),
        ("星享套餐39元和59元有什么区别", ["10GB", "20GB"]),
        ("20元20G那个怎么退", ["最接近的是", "流量加油包20元"]),
        ("20元5G那个怎么退", ["流量加油包20元", "无需退订"]),
        ("5G畅想99有多少流量，能打多少分钟电话", ["40GB", "400分钟"]),
        ("视屏彩玲怎么取消", ["QXCL"]),
    ],
)
def test_customer_searches_the_catalogue(customer: Customer, question: str, words: list[str]) -> None:
    answer = customer.say(question)
    assert [word for word in words if word not in answer] == []


def test_customer_asks_on_in_half_sentences(customer: Customer) -> None:
    customer.say("夜间流量包多少钱")
    assert "20GB" in customer.say("有多少流量")
    assert "QXLLY9" in customer.say("怎么关")
    assert "9元" in customer.say("多少钱")


def test_customer_narrows_a_search_step_by_step(customer: Customer) -> None:
    customer.say("流量最多的套餐是哪个")
    assert "保号套餐8元" in customer.say("那最便宜的呢")
    assert "5G畅享套餐299元" in customer.say("最贵的呢")


def test_customer_orders_what_was_just_shown_after_a_second_yes(customer: Customer) -> None:
    customer.say("星享套餐79元有多少流量")
    customer.say("我要办这个")
    assert "请再次确认" in customer.prove(NUMBER)
    assert charges(customer, "星享套餐79元") == []
    assert "星享套餐79元办理成功" in customer.say("确认办理")


def test_customer_narrows_a_list_by_an_amount_alone(customer: Customer) -> None:
    customer.say("有什么套餐")
    answer = customer.say("100以内的呢")
    assert "可以办理的有" in answer
    assert "129元" not in answer


def test_customer_points_at_one_of_a_list_by_a_word_of_its_name(customer: Customer) -> None:
    customer.say("去日本用哪些流量包")
    assert "128元" in customer.say("7天的多少钱")


def test_customer_asks_how_to_close_what_a_price_names_too(customer: Customer) -> None:
    customer.say("5块钱的来电显示咋关")
    assert any("退订来电显示" in b["title"] for item in customer.last for b in item.get("buttons", ()))


def test_customer_takes_back_what_was_just_ordered(customer: Customer) -> None:
    customer.say("开通来电提醒")
    customer.prove(NUMBER)
    assert "来电提醒办理成功" in customer.say("确认")
    assert "确认退订吗" in customer.say("给我退了")
