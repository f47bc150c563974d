"""Identity, questions, faults, complaints and small talk."""

from __future__ import annotations

import pytest

from tests.system.customer import Customer

pytestmark = pytest.mark.rasa
NUMBER = "13800000001"


@pytest.mark.parametrize("wish", ["查余额", "看看上个月的账单", "我流量还剩多少", "退订流量包"])
def test_customer_is_asked_for_the_number_once(customer: Customer, wish: str) -> None:
    answer = customer.say(wish)
    assert len(customer.last) == len({item.get("text") for item in customer.last})
    assert answer.count("手机号") <= 1


def test_customer_asks_for_another_code_and_the_first_no_longer_works(customer: Customer) -> None:
    customer.say("查余额")
    customer.say(NUMBER)
    first = customer.stack.last_code(NUMBER)
    assert "已发送" in customer.say("没收到验证码，再发一次")
    second = customer.stack.last_code(NUMBER)
    if first != second:
        assert "不对" in customer.say(first)
    assert "可用余额" in customer.say(second)


def test_customer_names_another_number_before_the_code(customer: Customer) -> None:
    customer.say("查余额")
    customer.say(NUMBER)
    assert "138****0002" in customer.say("不是这个号码，是13800000002")
    assert "138****0002" in customer.say(customer.stack.last_code("13800000002"))


def test_the_newest_wish_follows_the_code(customer: Customer) -> None:
    customer.say("查余额")
    customer.say("先查一下还剩多少流量")
    assert "剩余" in customer.prove(NUMBER)


def test_customer_names_the_month_before_proving_the_number(customer: Customer) -> None:
    customer.say("我想看看上上个月的账单")
    bill = customer.prove(NUMBER)
    assert "账单共" in bill
    assert "主要是" in bill or "金额相同" in bill


def test_the_billing_system_is_down_while_the_balance_is_asked_for(customer: Customer) -> None:
    customer.say("查余额")
    customer.say(NUMBER)
    code = customer.stack.last_code(NUMBER)
    customer.stack.fault(kind="refuse", for_s=60)
    assert "没有响应" in customer.say(code)
    customer.stack.clear_faults()
    assert "可用余额" in customer.say("再试一次")


def test_the_code_cannot_be_sent_and_the_number_is_kept(customer: Customer) -> None:
    customer.say("查余额")
    customer.stack.fault(kind="error", api="communicationMessage", for_s=60)
    assert "没有响应" in customer.say(NUMBER)
    customer.stack.clear_faults()
    assert "138****0001" in customer.say("再试一次")
    assert "可用余额" in customer.say(customer.stack.last_code(NUMBER))


def test_customer_opens_a_fault_step_by_step(customer: Customer) -> None:
    assert "什么问题" in customer.say("我要报修")
    assert "好了吗" in customer.say("宽带光猫亮红灯，上不了网")
    assert "地址" in customer.say("还是不行")
    assert "联系" in customer.say("幸福小区3号楼，昨晚开始的")
    assert "工单号" in customer.say(NUMBER)


def test_a_fault_that_is_gone_needs_no_ticket(customer: Customer) -> None:
    customer.say("手机突然没信号了")
    answer = customer.say("好了，重启完就有信号了")
    assert "恢复就好" in answer


def test_customer_asks_something_in_the_middle_of_a_fault(customer: Customer) -> None:
    customer.say("家里宽带断网了")
    answer = customer.say("携号转网需要什么条件")
    assert "120天" in answer
    assert "好了吗" in answer


def test_customer_drops_the_complaint(customer: Customer) -> None:
    customer.say("我要投诉")
    assert "没有登记" in customer.say("算了不投诉了")


def test_who_wants_a_person_hears_the_truth_and_can_ask_for_a_call(customer: Customer) -> None:
    assert "现在没有客服在线" in customer.say("转人工")
    customer.press("登记回电")
    customer.say("宽带装了一半师傅就走了，想问什么时候来装完")
    assert "回电已登记" in customer.say(NUMBER)


def test_an_article_can_be_chosen_by_its_place(customer: Customer) -> None:
    customer.say("补卡")
    buttons = [b["title"] for item in customer.last for b in item.get("buttons", ())]
    assert buttons
    assert customer.say("第一个")
    assert "抱歉" not in customer.last[0]["text"]


def test_customer_says_only_hello(customer: Customer) -> None:
    assert "小通" in customer.say("你好")


def test_customer_asks_whether_this_is_a_person(customer: Customer) -> None:
    assert "不是真人" in customer.say("你是真人还是机器人")


def test_customer_gives_a_number_without_a_wish(customer: Customer) -> None:
    assert "办理什么业务" in customer.say(NUMBER)


def test_customer_asks_what_they_have_and_cancels_one_of_it(customer: Customer) -> None:
    customer.say("我开通了哪些业务")
    answer = customer.prove(NUMBER)
    assert "主套餐：星享套餐59元" in answer
    assert "视频彩铃" in answer
    assert "确认退订吗" in customer.press("退订视频彩铃")


def test_customer_asks_what_a_charge_is(customer: Customer) -> None:
    customer.say("为啥扣我59块？")
    assert "您问的59元，是" in customer.prove(NUMBER)


def test_customer_asks_for_the_use_of_last_month(customer: Customer) -> None:
    customer.say("上个月用了多少流量")
    assert "的用量" in customer.prove(NUMBER)


def test_customer_drops_the_complaint_and_wants_the_balance_in_one_breath(customer: Customer) -> None:
    customer.say("我要投诉")
    answer = customer.say("不投诉了，查下余额")
    assert "没有登记" in answer
    assert "手机号码" in answer


def test_customer_asks_how_the_repair_is_coming_along(customer: Customer) -> None:
    customer.say("我上次报修的怎么样了")
    assert "没有查到登记过的工单" in customer.prove(NUMBER)


def test_customer_asks_why_the_number_must_be_proven(customer: Customer) -> None:
    customer.say("查账单")
    answer = customer.say("为什么要给你号码")
    assert "个人信息" in answer
    assert "手机号码" in answer
