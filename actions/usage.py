"""How much of the allowances is used, and what is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.base import Events, Say, TopicAction, button, finish
from actions.identity import proven, require
from actions.turn import Turn
from bss.port import UsageBucket, UsageKind
from core.clock import CHINA
from core.privacy import mask_number
from knowledge_base.placeholders import volume_text

_UNITS = {UsageKind.DATA: "MB", UsageKind.VOICE: "分钟", UsageKind.SMS: "条"}
_HIGH = 0.9  # of an allowance used: worth a word


class UsageShow(TopicAction):
    """Shows every allowance of this month."""

    action = "action_usage_show"

    async def act(self, turn: Turn, say: Say) -> Events:
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, self.action)
        buckets = await self.services.bss.usage(number)
        if not buckets:
            say("utter_usage_none", number=mask_number(number))
            return finish(turn, say)
        lines = "\n".join(_line(bucket) for bucket in buckets)
        card = {"type": "usage", "buckets": [_card(bucket) for bucket in buckets]}
        say("utter_usage_summary", card=card, number=mask_number(number), lines=lines)
        if any(_is_high(bucket) for bucket in buckets if bucket.kind is UsageKind.DATA):
            say("utter_usage_high", buttons=[button("看看流量包", "plan_query", ask="data")])
        return finish(turn, say)


def _is_high(bucket: UsageBucket) -> bool:
    return bucket.total > 0 and bucket.used >= bucket.total * _HIGH


def amount_text(kind: UsageKind, amount: int) -> str:
    """Write an amount in the unit customers know: 20480 MB -> ``20GB``."""
    return volume_text(amount) if kind is UsageKind.DATA else f"{amount}{_UNITS[kind]}"


def _line(bucket: UsageBucket) -> str:
    left = max(0, bucket.total - bucket.used)
    scope = f"（{bucket.scope}）" if bucket.scope else ""
    day = bucket.ends.astimezone(CHINA).strftime("%m月%d日")
    return (
        f"{bucket.name}{scope}：已用{amount_text(bucket.kind, bucket.used)}，剩余{amount_text(bucket.kind, left)}，"
        f"共{amount_text(bucket.kind, bucket.total)}，{day}到期"
    )


def _card(bucket: UsageBucket) -> Mapping[str, Any]:
    return {
        "name": bucket.name,
        "kind": bucket.kind.value,
        "used": bucket.used,
        "total": bucket.total,
        "unit": _UNITS[bucket.kind],
        "used_text": amount_text(bucket.kind, bucket.used),
        "total_text": amount_text(bucket.kind, bucket.total),
    }
