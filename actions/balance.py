"""What is left and what is owed."""

from __future__ import annotations

from typing import Any

from actions.base import Events, Say, TopicAction, finish
from actions.identity import proven, require
from actions.turn import Turn
from bss.port import SubscriberStatus
from core.clock import CHINA
from core.money import format_yuan
from core.privacy import mask_number

_STOPPED = {
    SubscriberStatus.BARRED: "utter_balance_barred",
    SubscriberStatus.SUSPENDED: "utter_balance_suspended",
}


class BalanceShow(TopicAction):
    """Shows the balance of the proven number, and why a number is stopped."""

    action = "action_balance_show"

    async def act(self, turn: Turn, say: Say) -> Events:
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
            "as_of": balance.as_of.astimezone(CHINA).strftime("%m月%d日 %H:%M"),
        }
        if balance.owed_fen > 0:
            say("utter_balance_owed", **fields)
        elif balance.promotional_fen > 0:
            say("utter_balance_with_gift", **fields)
        else:
            say("utter_balance_summary", **fields)
        if stopped := _STOPPED.get(subscriber.status):
            say(stopped, **fields)
        return finish(turn, say)
