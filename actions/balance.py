"""What is left and what is owed."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Events, Say, TopicAction, button, finish
from actions.identity import proven, require
from actions.knowledge import answer_published, answer_question
from actions.moments import moment_text
from actions.responses import responses
from actions.turn import Turn
from bss.port import SubscriberStatus
from core.money import format_yuan
from core.privacy import mask_number

_OWN = re.compile(
    r"我(?!想问|要问)|本机|帮|查一?下|看一?下|给查|多少钱?|还剩|剩余|还有|欠了?多少|余额(?:是|有)?多少"
)
_STOPPED = {
    SubscriberStatus.BARRED: "utter_balance_barred",
    SubscriberStatus.SUSPENDED: "utter_balance_suspended",
}


class BalanceShow(TopicAction):
    """Shows the balance of the proven number, and why a number is stopped."""

    action = "action_balance_show"

    async def act(self, turn: Turn, say: Say) -> Events:
        if answer_published(self.services, turn, say, "utter_balance_own_title", "balance_query"):
            return finish(turn, say)
        if not _is_own(turn):
            if answer_question(self.services, turn, say, [_own_button()]):
                return finish(turn, say)
            if turn.active_form:  # no wish of its own, then: the form goes on
                say("utter_not_understood")
                return finish(turn, say)
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, self.action)
        subscriber = await self.services.bss.subscriber(number)
        balance = await self.services.bss.balance(number)
        fields: dict[str, Any] = {
            "number": mask_number(number),
            "available": format_yuan(balance.available_fen),
            "promotional": format_yuan(balance.promotional_fen),
            "owed": format_yuan(balance.owed_fen),
            "as_of": moment_text(balance.as_of),
        }
        if balance.owed_fen > 0:
            say("utter_balance_owed", **fields)
        elif balance.promotional_fen > 0:
            say("utter_balance_with_gift", **fields)
        else:
            say("utter_balance_summary", **fields)
        if stopped := _STOPPED.get(subscriber.status):
            is_owing = subscriber.status is SubscriberStatus.SUSPENDED and balance.owed_fen > 0
            say("utter_balance_arrears" if is_owing else stopped, **fields)
        return finish(turn, say)


def _own_button() -> dict[str, str]:
    return button(responses().text("utter_balance_own_title"), "balance_query")


def _is_own(turn: Turn) -> bool:
    """Say whether the customer means their own money, not balances in general."""
    if turn.is_button or not turn.is_question or turn.intent != "balance_query":
        return True
    return _OWN.search(turn.text) is not None
