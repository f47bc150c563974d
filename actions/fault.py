"""Faults: what the customer can check, and a repair ticket when that did not help."""

from __future__ import annotations

import re
import uuid

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, button, finish, suspend
from actions.contact_number import NONE, default_contact, read_contact
from actions.form import FormAction, Values
from actions.identity import proven
from actions.knowledge import answer_question, ask, likeliest
from actions.openers import NAMES
from actions.responses import responses
from actions.ticket_progress import asks_for_progress
from actions.tickets import open_ticket, promised_text
from actions.turn import Turn
from bss.port import SubscriberStatus
from core.errors import AppError
from knowledge_base.shown import full_text

FORM = "fault_form"
_SLOTS = ("fault_description", "fault_solved", "fault_place", "fault_number")
_SURE = 0.5  # that something is out of order; a doubtful question (师傅多久上门) is answered
_TELLING = 4  # characters from which a message describes a fault
_WISH = re.compile(
    r"我?(?:要|想|需要)?(?:报修|报障|报个修|报故障|网络报障|故障|修网|维修)(?:一下|下)?[,。!！]?"
)
_STILL = re.compile(
    r"没[好用解有效]|不行|不好|还是|没有用|不能|依然|照样|仍然|没反应|没信号|都试|试过|上不了|打不了|没网|报修|派人|师傅|没恢复|未解决"
)
_PLACE = re.compile(r".区|小区|街道?|村|镇|县|[栋幢楼层]|单元|路.{0,4}号")
_FINE = re.compile(r"好了|可以了|解决了|行了|恢复了|能上了|能用了|有信号了|有网了|正常了|搞定")


class FaultOpen(TopicAction):
    """Takes up a fault with what the first message tells about it."""

    action = "action_fault_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if asks_for_progress(turn):
            return [FollowupAction("action_complaint_progress")]
        is_doubtful = turn.is_question and turn.confidence < _SURE
        if is_doubtful and answer_question(self.services, turn, say, [_repair_button()]):
            return finish(turn, say)
        if turn.active_form == FORM:
            return finish(turn, say)
        cleared = [SlotSet(slot, None) for slot in _SLOTS]
        told = _told(turn)
        start = [SlotSet("fault_description", told)] if told else []
        return [
            *suspend(turn),
            *cleared,
            SlotSet("fault_key", uuid.uuid4().hex),
            *start,
            FollowupAction(FORM),
        ]


def _repair_button() -> dict[str, str]:
    return button(responses().text(NAMES["fault"]), "fault")


def _told(turn: Turn) -> str | None:
    """Return what a message tells about a fault, if it tells anything."""
    if problem := turn.values("problem"):
        return str(problem[0])
    if turn.is_button or len(_WISH.sub("", turn.text)) < _TELLING:
        return None
    return turn.text


class ValidateFaultForm(FormAction):
    """Reads what is wrong, whether checking helped, and where to call back."""

    form = FORM
    own = frozenset({"fault"})
    asked = _SLOTS
    kept = ("fault_key",)

    async def read(self, turn: Turn, say: Say) -> Values | None:
        slot = turn.requested_slot
        if slot is None:
            return {}
        if turn.is_about_else(self.own) and not (slot == "fault_place" and not turn.is_question):
            return {}
        if slot == "fault_description":
            told = _told(turn)
            return {slot: told} if told and turn.intent not in ("affirm", "deny", "chitchat") else {}
        if slot == "fault_solved":
            return await self._solved(turn)
        is_asked = slot == "fault_number"
        contact = await read_contact(self.services, turn, say, is_asked)
        found: Values = {"fault_number": contact} if contact else {}
        is_skipped = turn.has("command", "skip") or turn.intent == "deny"
        if slot == "fault_place" and (is_skipped or self._is_told(turn)):
            return {**found, "fault_place": NONE if is_skipped else turn.text}
        return found or (None if say.count else {})

    def _is_told(self, turn: Turn) -> bool:
        return not turn.is_button and turn.intent not in ("affirm", "human")

    async def _solved(self, turn: Turn) -> Values:
        if turn.intent == "deny" or _STILL.search(turn.text):
            number = await default_contact(self.services, turn)
            return {"fault_solved": False, **({"fault_number": number} if number else {})}
        if turn.intent == "affirm" or _FINE.search(turn.text):
            return {"fault_solved": True, "fault_place": NONE, "fault_number": NONE}
        if _PLACE.search(turn.text) and not turn.is_question:
            return {"fault_solved": False, "fault_place": turn.text}
        if turn.intent == "fault" and (told := _told(turn)) and not turn.is_button:  # more of it: 光猫亮红灯
            return {"fault_description": f"{turn.slot('fault_description')}\n{told}"}
        if turn.has("msisdn"):
            return {"fault_number": str(turn.values("msisdn")[0])}
        return {}

    async def complete(self, turn: Turn, say: Say) -> Events:
        if turn.slot("fault_solved"):
            say("utter_fault_solved")
            return [*(SlotSet(s, None) for s in (*_SLOTS, "fault_key")), *finish(turn, say)]
        return [FollowupAction("action_fault_submit")]

    async def on_give_up(self, turn: Turn, say: Say) -> None:
        say("utter_fault_cancelled")

    def is_digression(self, turn: Turn) -> bool:
        return super().is_digression(turn) and turn.intent not in ("fault", "rate")


class AskFaultSolved(TopicAction):
    """Shows what to check, once, and asks whether it helped."""

    action = "action_ask_fault_solved"

    async def act(self, turn: Turn, say: Say) -> Events:
        is_number = turn.has("msisdn") and not turn.is_opening(FORM)
        if is_number or turn.has_said("utter_not_understood") or not turn.is_fresh_for(FORM):
            say("utter_fault_ask_solved")
            return []
        if turn.is_opening(FORM) and await self._is_stopped(turn):
            say("utter_fault_stopped")
            return []
        described = str(turn.slot("fault_description")).splitlines()
        outcome = ask(self.services, turn, described[-1])  # what was told last tells it best
        article = likeliest(outcome)
        if article is not None and article.category in _CATEGORIES:
            say("utter_fault_steps", steps=full_text(article, article.answer_for(turn.channel, turn.region)))
        else:
            say("utter_fault_general_steps")
        return []

    async def _is_stopped(self, turn: Turn) -> bool:
        """Say whether the proven number is stopped: then no switching off and on helps."""
        try:
            number = await proven(self.services, turn)
            subscriber = await self.services.bss.subscriber(number) if number else None
        except AppError:
            return False
        return subscriber is not None and subscriber.status in _STOPPED


_STOPPED = frozenset([SubscriberStatus.BARRED, SubscriberStatus.SUSPENDED])
_CATEGORIES = frozenset({"故障自查", "宽带", "5G与VoLTE", "国际港澳台漫游"})


class FaultSubmit(TopicAction):
    """Opens the repair ticket, once for each key."""

    action = "action_fault_submit"

    async def act(self, turn: Turn, say: Say) -> Events:
        contact = str(turn.slot("fault_number"))
        told = [str(turn.slot("fault_description")), str(turn.slot("fault_place"))]
        description = "\n".join(part for part in told if part != NONE)
        key = str(turn.slot("fault_key"))
        ticket = await open_ticket(
            self.services, turn, "incident", description, contact, severity="major", key=key
        )
        until = promised_text(self.services, ticket, self.services.settings.fault_promise_h)
        say("utter_fault_ticket", ticket=ticket.id, until=until)
        cleared = [SlotSet(s, None) for s in (*_SLOTS, "fault_key", "retry")]
        return [*cleared, *finish(turn, say)]
