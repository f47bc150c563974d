"""Dialogues through the real Rasa server, the real service and the sandbox, each named by what the customer does."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from tests.system.customer import Customer
from tests.system.stack import Stack

pytestmark = pytest.mark.rasa

PREPAID, OTHER = "13800000001", "13800000002"


@pytest.fixture
def customer(stack: Stack) -> Customer:
    """Somebody who has never written before."""
    return Customer(stack)


# --- topup -------------------------------------------------------------------------------------------------------


def test_customer_tops_up_in_one_sentence_and_pays(stack: Stack, customer: Customer) -> None:
    before = len(stack.ledger(PREPAID))
    assert "138****0001 充值 50元" in customer.say("给138 0000 0001充五十块")
    customer.say("确认")
    stack.settle(customer.payment_id(), "success")
    assert _comes(customer, "充值成功")
    assert [row["amount_fen"] for row in stack.ledger(PREPAID)][: len(stack.ledger(PREPAID)) - before] == [
        5000
    ]


def test_customer_tops_up_one_answer_at_a_time(customer: Customer) -> None:
    assert "哪个手机号码" in customer.say("我要充话费")
    assert "多少钱" in customer.say("138-0000-0002")
    assert "100元" in customer.say("一百")
    assert "/payments/" in customer.say("确认")


def test_customer_changes_the_amount_before_confirming(customer: Customer) -> None:
    customer.say(f"给{PREPAID}充50")
    assert "充值 100元" in customer.say("不对，充100")


def test_customer_changes_the_number_before_confirming(customer: Customer) -> None:
    customer.say(f"给{PREPAID}充50")
    assert "138****0002 充值 50元" in customer.say(f"号码错了，是{OTHER}")


def test_customer_asks_a_question_in_the_middle_and_the_top_up_goes_on(customer: Customer) -> None:
    customer.say(f"给{PREPAID}充50")
    answer = customer.say("发票怎么开")
    assert "电子发票" in answer
    assert "138****0001 充值 50元" in answer


def test_customer_gives_up_and_nothing_is_charged(stack: Stack, customer: Customer) -> None:
    before = stack.ledger(PREPAID)
    customer.say(f"给{PREPAID}充50")
    assert "取消" in customer.say("算了不充了")
    assert stack.ledger(PREPAID) == before


def test_customer_says_yes_twice_and_is_charged_once(stack: Stack, customer: Customer) -> None:
    before = len(stack.ledger(OTHER))
    customer.say(f"给{OTHER}充30")
    confirm = customer.payload("确认充值")
    customer.say(confirm)
    first = customer.payment_id()
    customer.say(confirm)
    assert customer.payment_id() == first
    stack.settle(first, "success")
    assert _comes(customer, "充值成功")
    assert len(stack.ledger(OTHER)) == before + 1


def test_customer_presses_yes_twice_at_the_same_time_and_is_charged_once(
    stack: Stack, customer: Customer
) -> None:
    before = len(stack.ledger(OTHER))
    customer.say(f"给{OTHER}充20")
    confirm = customer.payload("确认充值")
    both = [threading.Thread(target=stack.send, args=(customer.name, confirm)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    customer.say(confirm)
    stack.settle(customer.payment_id(), "success")
    assert _comes(customer, "充值成功")
    assert len(stack.ledger(OTHER)) == before + 1


def test_customer_names_two_amounts_and_is_asked_which(customer: Customer) -> None:
    assert "不止一个金额" in customer.say(f"给{PREPAID}充50元或者100元")


def test_customer_names_two_numbers_and_is_asked_which(customer: Customer) -> None:
    assert "不止一个号码" in customer.say(f"给{PREPAID}和{OTHER}充50")


def test_customer_asks_for_too_much_and_hears_the_limits(customer: Customer) -> None:
    assert "500元" in customer.say(f"给{PREPAID}充两千块")


def test_a_failed_payment_is_told_and_not_charged(stack: Stack, customer: Customer) -> None:
    before = stack.ledger(PREPAID)
    customer.say(f"给{PREPAID}充50")
    customer.say("确认")
    stack.settle(customer.payment_id(), "fail")
    assert _comes(customer, "没有成功")
    assert stack.ledger(PREPAID) == before


# --- identity ----------------------------------------------------------------------------------------------------


def test_three_wrong_codes_void_the_code_and_a_new_one_works(stack: Stack, customer: Customer) -> None:
    customer.say("查余额")
    customer.say(PREPAID)
    right = stack.last_code(PREPAID)
    wrong = "000000" if right != "000000" else "111111"
    assert "还可以再试" in customer.say(wrong)
    customer.say(wrong)
    assert "失效" in customer.say(wrong)
    assert "余额" not in customer.say(right)
    customer.say("重新发送验证码")
    assert "可用余额" in customer.say(stack.last_code(PREPAID))


def test_a_number_that_is_not_ours_is_said_to_be_so(customer: Customer) -> None:
    customer.say("查余额")
    assert "没有查到" in customer.say("13912345678")


# --- balance, usage, bill ----------------------------------------------------------------------------------------


def test_customer_sees_the_balance_after_proving_the_number(customer: Customer) -> None:
    assert "手机号" in customer.say("查一下话费余额")
    assert "可用余额" in customer.prove(PREPAID)


def test_customer_sees_what_is_left_of_the_allowances(customer: Customer) -> None:
    customer.say("我还剩多少流量")
    answer = customer.prove(PREPAID)
    assert "剩余" in answer
    assert "GB" in answer


def test_customer_hears_why_the_bill_differs(customer: Customer) -> None:
    customer.say("上个月的账单")
    answer = customer.prove(PREPAID)
    assert "账单共" in answer
    assert "比" in answer


def test_customer_is_not_asked_for_the_code_twice(customer: Customer) -> None:
    customer.say("查余额")
    customer.prove(PREPAID)
    assert "账单共" in customer.say("上个月的账单呢")


# --- plan --------------------------------------------------------------------------------------------------------


def test_customer_changes_plan_with_a_second_yes(customer: Customer) -> None:
    customer.say("换成星享套餐79元")
    answer = customer.prove("13800000002")
    assert "资费公示编号" in answer
    assert "办理成功" in customer.press("确认办理")


def test_customer_looks_at_a_plan_and_does_not_order_it(customer: Customer) -> None:
    answer = customer.say("星享套餐59元多少钱，有多少流量")
    assert "59元" in answer
    assert "20GB" in answer


def test_customer_is_never_offered_a_retired_plan(customer: Customer) -> None:
    customer.say("我要办畅聊套餐58元")
    answer = customer.prove(PREPAID)
    assert "停售" in answer or "停止销售" in answer or "不能" in answer


def test_customer_gets_advice_with_reasons(customer: Customer) -> None:
    customer.say("推荐个适合我的套餐")
    answer = customer.prove(PREPAID)
    assert "三个月" in answer


# --- faq, fault, complaint, small talk ---------------------------------------------------------------------------


def test_customer_gets_an_article(customer: Customer) -> None:
    assert "120天" in customer.say("携号转网要什么条件")


def test_a_stranger_question_is_not_answered_with_an_article(customer: Customer) -> None:
    answer = customer.say("故宫门票多少钱")
    assert "抱歉" in answer or "不" in answer
    assert "资费" not in answer


def test_customer_reports_a_fault_and_gets_a_ticket(customer: Customer) -> None:
    customer.say("家里宽带上不了网")
    customer.say("都试过了还是不行")
    for _ in range(3):
        answer = customer.say("幸福小区3号楼2单元，从昨天晚上开始的" if "地址" in _text(customer) else "跳过")
        if "工单号" in answer:
            break
    assert "工单号" in _text(customer)


def test_customer_complains_and_gets_a_number_and_a_promise(customer: Customer) -> None:
    customer.say("我要投诉，营业厅的人态度太恶劣了，办个业务让我跑了三趟")
    if "工单号" not in _text(customer):
        customer.say("跳过")
    assert "工单号" in _text(customer)


def test_goodbye_ends_politely_and_the_next_wish_opens_a_new_conversation(customer: Customer) -> None:
    customer.say(f"给{PREPAID}充50")
    customer.say("取消")
    assert "再见" in customer.say("没事了，再见")
    assert "哪个手机号码" in customer.say("充话费")


# --- when something fails ----------------------------------------------------------------------------------------


def test_the_billing_system_goes_down_in_the_middle_and_nothing_is_lost(
    stack: Stack, customer: Customer
) -> None:
    before = len(stack.ledger(PREPAID))
    customer.say(f"给{PREPAID}充50")
    stack.fault(kind="error", for_s=60)
    try:
        assert "没有响应" in customer.say("确认")
    finally:
        stack.clear_faults()
    assert "/payments/" in customer.press("再试")
    stack.settle(customer.payment_id(), "success")
    assert _comes(customer, "充值成功")
    assert len(stack.ledger(PREPAID)) == before + 1


def test_rasa_restarts_in_the_middle_of_a_form_and_nothing_is_lost(stack: Stack, customer: Customer) -> None:
    customer.say(f"给{PREPAID}充50")
    stack.stop("rasa", signal.SIGKILL)
    apology = customer.say("不对，充100")
    stack.start("rasa")
    stack.wait_ready()
    assert apology
    assert _comes(customer, "充值 100元", 30.0)
    assert "/payments/" in customer.say("确认")


def test_the_service_restarts_in_the_middle_of_a_form_and_nothing_is_lost(
    stack: Stack, customer: Customer
) -> None:
    customer.say(f"给{PREPAID}充50")
    stack.stop("service", signal.SIGKILL)
    stack.start("service")
    stack.wait_ready()
    assert "充值 100元" in customer.say("不对，充100")


def _text(customer: Customer) -> str:
    return "\n".join(str(item.get("text", "")) for item in customer.last)


def _comes(customer: Customer, words: str, within_s: float = 40.0) -> bool:
    """Wait for something said without a question: an empty message fetches it."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if words in customer.say(""):
            return True
        time.sleep(0.3)
    return False
