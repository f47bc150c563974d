"""Ordering and cancelling: which product, whose number, the published tariff, a second yes, an order with its receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import orders
from actions.base import AskAction, Events, Say, TopicAction, button, finish
from actions.catalogue import catalogue
from actions.form import FormAction, Values, says_yes
from actions.identity import proven, require
from actions.plan import shelf_named
from actions.plan_buttons import choices, order_action_of
from actions.plan_cards import price_of, tariff_card, tariff_text
from actions.plan_catalogue import note_shown, search_for
from actions.plan_open import FORM, HOW_TO, forget, wanted
from actions.refusals import ended_where_refused
from actions.responses import responses
from actions.turn import Turn
from actions.withdrawal import take_back_order
from bss.port import OrderAction
from conversations.pending import PendingAction, PendingId, PendingState
from core.errors import CustomerError
from core.ids import Msisdn
from core.offering import Category, Offering, Period
from core.privacy import mask_number

_NOTHING_CHOSEN: Values = {"plan_offering": None, "plan_pending": None, "plan_candidates": None}
_SAYS_WHAT_TO_DO = frozenset(  # refusals that need no person
    [
        "utter_plan_refused_already_held",
        "utter_plan_refused_not_held",
        "utter_plan_refused_arrears",
        "utter_plan_refused_insufficient_balance",
    ]
)


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
            turn.intent in ("plan_query", "faq") or HOW_TO.search(turn.text) is not None
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
        note_shown(sold, say, search_for(shelf))
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
        if over := await self._goes_on(turn, number, offering, action, say):
            return over
        if action is not OrderAction.DELETE and not offering.is_offered(self.services.clock.now()):
            raise CustomerError("plan.not_offered", name=offering.name)
        if action is not OrderAction.DELETE and not offering.is_orderable:
            raise CustomerError("plan.not_orderable", name=offering.name)
        if action is OrderAction.DELETE:
            if offering.period is Period.ONCE and not offering.contract:
                raise CustomerError("plan.not_cancellable", name=offering.name)
            await self._check_held(number, offering)
        words, fields = await self._words(number, offering, action)
        note_shown([offering], say)
        wished = {"number": number, "offering_id": offering.id, "action": action.value}
        if (shown := await self._awaiting(turn, wished)) and not turn.is_fresh_for(FORM):
            say(
                "utter_plan_confirm_again", fields, pending=shown
            )  # after a digression: the card stands above
            return []
        pending = shown or await self.services.pending.create(
            turn.conversation_id,
            "cancel_order" if action is OrderAction.DELETE else "order",
            wished,
            responses().text(words, **fields),
        )
        card = None if action is OrderAction.DELETE else tariff_card(offering)
        say(words, fields, card=card, pending=pending)
        return [SlotSet("plan_pending", pending)]

    async def _goes_on(
        self, turn: Turn, number: Msisdn, offering: Offering, action: OrderAction, say: Say
    ) -> Events | None:
        """Go on with the same wish where it was confirmed before and billing did not answer: a second order would be charged too.

        The opposite wish takes it back; one that was taken back is not ordered anew before it is known what became of it.
        """
        for row in await self.services.pending.under_way(turn.conversation_id):
            about = (row.payload["number"], row.payload.get("offering_id"))
            if row.kind == "topup" or about != (number, offering.id):
                continue
            is_same = row.payload["action"] == action.value
            if is_same and row.state is PendingState.PLACED:
                continue  # billing has accepted that one, and said so: this is another
            if is_same and row.state is PendingState.CONFIRMED:
                kept = [SlotSet("plan_pending", row.id), FollowupAction("action_plan_submit")]
                return [*_over(), *kept]
            unknown = "utter_plan_withdrawn_before" if is_same else "utter_plan_withdrawing"
            await take_back_order(self.services, row, say, unknown)
            return self.ask_before(turn, say)
        return None

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

    async def _awaiting(self, turn: Turn, wished: Mapping[str, str]) -> PendingId | None:
        """Return the row shown before, while it stands for the same wish: another number may have been proven since."""
        if not (known := turn.slot("plan_pending")):
            return None
        row = await self.services.pending.get(PendingId(str(known)))
        return row.id if row and row.state is PendingState.AWAITING and row.payload == wished else None

    def ask_before(self, turn: Turn, say: Say) -> Events:
        """End the form: what was wished cannot be had, and why has been said."""
        return [*_over(), *finish(replace(turn, active_form=None), say)]


def _over() -> Events:
    """Close the form."""
    return [ActiveLoop(None), SlotSet("requested_slot", None), *forget()]


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
            return [*forget(), SlotSet("retry", None), *finish(turn, say)]
        if row.state is PendingState.WITHDRAWN:
            await take_back_order(self.services, row, say)
            return [*forget(), SlotSet("retry", None), *finish(turn, say)]
        if row.state is PendingState.FAILED and await orders.found(self.services, row) is None:
            say("utter_plan_over")  # given up, and said so: another order needs another yes
            return [*forget(), SlotSet("retry", None), *finish(turn, say)]
        if is_first:
            await self._replace_older(row)
        async with ended_where_refused(self.services, row, "plan"):
            order = await orders.found_or_placed(self.services, row, is_first)
            words, fields = await orders.receipt(self.services, order)
        await orders.end(
            self.services, row, order
        )  # last: before it, settlement would tell what is not told here
        say(words, fields)
        say.about["offering"] = str(order.offering_id)
        if orders.is_refused(order) and words not in _SAYS_WHAT_TO_DO:
            say("utter_handoff_offer_failed")
        kept = [e for e in forget() if e["name"] != "plan_pending"]  # a second yes finds its order
        return [*kept, SlotSet("retry", None), *finish(turn, say)]

    async def _replace_older(self, row: PendingAction) -> None:
        """Take back a change to another plan that billing has not carried out: coming later it would undo this one."""
        if row.payload["action"] != OrderAction.MODIFY.value:
            return
        for older in await self.services.pending.under_way(row.conversation_id):
            is_change = older.kind == "order" and older.payload["action"] == OrderAction.MODIFY.value
            if is_change and older.id != row.id and older.payload["number"] == row.payload["number"]:
                await self.services.pending.take_back(older, "replaced by another plan")
