"""What is said outside any topic: a yes, a no, a number or a score with nothing open, and small talk."""

from __future__ import annotations

import re

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import LISTEN, Events, Say, TopicAction, finish
from actions.knowledge import answer_question, ask, is_done_elsewhere, say_answer
from actions.openers import OPENERS
from actions.plan_held import asks_what_is_held
from actions.plan_open import disputes_an_order
from actions.topup_state import asks_what_became
from actions.turn import Turn
from actions.withdrawal import take_back
from conversations.pending import UNDER_WAY, PendingId, PendingState
from knowledge_base.exact import asks_politely
from knowledge_base.retrieval import Answer


class SmalltalkIdle(TopicAction):
    """Answers `affirm`, `deny`, `inform`, `cancel` and `rate` with no form open."""

    action = "action_smalltalk_idle"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.active_form:
            return finish(turn, say)
        if turn.is_button and turn.intent in OPENERS:
            return [FollowupAction(OPENERS[turn.intent])]
        if _PARTING.search(turn.text):
            return [FollowupAction("action_smalltalk_goodbye")]
        if again := self._try_again(turn):
            return again
        if turn.has("command", "repeat"):
            return self._repeat(turn, say)
        if turn.intent == "cancel":
            return await self._cancel(turn, say)
        if _is_plain_yes(turn) and any(turn.was_offered(offer, 1) for offer in _OFFERS):
            return [FollowupAction(OPENERS["human"])]
        if turn.intent == "affirm" and (events := await self._confirm_again(turn)):
            return events
        if opener := _meant(turn):
            return [FollowupAction(opener)]
        if turn.slot("suspended"):  # 继续: with what was put aside
            return finish(turn, say)
        say(_WORDS.get(turn.intent, "utter_smalltalk_what_next"))
        return finish(turn, say)

    def _try_again(self, turn: Turn) -> Events | None:
        what = turn.slot("retry")
        if what and (turn.has("command", "retry") or _is_plain_yes(turn)):
            return [SlotSet("retry", None), FollowupAction(str(what))]
        return None

    def _repeat(self, turn: Turn, say: Say) -> Events:
        said = turn.last_answers()
        if not said:
            say("utter_smalltalk_what_next")
        for event in said:
            data = event.get("data") or {}
            say("utter_smalltalk_repeat", buttons=data.get("buttons") or (), said=event.get("text") or "")
        return finish(turn, say)

    async def _cancel(self, turn: Turn, say: Say) -> Events:
        """Give up what a failed step left behind, and what billing has not carried out; else there is nothing to cancel."""
        retry = turn.slot("retry")
        if not retry and _LODGED.search(turn.text) and answer_question(self.services, turn, say):
            return finish(turn, say)
        if not await take_back(self.services, turn, say):
            is_given_up = retry and retry not in _SUBMITS  # whose rows have ended, which was told then
            say("utter_form_cancelled" if is_given_up else "utter_smalltalk_nothing_to_cancel")
        return [SlotSet("retry", None), *finish(turn, say)]

    async def _confirm_again(self, turn: Turn) -> Events | None:
        """Take a yes that was said before (a button clicked twice) to what it said yes to.

        A bare yes means that only right after it was taken.
        """
        named = turn.values("pending")
        for slot, submit, receipts in _CONFIRMED:
            known = turn.slot(slot)
            is_meant = named[0] == known if named else any(turn.was_offered(each, 1) for each in receipts)
            if known and is_meant:
                row = await self.services.pending.get(PendingId(str(known)))
                if row and row.state in (*UNDER_WAY, PendingState.COMPLETED):
                    return [FollowupAction(submit)]
        return None


class SmalltalkChat(TopicAction):
    """Answers small talk by its kind; abuse with nothing else in it is asked what went wrong."""

    action = "action_smalltalk_chat"

    async def act(self, turn: Turn, say: Say) -> Events:
        if not turn.active_form and (opener := _named(turn)):
            return [FollowupAction(opener)]
        if asks_what_is_held(turn):
            return [FollowupAction("action_plan_held")]
        if not turn.active_form and disputes_an_order(turn):
            return [FollowupAction(OPENERS["plan_change"])]
        if not turn.active_form and _PARTING.search(turn.text):  # 好的谢谢，再见
            return [FollowupAction("action_smalltalk_goodbye")]
        is_talk = turn.kind in ("", _TALK)
        if is_talk and await asks_what_became(self.services, turn):
            return [FollowupAction(OPENERS["topup"])]
        if turn.is_angry:
            say("utter_smalltalk_angry")
        elif _PUZZLED.search(turn.text):
            say("utter_smalltalk_puzzled")
        elif (
            (is_done_elsewhere(turn) and answer_question(self.services, turn, say))
            or self._asks_behind_a_greeting(turn, say)
            or (is_talk and self._is_answered(turn, say))
        ):
            pass
        elif turn.kind not in _COURTEOUS and (turn.active_form or _is_about_business(turn)):
            say("utter_not_understood")  # 几十块吧, 不是说好39的吗: part of the business, no talk
        else:
            say(f"utter_{turn.kind or _TALK}")
        return finish(turn, say)

    def _is_answered(self, turn: Turn, say: Say) -> bool:
        """Answer what sounded like talk, where an article surely does (我手机丢了)."""
        outcome = ask(self.services, turn)
        if isinstance(outcome, Answer) and (turn.is_question or outcome.score >= _CERTAIN):
            say_answer(self.services, turn, say, outcome)
        return say.count > 0

    def _asks_behind_a_greeting(self, turn: Turn, say: Say) -> bool:
        """Answer what is asked after the courtesies (你好我想咨询一下…的事情), if anything is."""
        return not turn.is_button and asks_politely(turn.text) and answer_question(self.services, turn, say)


