"""What is left and what is owed."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Events, Say, TopicAction, finish
from actions.identity import proven, require
from actions.knowledge import answer_in_general, answer_published, is_about_own
from actions.moments import moment_text
from actions.turn import Turn
from bss.port import SubscriberStatus
from core.money import format_yuan
from core.privacy import mask_number

_OWN_BUTTON = ("utter_balance_own_title", "balance_query")  # the data itself, under an answer
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
        if answer_published(self.services, turn, say, *_OWN_BUTTON):
            return finish(turn, say)
        is_own = is_about_own(turn, "balance_query", _OWN)
        if not is_own and answer_in_general(self.services, turn, say, *_OWN_BUTTON):
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
