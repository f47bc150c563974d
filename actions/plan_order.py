"""Ordering and cancelling: which product, whose number, the published tariff, a second yes, an order with its receipt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import orders
from actions.base import AskAction, Events, Say, TopicAction, button, finish, suspend
from actions.catalogue import catalogue
from actions.form import FormAction, Values, says_yes
from actions.identity import proven, require
from actions.knowledge import article_about, ask, say_answer, say_article
from actions.plan import named_offerings, shelf_named
from actions.plan_buttons import choices, go_ahead, offered_action, order_action_of
from actions.plan_cards import price_of, tariff_card, tariff_text
from actions.plan_catalogue import ask_catalogue, is_known, note_shown
from actions.plan_held import asks_what_is_held
from actions.responses import responses
from actions.turn import Turn
from bss.port import OrderAction
from conversations.pending import PendingId, PendingState
from core.errors import CustomerError
from core.ids import Msisdn
from core.offering import Category, Offering
from core.privacy import mask_number
from knowledge_base.retrieval import Answer

FORM = "plan_form"
_SLOTS = ("plan_offering", "plan_action", "plan_confirmed", "plan_candidates", "plan_pending", "plan_shelf")
_NOTHING_CHOSEN: Values = {"plan_offering": None, "plan_pending": None, "plan_candidates": None}
_HOW_TO = re.compile(
    r"怎么|咋|如何|怎样|为什么|为啥|多久|什么时候|啥时候|几号|哪里|在哪|什么条件|多少钱|能退|会不会|要不要|收费|扣费吗|区别|影响|办不了|失败|退不了|退订不|取消不"
)
_DISPUTED = re.compile(
    r"没(?:有)?(?:订|办|开|开通|买|点|申请|同意)过|没(?:有)?(?:订|办|开通|开|买)(?:这|那|它|啊|呀|怎么|咋|你)|谁(?:给我|帮我|让你们?)(?:开|办|订)|"
    r"(?:私自|偷偷|擅自|莫名其妙|乱)(?:就)?(?:给我|帮我|把我)?(?:开|办|订)|(?:给我|把|要求|必须).{0,8}退(?:钱|费|款|给我|还给?我?)"
)
_TO = re.compile(r"换成|改成|换到|改为|升到|降到|升级到|降级到|换为|改到|办理?成|转成|变成")


class PlanOpen(TopicAction):
    """Starts an order or a cancellation, with whatever the first message already says."""

    action = "action_plan_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if asks_what_is_held(turn):
            return [FollowupAction("action_plan_held")]
        known = await catalogue(self.services)
        named = wanted(turn, known)
        if not turn.is_button and _DISPUTED.search(turn.text):
            self._look_into(turn, named, say)
            return finish(turn, say)
        is_asked = not named and not turn.is_button and _HOW_TO.search(turn.text)
        if is_asked and is_known(ask_catalogue(self.services, turn, known)):
            return [FollowupAction("action_plan_answer")]
        if self._answered(turn, named, say) or turn.active_form == FORM:
            return finish(turn, say)
        order_action = order_action_of(turn)
        if not named and order_action == "add" and turn.has("ask", "advice"):
            return [FollowupAction("action_plan_advise")]
        start: Events = [*suspend(turn), *_forget(), SlotSet("plan_action", order_action)]
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
        if turn.is_button or not _HOW_TO.search(turn.text):
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


class ValidatePlanForm(FormAction):
    """Reads which product, and the second yes."""

    form = FORM
    own = frozenset({"plan_change"})
    asked = ("plan_offering", "plan_confirmed")
    kept = ("plan_action", "plan_candidates", "plan_pending", "plan_shelf")

    async def read(self, turn: Turn, say: Say) -> Values | None:
        known = await catalogue(self.services)
        named = wanted(turn, known)
        is_asking = turn.is_question and (
            turn.intent in ("plan_query", "faq") or _HOW_TO.search(turn.text) is not None
        )
        if turn.requested_slot is None:
            return {}
        if named and not is_asking:
            return self._named(turn, named)
        if turn.is_about_else(self.own | {"plan_query"}) or is_asking:
            return {}
        if shelf := shelf_named(turn.text):
            return {"plan_action": order_action_of(turn), "plan_shelf": shelf.value, **_NOTHING_CHOSEN}
        if turn.requested_slot == "plan_confirmed":
            return self._read_yes(turn, say)
        return {}

    def _named(self, turn: Turn, named: Sequence[Offering]) -> Values:
        changed: Values = {"plan_confirmed": None, "plan_pending": None}
        if turn.has("order_action"):
            changed["plan_action"] = order_action_of(turn)
        if len(named) > 1:
            return {**changed, "plan_offering": None, "plan_candidates": [o.id for o in named]}
        if named[0].id == turn.slot("plan_offering") and turn.intent == "affirm":
            return {"plan_confirmed": True} if turn.slot("plan_pending") else changed
        return {**changed, "plan_offering": named[0].id, "plan_candidates": None}

    def _read_yes(self, turn: Turn, say: Say) -> Values | None:
        if says_yes(turn, is_cancelling=turn.slot("plan_action") == "delete"):
            shown = turn.values("pending")
            if turn.slot("plan_pending") is None or (shown and shown[0] != turn.slot("plan_pending")):
                say("utter_plan_stale")
                return {"plan_pending": None}
            return {"plan_confirmed": True}
        if turn.intent == "deny" or turn.has("change", "plan_offering"):
            return dict(_NOTHING_CHOSEN)
        return {}

    async def complete(self, turn: Turn, say: Say) -> Events:
        return [FollowupAction("action_plan_submit")]

    async def on_give_up(self, turn: Turn, say: Say) -> None:
        if pending := turn.slot("plan_pending"):
            await self.services.pending.cancel(PendingId(str(pending)))
        say("utter_plan_cancelled")

    def is_value(self, turn: Turn) -> bool:
        """取消视频彩铃 names what to cancel; it does not give the form up."""
        return turn.has("offering")


class AskPlanOffering(AskAction):
    """Asks which product: among those named, those held, or those on sale."""

    action = "action_ask_plan_offering"

    async def act(self, turn: Turn, say: Say) -> Events:
        known = await catalogue(self.services)
        candidates = [known[str(i)] for i in turn.slot("plan_candidates") or () if str(i) in known]
        if turn.slot("plan_action") == "delete":
            await self._among_held(turn, known, candidates, say)
            return []
        on_sale = [o for o in candidates if o.is_offered(self.services.clock.now())]
        if on_sale:
            say("utter_plan_which", buttons=choices(on_sale, "inform"))
            return []
        shelf = Category(str(turn.slot("plan_shelf") or Category.PLAN.value))
        at = self.services.clock.now()
        sold = [o for o in known.values() if o.category is shelf and o.is_offered(at) and not o.segments]
        words = "utter_plan_not_sold" if candidates else "utter_plan_which_add"
        if shelf is Category.PLAN:
            advice = button(responses().text("utter_plan_advice_title"), "plan_query", ask="advice")
            say(words, buttons=[advice, *choices(sold[1:], "inform")])  # the smallest only keeps a number
        else:
            say("utter_plan_which", buttons=choices(sold, "inform"))
        return []

    async def _among_held(
        self, turn: Turn, known: Mapping[str, Offering], candidates: Sequence[Offering], say: Say
    ) -> None:
        number = await proven(self.services, turn)
        products = await self.services.bss.products(number) if number else ()
        held = [known[str(p.offering_id)] for p in products if not p.is_plan and str(p.offering_id) in known]
        among = [o for o in held if o in candidates] or held
        if among:
            say("utter_plan_which_delete", buttons=choices(among, "inform"))
        else:
            say("utter_plan_nothing_held")


class AskPlanConfirmed(AskAction):
    """Shows the published tariff, and keeps what was shown as a row that awaits the yes."""

    action = "action_ask_plan_confirmed"

    async def act(self, turn: Turn, say: Say) -> Events:
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, FORM)
        offering = (await catalogue(self.services))[str(turn.slot("plan_offering"))]
        action = _action_for(turn, offering)
        if action is not OrderAction.DELETE and not offering.is_offered(self.services.clock.now()):
            raise CustomerError("plan.not_offered", name=offering.name)
        if action is not OrderAction.DELETE and not offering.is_orderable:
            raise CustomerError("plan.not_orderable", name=offering.name)
        if action is OrderAction.DELETE:
            await self._check_held(number, offering)
        words, fields = await self._words(number, offering, action)
        note_shown([offering], say)
        if (shown := await self._awaiting(turn)) and not turn.is_fresh_for(FORM):
            say(
                "utter_plan_confirm_again", fields, pending=shown
            )  # after a digression: the card stands above
            return []
        pending = shown or await self.services.pending.create(
            turn.conversation_id,
            "cancel_order" if action is OrderAction.DELETE else "order",
            {"number": number, "offering_id": offering.id, "action": action.value},
            responses().text(words, **fields),
        )
        card = None if action is OrderAction.DELETE else tariff_card(offering)
        say(words, fields, card=card, pending=pending)
        return [SlotSet("plan_pending", pending)]

    async def _check_held(self, number: Msisdn, offering: Offering) -> None:
        """Refuse early what is not there to cancel, before anybody is asked to confirm it."""
        held = await self.services.bss.products(number)
        if not any(p.offering_id == offering.id for p in held):
            raise CustomerError("plan.not_held", name=offering.name)

    async def _words(
        self, number: Msisdn, offering: Offering, action: OrderAction
    ) -> tuple[str, dict[str, str]]:
        fields = {"number": mask_number(number), "name": offering.name, "tariff": tariff_text(offering)}
        if action is OrderAction.DELETE:
            return "utter_plan_confirm_delete", {
                **fields,
                "cancel": offering.cancel,
                "price": price_of(offering),
            }
        if action is OrderAction.MODIFY:
            subscriber = await self.services.bss.subscriber(number)
            if subscriber.plan_id == offering.id:
                raise CustomerError("plan.already_current", name=offering.name)
            return "utter_plan_confirm_change", {**fields, "current": subscriber.plan_name}
        return "utter_plan_confirm_add", fields

    async def _awaiting(self, turn: Turn) -> PendingId | None:
        if not (known := turn.slot("plan_pending")):
            return None
        row = await self.services.pending.get(PendingId(str(known)))
        return row.id if row and row.state is PendingState.AWAITING else None

    def ask_before(self, turn: Turn, say: Say) -> Events:
        """End the form: what was wished cannot be had, and why has been said."""
        over = [ActiveLoop(None), SlotSet("requested_slot", None), *_forget()]
        return [*over, *finish(replace(turn, active_form=None), say)]


def _action_for(turn: Turn, offering: Offering) -> OrderAction:
    if turn.slot("plan_action") == "delete":
        return OrderAction.DELETE
    return OrderAction.MODIFY if offering.category is Category.PLAN else OrderAction.ADD


class PlanSubmit(TopicAction):
    """Takes the yes once and places the order; saying yes again shows the same receipt."""

    action = "action_plan_submit"
    is_transaction = True

    async def act(self, turn: Turn, say: Say) -> Events:
        pending_id = PendingId(str(turn.slot("plan_pending")))
        is_first = await self.services.pending.confirm(pending_id)
        row = await self.services.pending.get(pending_id)
        if row is None or row.state in (PendingState.EXPIRED, PendingState.CANCELLED):
            say("utter_plan_expired")
            return [*_forget(), SlotSet("retry", None), *finish(turn, say)]
        order = await orders.place(self.services, row, is_first)
        say(*await orders.receipt(self.services, order))
        say.about["offering"] = str(order.offering_id)
        if orders.is_refused(order):
            say("utter_handoff_offer_failed")
        kept = [e for e in _forget() if e["name"] != "plan_pending"]  # a second yes finds its order
        return [*kept, SlotSet("retry", None), *finish(turn, say)]


def _forget() -> Events:
    return [SlotSet(slot, None) for slot in _SLOTS]