class SmalltalkGoodbye(TopicAction):
    """Ends the conversation politely; when the goodbye is doubtful, asks instead of hanging up."""

    action = "action_smalltalk_goodbye"

    async def act(self, turn: Turn, say: Say) -> Events:
        is_parting = _PARTING.search(turn.text) is not None
        if turn.has("command") or (turn.has("number") and not is_parting):  # 60 ends nothing
            return [FollowupAction("action_smalltalk_idle")]
        if turn.confidence < _SURELY and not is_parting:
            return [FollowupAction("action_faq_answer")]
        say("utter_smalltalk_goodbye")
        return [FollowupAction(LISTEN)]


def _is_plain_yes(turn: Turn) -> bool:
    """Say whether a yes does not say to what: a button that confirms an order or a top-up names it."""
    return turn.intent == "affirm" and not turn.has("pending")


def _meant(turn: Turn) -> str | None:
    """Return the topic a button named in words, or a bare value, belongs to."""
    if turn.intent in OPENERS:
        return OPENERS[turn.intent]
    return _named(turn) if turn.intent == "inform" else None


def _named(turn: Turn) -> str | None:
    """Return the topic of a value, or of a noun, that stands by itself (9月的呢, 那彩铃呢, 短信呢)."""
    before = next(turn.abouts(1), {}).get("topic")
    has_amount = turn.has("amount_fen") or turn.has("number")
    is_paid = turn.has("msisdn") or _PAYS.search(turn.text) is not None
    if turn.has("offering") or (has_amount and before == "plan" and not is_paid):
        return OPENERS["plan_query"]
    if turn.has("amount_fen") or (turn.has("msisdn") and has_amount):
        return OPENERS["topup"]
    if turn.has("month"):
        return OPENERS["usage_query" if before == "usage" else "bill_query"]
    if len(turn.text) > _NOUN_LONGEST and not _LOOKS_UP.search(turn.text):
        return None
    if is_paid:  # 我想冲话废
        return OPENERS["topup"]
    return next((OPENERS[intent] for intent, noun in _NOUNS if noun.search(turn.text)), None)


def _is_about_business(turn: Turn) -> bool:
    """Say whether the answer before this message was about anything but talk."""
    return next(turn.abouts(1), {}).get("topic") not in (None, "smalltalk")


_SURELY = 0.5
_TALK = "chitchat/talk"
_PUZZLED = re.compile(
    r"[听看弄搞]不(?:太)?(?:懂|明白|清楚)|不(?:会|懂)(?:弄|用|搞|操作)|没[听看]懂|不明白|(?:啥|什么)意思|(?:真|太|好|这么)(?:笨|蠢|傻)|没用的?东西|智障|人话|答非所问"
)
_PAYS = re.compile(r"[充冲缴交]")
_LODGED = re.compile(r"投诉|报修|工单")
_OFFERS = (  # of a person, which a yes accepts
    "utter_handoff_offer_abstained",
    "utter_handoff_offer_not_understood",
    "utter_handoff_offer_failed",
    "utter_handoff_offer_unanswered",
)
_CONFIRMED = (  # the slot of what awaits a yes, what takes the yes, and what it answers
    ("topup_pending", "action_topup_submit", ("utter_topup_link",)),
    (
        "plan_pending",
        "action_plan_submit",
        ("utter_plan_done", "utter_plan_done_delete", "utter_plan_accepted"),
    ),
)
_SUBMITS = ("action_topup_submit", "action_plan_submit")
_CERTAIN = 0.8  # probability that it is the right article
_COURTEOUS = frozenset(["chitchat/greet", "chitchat/thanks", "chitchat/bot"])
_NOUN_LONGEST = 5  # characters: 短信呢, 那账单呢
_LOOKS_UP = re.compile(r"查(?!收).{0,10}(?:[话花][费废]|[流留]量|余额|[账帐]单)")  # however it rambles
_NOUNS = (
    ("usage_query", re.compile(r"[流留]量|短信|通话|分钟")),
    ("balance_query", re.compile(r"[话花][费废]|余额")),
    ("bill_query", re.compile(r"[账帐]单|明细")),
)
_PARTING = re.compile(r"^(?:88|886)$|再见|拜拜|(?<![a-z])bye")
_WORDS = {
    "affirm": "utter_smalltalk_what_next",
    "deny": "utter_smalltalk_nothing_else",
    "inform": "utter_smalltalk_what_for",
    "rate": "utter_smalltalk_rated",
    "goodbye": "utter_smalltalk_what_for",
}
