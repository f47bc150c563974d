"""What happens at the actions' edges: errors, repeats, the webhook itself."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sanic import Sanic

from actions import endpoint
from actions.balance import BalanceShow
from actions.base import Events, Say, TopicAction
from actions.services import Services
from actions.smalltalk import SmalltalkChat, SmalltalkIdle
from actions.turn import Turn
from core.errors import CustomerError, UpstreamUnavailable
from core.ids import ArticleId
from knowledge_base.articles import Article
from tests.actions.stage import ShelfOfArticles, Stage
from tests.ports import free_port


class Fails(TopicAction):
    """An action that raises what it is given."""

    action = "action_balance_show"

    def __init__(self, services: Services, error: Exception) -> None:
        super().__init__(services)
        self._error = error

    async def act(self, turn: Turn, say: Say) -> Events:
        say("utter_identity_done")
        raise self._error


async def test_a_system_that_is_down_can_be_tried_again(stage: Stage) -> None:
    said = await stage.run(Fails(stage.services, UpstreamUnavailable("bss.unavailable")), "查余额")
    assert (said.responses, said.slots["retry"]) == (["utter_error_upstream"], "action_balance_show")
    again = await stage.run(SmalltalkIdle(stage.services), "再试一次", command="retry")
    assert again.followup == "action_balance_show"


async def test_a_bug_is_apologised_for_and_says_nothing_of_itself(stage: Stage) -> None:
    said = await stage.run(Fails(stage.services, RuntimeError("secret detail")), "查余额")
    assert said.responses == ["utter_error_internal"]
    assert "secret" not in str(said.messages)


async def test_what_the_customer_can_change_is_not_offered_again(stage: Stage) -> None:
    said = await stage.run(Fails(stage.services, CustomerError("bss.unknown_number")), "查余额")
    assert (said.responses, said.slots["retry"]) == (["utter_error_unknown_number"], None)


async def test_abuse_is_met_with_an_apology_and_a_person_not_with_small_talk(stage: Stage) -> None:
    said = await stage.run(SmalltalkChat(stage.services), "什么破客服", "chitchat", mood="angry")
    assert said.responses == ["utter_handoff_sorry", "utter_smalltalk_angry", "utter_handoff_offer_angry"]
    calm = await stage.run(SmalltalkChat(stage.services), "讲个笑话", "chitchat")
    assert calm.responses == ["utter_chitchat/talk"]


async def test_a_question_behind_a_greeting_is_answered(stage: Stage, knowledge: ShelfOfArticles) -> None:
    asked = "你好，我想问一下携号转网"
    article = Article(ArticleId("mnp"), "携号转网", "携号转网", (asked,), "先查资格。")
    knowledge.articles[article.id] = article
    greeted = await stage.run(SmalltalkChat(stage.services), asked, "chitchat")
    assert greeted.responses == ["utter_faq_answer"]
    nothing = await stage.run(SmalltalkChat(stage.services), "你好，我想问一下你几岁", "chitchat")
    assert nothing.responses == ["utter_chitchat/talk"]


async def test_the_last_answer_is_said_again(stage: Stage) -> None:
    stage.shown = [
        {"event": "bot", "text": "余额是5元", "data": {"buttons": [{"title": "充值", "payload": "/topup"}]}}
    ]
    said = await stage.run(SmalltalkIdle(stage.services), "再说一遍", command="repeat")
    assert (said.messages[0]["said"], len(said.messages[0]["buttons"])) == ("余额是5元", 1)


async def test_a_question_about_balances_in_general_is_not_answered_with_the_customers_own(
    stage: Stage,
) -> None:
    stage.active_form = "topup_form"
    said = await stage.run(BalanceShow(stage.services), "欠费会影响征信吗", "balance_query")
    assert said.followup == "topup_form"


@pytest.fixture
async def webhook(services: Services) -> AsyncIterator[str]:
    """The action endpoint on a free port."""
    app: Sanic[Any, Any] = Sanic(f"actions-{uuid.uuid4().hex}", configure_logging=False)
    app.config.AUTO_EXTEND = False
    app.config.TOUCHUP = False
    endpoint.mount(app, services)
    port = free_port()
    server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True)
    assert server is not None
    await server.startup()  # type: ignore[no-untyped-call]
    await server.start_serving()  # type: ignore[no-untyped-call]
    yield f"http://127.0.0.1:{port}/actions/webhook"
    await server.close()  # type: ignore[no-untyped-call]


CALL = {
    "next_action": "action_smalltalk_idle",
    "sender_id": "x",
    "version": "3.6.21",
    "tracker": {"sender_id": "x", "slots": {}, "latest_message": {}, "events": []},
}


async def post(url: str, call: object, token: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.post(url, json=call, headers=headers)


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_the_webhook_refuses_who_does_not_show_the_token(webhook: str, token: str | None) -> None:
    assert (await post(webhook, CALL, token)).status_code == 401


async def test_the_webhook_says_which_action_it_does_not_know(webhook: str, services: Services) -> None:
    answer = await post(webhook, {**CALL, "next_action": "nope"}, services.settings.action_secret)
    assert (answer.status_code, answer.json()["action_name"]) == (404, "nope")


@pytest.mark.parametrize("call", [[], "text", {}, {"next_action": "x"}])
async def test_the_webhook_refuses_what_is_no_call(webhook: str, services: Services, call: object) -> None:
    assert (await post(webhook, call, services.settings.action_secret)).status_code == 400


async def test_the_webhook_answers_without_the_domain(webhook: str, services: Services) -> None:
    answer = await post(webhook, CALL, services.settings.action_secret)
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["response"] == "utter_smalltalk_what_next"
