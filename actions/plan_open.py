"""Starting an order or a cancellation; questions about one are answered, disputes are looked into."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, button, finish, suspend
from actions.catalogue import catalogue
from actions.identity import proven
from actions.knowledge import (
    answer_question,
    article_about,
    ask,
    is_done_elsewhere,
    say_answer,
    say_article,
)
from actions.plan import named_offerings, shelf_named
from actions.plan_buttons import go_ahead, offered_action, order_action_of
from actions.plan_cards import tariff_card, tariff_text
from actions.plan_catalogue import ask_catalogue, asks_several, is_known, note_shown
from actions.plan_held import asks_what_is_held
from actions.responses import responses
from actions.turn import Turn
from core.offering import Offering
from knowledge_base.retrieval import Answer

FORM = "plan_form"
_SLOTS = ("plan_offering", "plan_action", "plan_confirmed", "plan_candidates", "plan_pending", "plan_shelf")
HOW_TO = re.compile(
    r"怎么|咋|如何|怎样|为什么|为啥|多久|什么时候|啥时候|几号|哪里|在哪|什么条件|多少钱|能退|可以退|退吗|会不会|要不要|收费|扣费吗|区别|影响|办不了|失败|退不了|退订不|取消不"
)
_DISPUTED = re.compile(
    r"没(?:有)?(?:订|办|开|开通|买|点|申请|同意)过|没(?:有)?(?:订|办|开通|开|买)(?:这|那|它|啊|呀|怎么|咋|你)|谁(?:给我|帮我|让你们?)(?:开|办|订)|"
    r"(?:私自|偷偷|擅自|莫名其妙|乱)(?:就)?(?:给我|帮我|把我)?(?:开|办|订)|(?:给我|把|要求|必须).{0,8}退(?:钱|费|款|给我|还给?我?)"
)
_TO = re.compile(r"换成|改成|换到|改为|升到|降到|升级到|降级到|换为|改到|办理?成|转成|变成")


def disputes_an_order(turn: Turn) -> bool:
    """Say whether customers say that they never ordered what they pay for."""
    return not turn.is_button and _DISPUTED.search(turn.text) is not None


class PlanOpen(TopicAction):
    """Starts an order or a cancellation, with whatever the first message already says."""

    action = "action_plan_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if asks_what_is_held(turn):
            return [FollowupAction("action_plan_held")]
        known = await catalogue(self.services)
        named = wanted(turn, known)
        if disputes_an_order(turn):
            self._look_into(turn, named, say)
            return finish(turn, say)
        if not named and is_done_elsewhere(turn) and answer_question(self.services, turn, say):
            return finish(turn, say)
        found = None if turn.is_button else ask_catalogue(self.services, turn, known)
        is_asked = is_known(found) and HOW_TO.search(turn.text) is not None
        if is_asked and (not named or asks_several(found)):  # an article answers one of them only
            return [FollowupAction("action_plan_answer")]
        if self._answered(turn, named, say) or turn.active_form == FORM:
            return finish(turn, say)
        order_action = order_action_of(turn)
        if not named and order_action == "add" and turn.has("ask", "advice"):
            return [FollowupAction("action_plan_advise")]
        aside = (
            [] if turn.active_form == "identity_form" else suspend(turn)
        )  # the newest wish follows the proof
        start: Events = [*aside, *forget(), SlotSet("plan_action", order_action)]
        if len(named) == 1:
            start.append(SlotSet("plan_offering", named[0].id))
        elif named:
            start.append(SlotSet("plan_candidates", [o.id for o in named]))
        elif shelf := shelf_named(turn.text):
            start.append(SlotSet("plan_shelf", shelf.value))
        if await proven(self.services, turn) is None:
            return [*start, SlotSet("identity_for", FORM), FollowupAction("identity_form")]
        return [*start, FollowupAction(FORM)]

    def _look_into(self, turn: Turn, named: Sequence[Offering], say: Say) -> None:
        """Help who disputes an order (我没订过): out of the product, the bill, and a ticket; never into an order."""
        words = responses()
        held = button(words.text("utter_plan_held_title"), "plan_query", ask="held")
        way_out = [go_ahead(named[0], "delete")] if len(named) == 1 else [held]
        bill = button(words.text("utter_bill_own_title"), "bill_query")
        ticket = button(words.text("utter_plan_disputed_title"), "complaint")
        say("utter_plan_disputed", buttons=[*way_out, bill, ticket])
        note_shown(named[:1], say)

    def _answered(self, turn: Turn, named: Sequence[Offering], say: Say) -> bool:
        """Answer a question about ordering (how, when, why not) and offer to go ahead."""
        if turn.is_button or not HOW_TO.search(turn.text):
            return False
        one, order_action = named[0] if len(named) == 1 else None, offered_action(turn)
        can_go_ahead = one is not None and (order_action == "delete" or one.is_orderable)
        buttons = [go_ahead(one, order_action)] if one is not None and can_go_ahead else []
        if one is not None and (article := article_about(self.services, turn, one)):
            say_article(self.services, turn, say, article, buttons)
            return True
        outcome = ask(self.services, turn)
        if isinstance(outcome, Answer):
            say_answer(self.services, turn, say, outcome, buttons)
        elif one is not None:
            say("utter_plan_card", card=tariff_card(one), tariff=tariff_text(one), buttons=buttons)
        return say.count > 0


def wanted(turn: Turn, known: Mapping[str, Offering]) -> list[Offering]:
    """Return what is to be ordered: of two named in a change, the one changed to."""
    named = named_offerings(turn, known)
    if len(named) > 1 and (to := _TO.search(turn.text)):
        return named_offerings(turn, known, to.start()) or named
    return named


def forget() -> Events:
    return [SlotSet(slot, None) for slot in _SLOTS]
