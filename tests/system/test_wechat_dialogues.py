"""Dialogues over WeChat, through the real Rasa server, service, sandbox and simulator."""

from __future__ import annotations

import re

import pytest

from tests.system.stack import Stack
from tests.system.wechat_customer import WechatCustomer

pytestmark = pytest.mark.rasa

NUMBER = "13800000001"


@pytest.fixture
def customer(stack: Stack) -> WechatCustomer:
    """Somebody who has just followed the account."""
    return WechatCustomer(stack)


def test_customer_tops_up_by_numbers_and_hears_that_it_worked(stack: Stack, customer: WechatCustomer) -> None:
    before = len(stack.ledger(NUMBER))
    customer.say(f"给{NUMBER}充50元")
    customer.choose("确认", "50元")
    link = re.search(r"/payments/([\w-]+)", customer.said("/payments/"))
    assert link is not None
    stack.settle(link[1], "success")
    customer.said("充值成功")
    assert len(stack.ledger(NUMBER)) == before + 1


def test_customer_proves_a_number_and_reads_a_bill_without_markup(customer: WechatCustomer) -> None:
    customer.click("bill_query")
    customer.prove(NUMBER)
    assert not re.search(r"\*\*|</|\]\(|^#", customer.said("账单"), re.MULTILINE)


def test_customer_asks_what_an_article_answers(customer: WechatCustomer) -> None:
    customer.say("携号转网怎么办理")
    assert not re.search(r"\*\*|</|\]\(|^#", customer.said("携"), re.MULTILINE)


def test_customer_reads_an_answer_that_is_worded_for_wechat(stack: Stack, customer: WechatCustomer) -> None:
    customer.say("充值渠道有哪些")
    assert "下方菜单" in customer.said("生活缴费")
    elsewhere = stack.send(customer.openid, "充值渠道有哪些")
    assert "菜单" not in elsewhere[0]["text"]
    assert "生活缴费" in elsewhere[0]["text"]
