"""How much of the allowances is used, and what is left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, finish
from actions.catalogue import catalogue
from actions.identity import proven, require
from actions.knowledge import answer_in_general, answer_published, is_about_own
from actions.moments import day_text
from actions.plan_catalogue import ask_catalogue, is_known
from actions.responses import responses
from actions.turn import Turn
from bss.port import MonthlyUse, UsageBucket, UsageKind
from core.clock import CHINA
from core.ids import Msisdn
from core.privacy import mask_number
from knowledge_base.placeholders import volume_text

_OWN_BUTTON = ("utter_usage_own_title", "usage_query")  # the data itself, under an answer
_OWN = re.compile(
    r"我(?!想问|要问)|本机|帮|查一?下|看一?下|给查|还剩|剩多少|剩余|还有多少|用了多少|用完了吗|够不够"
)
# 加10个G, not how much is left
_BUYS = re.compile(r"(?:加|买|办|开|充|叠加)(?:个|点|一个)?\s*[\d一二两三四五六七八九十]+\s*个?g")
_UNITS = {
    UsageKind.DATA: "utter_usage_unit_data",
    UsageKind.VOICE: "utter_usage_unit_voice",
    UsageKind.SMS: "utter_usage_unit_sms",
}
_YEAR = 12  # months that can be asked about
_HIGH = 0.9  # of an allowance used: worth a word


class UsageShow(TopicAction):
    """Shows every allowance of this month."""

    action = "action_usage_show"

    async def act(self, turn: Turn, say: Say) -> Events:
        if answer_published(self.services, turn, say, *_OWN_BUTTON):
            return finish(turn, say)
        if turn.has("data_mb") and _BUYS.search(turn.text):
            return [FollowupAction("action_plan_answer")]
        if not (turn.has("month") or is_about_own(turn, "usage_query", _OWN)):
            if is_known(ask_catalogue(self.services, turn, await catalogue(self.services))):
                return [FollowupAction("action_plan_answer")]
            if answer_in_general(self.services, turn, say, *_OWN_BUTTON):
                return finish(turn, say)
        past = self._past_months(turn)
        number = await proven(self.services, turn)
        if number is None:
            return [SlotSet("usage_months", past or None), *require(turn, self.action)]
        if past:
            await self._show_past(number, past, say)
            return [SlotSet("usage_months", None), *finish(turn, say)]
        buckets = await self.services.bss.usage(number)
        if not buckets:
            say("utter_usage_none", number=mask_number(number))
            return finish(turn, say)
        lines = "\n".join(_line(bucket) for bucket in buckets)
        card = {"type": "usage", "buckets": [_card(bucket) for bucket in buckets]}
        say("utter_usage_summary", card=card, number=mask_number(number), lines=lines)
        if any(_is_high(bucket) for bucket in buckets if bucket.kind is UsageKind.DATA):
            say("utter_usage_high")
        return finish(turn, say)

    def _past_months(self, turn: Turn) -> list[str]:
        """Return the months asked about that are over, as ``2026-10``."""
        named = [str(value) for value in (turn.values("month") or turn.slot("usage_months") or ())]
        this_month = f"{self.services.clock.now().astimezone(CHINA):%Y-%m}"
        return [month for month in named if month < this_month]

    async def _show_past(self, number: Msisdn, months: Sequence[str], say: Say) -> None:
        """Say what was used in months that are over."""
        by_month = {f"{use.month:%Y-%m}": use for use in await self.services.bss.monthly_use(number, _YEAR)}
        found = [by_month[month] for month in months if month in by_month]
        if not found:
            say("utter_usage_no_month", number=mask_number(number))
            return
        lines = "\n".join(_month_line(use) for use in found)
        say("utter_usage_months", number=mask_number(number), lines=lines)


def _month_line(use: MonthlyUse) -> str:
    words = responses()
    month = words.text("utter_bill_month", year=use.month.year, month=use.month.month)
    fields = {"data": volume_text(use.data_mb), "voice": use.voice_min, "sms": use.sms_count}
    return words.text("utter_usage_month_line", month=month, **fields)


def _is_high(bucket: UsageBucket) -> bool:
    return bucket.total > 0 and bucket.used >= bucket.total * _HIGH


def amount_text(kind: UsageKind, amount: int) -> str:
    """Write an amount in the unit customers know: 20480 MB -> ``20GB``."""
    return volume_text(amount) if kind is UsageKind.DATA else f"{amount}{responses().text(_UNITS[kind])}"


def _line(bucket: UsageBucket) -> str:
    left = max(0, bucket.total - bucket.used)
    return responses().text(
        "utter_usage_line_scoped" if bucket.scope else "utter_usage_line",
        name=bucket.name,
        scope=bucket.scope,
        used=amount_text(bucket.kind, bucket.used),
        left=amount_text(bucket.kind, left),
        total=amount_text(bucket.kind, bucket.total),
        day=day_text(bucket.ends),
    )


def _card(bucket: UsageBucket) -> Mapping[str, Any]:
    return {
        "name": bucket.name,
        "kind": bucket.kind.value,
        "used": bucket.used,
        "total": bucket.total,
        "unit": responses().text(_UNITS[bucket.kind]),
        "used_text": amount_text(bucket.kind, bucket.used),
        "total_text": amount_text(bucket.kind, bucket.total),
    }
