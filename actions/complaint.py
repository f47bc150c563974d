"""Complaints and requests for a call: what happened, where to answer, a ticket with its number and promise."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, button, finish, suspend
from actions.contact_number import default_contact, read_contact
from actions.form import FormAction, Values
from actions.knowledge import answer_question, ask, likeliest, say_article
from actions.openers import NAMES
from actions.responses import responses
from actions.ticket_progress import asks_for_progress
from actions.tickets import open_ticket, promised_text
from actions.turn import Turn
from core.text import TOKEN

FORM = "complaint_form"
_SLOTS = ("complaint_text", "complaint_number")
_KEPT = ("complaint_key", "complaint_kind")
_TELLING = 5  # characters from which a message says what happened
_DOUBTFUL, _LIKELY = 0.5, 0.2  # probabilities: of the complaint, and of what may be meant instead
_LOOKED_UP = frozenset(["bill_query", "balance_query", "usage_query"])
_JUST = 2  # messages ago
_FRAUD = re.compile(
    r"(?:让|叫|要|骗)我?.{0,4}(?:转账|转钱|汇款|打钱)|验证码.{0,6}(?:告诉|给|发给)(?:他|她|对方|别人)|(?:告诉|给)(?:他|她|对方).{0,4}验证码|被骗|冒充|假客服"
)
_SHORT_QUESTION = 16  # characters; more tells a story
_DEALT_WITH = re.compile(
    r"多久|什么时候|啥时候|几天|有用|撤销|撤回|什么材料|哪些渠道|哪里投诉|在哪投诉|怎么处理"
)
_WISH = re.compile(
    r"(?:你好|您好|喂)?[,。]?(?:我|俺)?(?:就)?(?:要|想|需要|得)?(?:去|到|找|向)?(?:工信部|12315|消协|12381)?(?:怎么|如何|在哪|帮我|给我)?(?:登记|提交|提|做|建)?(?:一个|个)?"
    r"(?:投诉|举报|反映|建议)(?:单|渠道|一下|下|你们(?:公司|营业厅)?|问题|客服|电话)?[。,!！]*"
)


class ComplaintOpen(TopicAction):
    """Takes up a complaint with what the first message tells."""

    action = "action_complaint_open"
    soothes = True

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.has("ticket_kind", "progress") or asks_for_progress(turn):
            return [FollowupAction("action_complaint_progress")]
        if _asks_about(turn) and answer_question(self.services, turn, say):
            return finish(turn, say)
        if turn.active_form == FORM:
            return finish(turn, say)
        if not turn.is_button and _FRAUD.search(turn.text) and self._warn(turn, say):
            return finish(turn, say)
        if _presses(turn):
            say("utter_complaint_already")
            return finish(turn, say)
        if instead := _perhaps(turn):
            meant = [button(responses().text(NAMES[each]), each) for each in (instead, "complaint")]
            say("utter_complaint_or", buttons=meant)
            return finish(turn, say)
        kind = "request" if turn.has("ticket_kind", "request") else "complain"
        cleared = [SlotSet(slot, None) for slot in _SLOTS]
        start: Events = [SlotSet("complaint_key", uuid.uuid4().hex), SlotSet("complaint_kind", kind)]
        told = None if turn.is_button or len(_WISH.sub("", turn.text)) < _TELLING else turn.text
        if told:
            start.append(SlotSet("complaint_text", told))
        if number := await default_contact(self.services, turn):
            start.append(SlotSet("complaint_number", number))
        say("utter_complaint_sorry" if kind == "complain" else "utter_complaint_callback")
        return [*suspend(turn), *cleared, *start, FollowupAction(FORM)]

    def _warn(self, turn: Turn, say: Say) -> bool:
        """Tell at once what to do where somebody is being cheated; a complaint can be lodged after."""
        outcome = ask(self.services, turn)
        article = likeliest(outcome)
        if article is None or article.category not in _CATEGORIES:
            return False
        lodge = button(responses().text(NAMES["complaint"]), "complaint")
        say_article(self.services, turn, say, article, [lodge])
        return True


def _presses(turn: Turn) -> bool:
    """Say whether it is the complaint just lodged that is pressed (再不解决我就去工信部), and nothing new is told."""
    is_lodged = turn.was_offered("utter_complaint_ticket", _JUST)
    return is_lodged and not turn.is_button and len(turn.text) <= _SHORT_QUESTION


def _asks_about(turn: Turn) -> bool:
    """Say whether it is asked how complaints are dealt with (投诉多久有结果) rather than complained."""
    return (
        turn.is_question and len(turn.text) <= _SHORT_QUESTION and _DEALT_WITH.search(turn.text) is not None
    )


def _perhaps(turn: Turn) -> str | None:
    """Return what a doubtful complaint may ask for instead (我这电话费怎么这么快就没有了): to look before it is lodged."""
    if turn.is_button or turn.confidence >= _DOUBTFUL or len(turn.ranking) < 2:
        return None
    second, chance = turn.ranking[1]
    return second if second in _LOOKED_UP and chance >= _LIKELY else None


_CATEGORIES = frozenset({"防骚扰防诈骗"})


class ValidateComplaintForm(FormAction):
    """Reads what happened and where to answer."""

    form = FORM
    soothes = True
    own = frozenset({"complaint"})
    asked = _SLOTS
    kept = _KEPT

    async def read(self, turn: Turn, say: Say) -> Values | None:
        slot = turn.requested_slot
        if slot is None:
            return {}
        contact = await read_contact(self.services, turn, say, is_asked=slot == "complaint_number")
        found: Values = {"complaint_number": contact} if contact else {}
        if slot == "complaint_text" and self._is_account(turn):
            return {**found, "complaint_text": turn.text}
        if found:
            return found
        if (
            slot == "complaint_number" and turn.intent in ("complaint", "fault") and not turn.is_button
        ):  # more of the story
            return {"complaint_text": f"{turn.slot('complaint_text')}\n{turn.text}"}
        return None if say.count else {}

    def _is_account(self, turn: Turn) -> bool:
        """Say whether a message tells what happened; whatever it is about, unless it is plainly another wish."""
        if turn.is_button or turn.intent in ("affirm", "deny", "human"):
            return False
        is_short = len(turn.text) < 2 * _TELLING
        if is_short and turn.is_about_else(self.own):
            return False
        told = TOKEN.sub("", turn.text)
        if told != turn.text and len(told) < 2 * _TELLING:  # where to call, and not what for
            return False
        return len(_WISH.sub("", told)) >= _TELLING

    async def complete(self, turn: Turn, say: Say) -> Events:
        return [FollowupAction("action_complaint_submit")]

    async def on_give_up(self, turn: Turn, say: Say) -> None:
        say("utter_complaint_cancelled")

    def is_digression(self, turn: Turn) -> bool:
        return super().is_digression(turn) and turn.intent not in ("complaint", "nlu_fallback")


class ComplaintSubmit(TopicAction):
    """Opens the ticket, once for each key."""

    action = "action_complaint_submit"
    soothes = True

    async def act(self, turn: Turn, say: Say) -> Events:
        kind = str(turn.slot("complaint_kind") or "complain")
        hours = self.services.settings.complaint_promise_h
        due = await self._call_by(hours) if kind == "request" else None
        ticket = await open_ticket(
            self.services,
            turn,
            kind,
            str(turn.slot("complaint_text")),
            str(turn.slot("complaint_number")),
            severity="major" if kind == "complain" else "minor",
            key=str(turn.slot("complaint_key")),
            due=due,
        )
        until = promised_text(self.services, ticket, hours)
        words = "utter_complaint_ticket" if kind == "complain" else "utter_complaint_callback_ticket"
        say(words, ticket=ticket.id, until=until)
        if kind == "complain":
            say("utter_handoff_offer_complaint")
        cleared = [SlotSet(slot, None) for slot in (*_SLOTS, *_KEPT, "retry")]
        return [*cleared, *finish(turn, say)]

    async def _call_by(self, hours: int) -> datetime:
        """Return until when somebody calls back: agents do, so that it falls on their hours; a complaint's answer does not wait for those."""
        return await self.services.hours.due(self.services.clock.now(), timedelta(hours=hours))
