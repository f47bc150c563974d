"""How a form reads a message: give up, go back, say it again, values, another wish, or nothing it understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, finish
from actions.openers import OPENERS
from actions.turn import Turn
from core.errors import AppError

Values = dict[str, Any]
_TAKEN_BACK = re.compile(
    r"[不别](?:要|想|用)?(?:再)?(?:充|办|买|开|订|对|行|是这|同意|确认|可以)|算了|取消|退[了掉订钱]|先?等(?:等|一下|会|下)|先别|慢着|后悔"
)
_SURE = 0.4
_LEAST_DIGITS = 1000  # a smaller number is not meant as a mobile number
_VALUES = (
    "command",
    "change",
    "whose",
    "msisdn",
    "masked_msisdn",
    "amount_fen",
    "number",
    "code",
    "month",
    "data_mb",
    "ordinal",
)
_BRIEF = 12  # characters: what is longer tells of something
_GIVES_UP = re.compile(  # whatever it is taken for
    r"(?:后悔|反悔)了|^(?:那|我|还是)*算了(?:吧|不.{1,3}了)?[。.!！~]*$|^(?:那|我|还是|先)*不(?:想)?(?:充|办|换|改|查|弄|退|订)了[吧。.!！~]*$|^没事了[吧。.!！~]*$"
)
_LEAVES = re.compile(
    r"(?:那|我|先)*(?:算了|不(?:充|办|换|改|查|弄|退|订|投诉|报修|报)了)(?:吧)?[,，。\s]*(?=..)"
)
_INSTEAD = re.compile(r"还是(?:.{0,3}[\d一二两三四五六七八九十百]|我自己|本机)|改成|换成")  # 算了还是50吧
_OUT = re.compile(r"不[充办要查弄改换搞想投报验用]|算了|取消|放弃|拉倒|撤销|停止|退出")
_YES_AND_THANKS = re.compile(
    r"(?:好的?|行|可以|嗯+|对的?|确认|是的?)[,，。\s]*(?:谢谢|多谢|麻烦|辛苦)(?:你|您|了|啦)*[。.!！~]*"
)
_CANCELLED = re.compile(r"退[了掉订]|取消|不(?:想?要|用)了?")


class FormAction(TopicAction):
    """The `validate_<form>` action; subclasses name their slots in the order they are asked and write `read`.

    Rasa runs it once for every message while the form is active, and again, with nothing new to read, when the form
    goes on after a digression.
    """

    form: str = ""
    own: frozenset[str] = frozenset()  # intents that belong to this form
    asked: tuple[str, ...] = ()  # slots in the order they are asked
    kept: tuple[str, ...] = ()  # further slots cleared when the form ends

    @property
    def action(self) -> str:  # type: ignore[override]
        return f"validate_{self.form}"

    async def act(self, turn: Turn, say: Say) -> Events:
        """Read the message and say which slot comes next."""
        if not turn.is_fresh_for(self.form):
            return self.ask(turn, {})
        if _wants_out(turn) and not self.is_value(turn):
            return await self.give_up(turn, say)
        if self.is_left_for_else(turn):
            await self.on_give_up(turn, say)
            return [*self.clear(), FollowupAction(OPENERS[turn.intent])]
        if turn.has("command", "back"):
            return self.go_back(turn, say)
        if (turn.has("command", "repeat") or turn.has("command", "retry")) and not self.is_value(turn):
            return self.ask(turn, {})
        values = await self.read(turn, say)
        if values is None or values:
            return await self.go_on(turn, values or {}, say)
        if turn.requested_slot and _is_half_a_number(turn):
            say("utter_number_incomplete")
            return self.ask(turn, {})
        if turn.is_opening(self.form):  # what led to it may have told everything
            return await self.go_on(turn, {}, say)
        if say.count:
            return self.ask(turn, {})
        if self.is_digression(turn):
            return [ActionExecutionRejected(self.form)]
        if turn.requested_slot and turn.active_form:
            say("utter_not_understood")
        return self.ask(turn, {})

    async def read(self, turn: Turn, say: Say) -> Values | None:
        """Return the slots this message fills; {} when there are none; None when it was understood all the same."""
        raise NotImplementedError

    async def complete(self, turn: Turn, say: Say) -> Events:
        """Return what happens once every slot is filled."""
        raise NotImplementedError

    async def on_give_up(self, turn: Turn, say: Say) -> None:
        """Undo what the form has begun, and say so."""
        say("utter_form_cancelled")

    def is_value(self, turn: Turn) -> bool:
        """Say whether what sounds like a command to the form is an answer here (取消 as what to do with a product)."""
        return False

    def is_digression(self, turn: Turn) -> bool:
        """Say whether somebody else should answer this message, after which the form goes on."""
        if turn.intent in self.own:  # 充值多久到账, while topping up
            return turn.is_question
        return turn.intent not in ("affirm", "deny", "inform")

    def is_left_for_else(self, turn: Turn) -> bool:
        """Say whether the form is given up and something else is wished in one breath (不投诉了，查下余额)."""
        return turn.is_about_else(self.own) and not turn.is_button and _LEAVES.match(turn.text) is not None

    async def go_on(self, turn: Turn, values: Values, say: Say) -> Events:
        """Fill slots, then ask for the next or complete."""
        slots = {**turn.slots, **values}
        if self._next(slots) is None:
            return [*_sets(values), *await self._end(turn, slots, say)]
        return self.ask(turn, values)

    async def _end(self, turn: Turn, slots: Mapping[str, Any], say: Say) -> Events:
        events = await self.complete(replace(turn, slots=slots, active_form=None), say)
        return [SlotSet("requested_slot", None), *events]

    def ask(self, turn: Turn, values: Values) -> Events:
        """Fill slots and ask for the next one.

        Rasa takes a form that sets nothing but `requested_slot` for one that rejected the message: hence `retry`.
        """
        following = self._next({**turn.slots, **values})
        return [*_sets(values), SlotSet("retry", None), SlotSet("requested_slot", following)]

    def go_back(self, turn: Turn, say: Say) -> Events:
        """Empty the slot filled last and ask for it again."""
        filled = [slot for slot in self.asked if turn.slot(slot) is not None]
        if not filled:
            say("utter_form_at_start")
            return self.ask(turn, {})
        return self.ask(turn, {filled[-1]: None})

    async def give_up(self, turn: Turn, say: Say) -> Events:
        """End the form without its purpose."""
        await self.on_give_up(turn, say)
        events = self.clear()
        if turn.intent == "goodbye":
            return [*events, SlotSet("suspended", None), FollowupAction("action_smalltalk_goodbye")]
        return [*events, *finish(replace(turn, active_form=None), say)]

    def clear(self) -> Events:
        """Close the form and empty its slots."""
        slots = (*self.asked, *self.kept)
        return [ActiveLoop(None), SlotSet("requested_slot", None), *(SlotSet(s, None) for s in slots)]

    def keep(self, turn: Turn) -> Events:
        return [SlotSet("requested_slot", turn.requested_slot or self._next(turn.slots))]

    def on_error(self, error: AppError, turn: Turn, say: Say) -> Events:
        return [e for e in super().on_error(error, turn, say) if e.get("event") != "followup"]

    def _next(self, slots: Mapping[str, Any]) -> str | None:
        return next((slot for slot in self.asked if slots.get(slot) is None), None)


def says_yes(turn: Turn, is_cancelling: bool = False) -> bool:
    """Say whether a message is a plain yes; where a word in it takes that back, nothing is done and it is asked again.

    退了 takes an order back; asked whether to cancel a product, it is the yes.
    """
    if turn.is_button:
        return turn.intent == "affirm"
    said = _CANCELLED.sub("", turn.text) if is_cancelling else turn.text
    is_yes = turn.intent == "affirm" or _YES_AND_THANKS.fullmatch(said) is not None
    return is_yes and not _TAKEN_BACK.search(said)


def _wants_out(turn: Turn) -> bool:
    """Say whether the customer gives up: surely so, and not while naming a value without a word of it."""
    if not turn.is_button and len(turn.text) <= _BRIEF and _GIVES_UP.search(turn.text):
        return True
    if turn.intent not in ("cancel", "goodbye") or turn.confidence < _SURE:
        return False
    names_value = any(turn.has(name) for name in _VALUES)
    if names_value and _INSTEAD.search(turn.text):
        return False
    return _OUT.search(turn.text) is not None or not names_value


def _is_half_a_number(turn: Turn) -> bool:
    """Say whether digits were sent where a mobile number is asked for, too few or too many of them."""
    if not str(turn.requested_slot).endswith("_number"):
        return False
    return turn.has("code") or any(int(value) >= _LEAST_DIGITS for value in turn.values("number"))


def _sets(values: Values) -> Events:
    return [SlotSet(slot, value) for slot, value in values.items()]
