"""Handing over to a person: what the agent should know before the first word, and when to offer it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.base import LISTEN, Events, Say, TopicAction, suspend
from actions.elderly import is_elderly, subscriber_of
from actions.responses import responses
from actions.turn import Turn
from actions.withdrawal import wish_in_words
from bss.port import Subscriber
from conversations.desk_model import Reason, Skill
from conversations.pending import PendingState
from core.money import format_yuan
from core.privacy import mask_name, mask_number
from core.text import TOKEN

_LAST_TURNS = 8
_LINE_CHARS = 200  # of a line in the summary; the agent sees the whole transcript beside it
_SKILLS = {  # topic -> who answers for it
    "topup": Skill.BILLING,
    "bill": Skill.BILLING,
    "balance": Skill.BILLING,
    "usage": Skill.BILLING,
    "plan": Skill.PLANS,
    "fault": Skill.FAULTS,
    "complaint": Skill.COMPLAINTS,
}
_SAID = (  # words of the request itself, most telling first
    (Skill.COMPLAINTS, re.compile(r"投诉|举报|差评|欺骗|欺诈|霸王")),
    (Skill.FAULTS, re.compile(r"宽带|断网|没网|上不了网|没信号|信号|光猫|报修|故障|维修|网速")),
    (Skill.PLANS, re.compile(r"套餐|流量包|合约|办理|开通|退订|携号|过户|销户|副卡")),
    (Skill.BILLING, re.compile(r"话费|充值|扣费|扣了|账单|余额|欠费|发票|流量")),
)
_COMMA = re.compile(r"(?<=[\u4e00-\u9fff]),(?=[\u4e00-\u9fff])")
_TRIED = {  # topic -> how the summary names it
    "topup": "utter_handoff_tried_topup",
    "plan": "utter_handoff_tried_plan",
    "bill": "utter_handoff_tried_bill",
    "balance": "utter_handoff_tried_balance",
    "usage": "utter_handoff_tried_usage",
    "faq": "utter_handoff_tried_faq",
    "fault": "utter_handoff_tried_fault",
    "complaint": "utter_handoff_tried_complaint",
    "identity": "utter_handoff_tried_identity",
}
_KNOWN = {  # slots an agent need not ask for again, in the order shown
    "plan_offering": "utter_handoff_known_plan_offering",
    "topup_amount": "utter_handoff_known_topup_amount",
    "fault_description": "utter_handoff_known_fault_description",
    "fault_place": "utter_handoff_known_fault_place",
    "complaint_text": "utter_handoff_known_complaint_text",
}

_UNDER_WAY = {
    PendingState.CONFIRMED: "utter_handoff_known_unanswered",
    PendingState.WITHDRAWN: "utter_handoff_known_withdrawn",
    PendingState.PLACED: "utter_handoff_known_accepted",
}


class Handoff(TopicAction):
    """Tells the service to put the conversation into the queue; what the customer hears is the queue's to say."""

    action = "action_handoff"
    soothes = True

    async def act(self, turn: Turn, say: Say) -> Events:
        subscriber = await subscriber_of(self.services, turn)
        elderly = await is_elderly(self.services, turn, subscriber)
        skill = skill_for(turn)
        reason = _reason(turn, skill, elderly)
        say.control(
            "handoff",
            reason=reason.value,
            skill=skill.value,
            language="zh-Hant" if turn.metadata.get("raw_is_traditional") else "zh-Hans",
            is_elderly=elderly,
            is_complaint=skill is Skill.COMPLAINTS,
            summary={
                "who": _who(subscriber),
                "wish": _wish(turn),
                "tried": _tried(turn),
                "known": [*_known(turn), *await self._under_way(turn)],
                "last_turns": _last_turns(turn),
            },
        )
        say.control("about", topic="handoff")
        # A form that was open is put aside: whoever leaves the queue goes on where they were.
        aside: Events = [*suspend(turn), ActiveLoop(None), SlotSet("requested_slot", None)]
        return [*(aside if turn.active_form else []), FollowupAction(LISTEN)]

    async def _under_way(self, turn: Turn) -> list[list[str]]:
        """Name the orders billing has not answered yet: settlement places them, and an agent must not do so too."""
        lines = []
        for row in await self.services.pending.under_way(turn.conversation_id):
            if row.kind != "topup":
                wish = await wish_in_words(self.services, row)
                stands = responses().text(_UNDER_WAY[row.state], wish=wish)
                lines.append([responses().text("utter_handoff_known_under_way"), stands])
        return lines


def skill_for(turn: Turn) -> Skill:
    """Choose who answers: the words of the request, the open form, then what was talked about last."""
    if (named := next(iter(turn.values("skill")), None)) in {skill.value for skill in Skill}:
        return Skill(str(named))
    for skill, words in _SAID:
        if not turn.is_button and words.search(turn.text):
            return skill
    if turn.active_form and (open_topic := turn.active_form.removesuffix("_form")) in _SKILLS:
        return _SKILLS[open_topic]
    talked = (_SKILLS.get(str(about.get("topic"))) for about in turn.abouts())
    return next((skill for skill in talked if skill), Skill.BILLING)


def _reason(turn: Turn, skill: Skill, elderly: bool) -> Reason:
    named = next(iter(turn.values("reason")), None)
    if named in {reason.value for reason in Reason}:
        return Reason(str(named))
    if elderly:
        return Reason.ELDERLY
    return Reason.COMPLAINT if skill is Skill.COMPLAINTS else Reason.ASKED


def _who(subscriber: Subscriber | None) -> str:
    if subscriber is None:
        return responses().text("utter_handoff_who_unverified")
    return responses().text(
        "utter_handoff_who",
        number=mask_number(subscriber.number),
        name=mask_name(subscriber.name),
        plan=subscriber.plan_name,
    )


def _wish(turn: Turn) -> str:
    """Return what the customer wanted: their last words that were more than a call for a person."""
    for event in reversed(turn.events):
        if event.get("event") != "user":
            continue
        intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        text = str(event.get("text") or "")
        if intent not in ("human", "chitchat", "affirm", "deny", "inform", "goodbye") and not text.startswith(
            "/"
        ):
            return _plain(text)
    return _plain(turn.text) if not turn.is_button else ""


def _tried(turn: Turn) -> list[str]:
    """Name the topics the bot has been through, oldest first, and where it knew no answer."""
    names: dict[str, None] = {}
    for about in reversed(list(turn.abouts())):
        is_abstained = about.get("outcome") == "abstained"
        name = "utter_handoff_tried_abstained" if is_abstained else _TRIED.get(str(about.get("topic")))
        if name:
            names[responses().text(name)] = None
    return list(names)


def _known(turn: Turn) -> list[list[str]]:
    known = []
    for slot, name in _KNOWN.items():
        value = turn.slot(slot)
        if value not in (None, ""):
            shown = format_yuan(int(value)) if slot == "topup_amount" else _plain(str(value))
            known.append([responses().text(name), shown])
    return known


def _last_turns(turn: Turn) -> list[list[str]]:
    lines = [[who, _plain(text)] for event in turn.events for who, text in _said(event)]
    return lines[-_LAST_TURNS:]


def _said(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind, text = event.get("event"), event.get("text")
    if not text or (kind == "user" and str(text).startswith("/")):
        return []
    return [("customer" if kind == "user" else "bot", str(text))] if kind in ("user", "bot") else []


def _plain(text: str) -> str:
    """Write a text without the tokens that stand for numbers, its commas as Chinese has them."""
    return _COMMA.sub("，", TOKEN.sub("***", text))[:_LINE_CHARS]
