"""Plans and products: what they are, which one fits, and ordering or cancelling one after a second yes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, button, finish, suspend
from actions.errors import words_for_reason
from actions.faq import FaqAnswer
from actions.form import FormAction, Values
from actions.identity import proven, require
from actions.plan_advice import Advice, advise, average, monthly_cost, suitable
from actions.plan_cards import tariff_card, tariff_text
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from bss.port import HeldProduct, OrderAction, OrderState, ProductOrder
from conversations.pending import PendingAction, PendingId, PendingState
from core.clock import CHINA
from core.errors import CustomerError, UpstreamTimeout
from core.ids import Msisdn, OfferingId
from core.money import format_yuan
from core.offering import Category, Offering
from core.privacy import mask_number
from knowledge_base.placeholders import FIELDS, volume_text
from knowledge_base.retrieval import Answer

FORM = "plan_form"
_SLOTS = ("plan_offering", "plan_action", "plan_confirmed", "plan_candidates", "plan_pending")
_ADVICE_MONTHS = 3
_MOST_CHOICES = 6
_COMPARED = re.compile(r"区别|对比|比较|哪个好|哪个更|还是|不同|差别")


async def catalogue(services: Services) -> dict[str, Offering]:
    """Return the catalogue by id."""
    return {str(offering.id): offering for offering in await services.bss.offerings()}


def named_offerings(turn: Turn, known: dict[str, Offering]) -> list[Offering]:
    """Return the offerings a message names or points at in the list just shown."""
    ids = [str(value) for value in turn.values("offering")]
    if not ids and turn.has("ordinal"):
        ids = _pointed_at(turn)
    return [known[offering_id] for offering_id in ids if offering_id in known]


def _pointed_at(turn: Turn) -> list[str]:
    offered = [json.loads(b.payload[b.payload.index("{") :]) for b in turn.offered() if "{" in b.payload]
    ids = [str(found["offering"]) for found in offered if "offering" in found]
    place = int(turn.values("ordinal")[0])
    index = place - 1 if place > 0 else place
    return [ids[index]] if -len(ids) <= index < len(ids) else []


def choices(offerings: Sequence[Offering], intent: str) -> list[dict[str, str]]:
    """Return a button for each offering."""
    return [
        button(f"{o.name}（{FIELDS['price'](o)}）", intent, offering=o.id) for o in offerings[:_MOST_CHOICES]
    ]


class PlanAnswer(FaqAnswer):
    """Answers a question about offerings: advice, one offering, several, or the knowledge base."""

    action = "action_plan_answer"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.has("ask", "data"):
            return await self._shelf(turn, say, Category.DATA)
        known = await catalogue(self.services)
        named = named_offerings(turn, known)
        if not named and turn.has("ask", "advice"):
            return [*suspend(turn), FollowupAction("action_plan_advise")]
        at = self.services.clock.now()
        if turn.is_button and len(named) == 1:
            self._card(named[0], say)
        elif len(named) == 2 and _COMPARED.search(turn.text):
            say("utter_plan_compared", first=tariff_text(named[0]), second=tariff_text(named[1]))
        elif len(named) > 1:
            say("utter_plan_which", buttons=choices(named, "plan_query"))
        elif not named:
            self.answer(turn, say)
        else:
            outcome = self.services.retriever.ask(turn.text, channel=turn.channel, at=at)
            if isinstance(outcome, Answer) and named[0].id in outcome.article.offerings:
                say("utter_faq_answer", answer=outcome.text, buttons=self._order_button(named[0]))
            else:
                self._card(named[0], say)
        return finish(turn, say)

    def _card(self, offering: Offering, say: Say) -> None:
        is_offered = offering.is_offered(self.services.clock.now())
        say(
            "utter_plan_card" if is_offered else "utter_plan_card_ended",
            card=tariff_card(offering),
            tariff=tariff_text(offering),
            buttons=self._order_button(offering),
        )

    def _order_button(self, offering: Offering) -> list[dict[str, str]]:
        if not offering.is_offered(self.services.clock.now()):
            return []
        return [button(responses().text("utter_plan_order_title"), "plan_change", offering=offering.id)]

    async def _shelf(self, turn: Turn, say: Say, category: Category) -> Events:
        at = self.services.clock.now()
        shelf = [
            o for o in await self.services.bss.offerings() if o.category is category and o.is_offered(at)
        ]
        say("utter_plan_shelf", buttons=choices(shelf, "plan_change"))
        return finish(turn, say)


class PlanAdvise(TopicAction):
    """Looks at three months of use and names at most three plans, with reasons."""

    action = "action_plan_advise"

    async def act(self, turn: Turn, say: Say) -> Events:
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, self.action)
        subscriber = await self.services.bss.subscriber(number)
        use = await self.services.bss.monthly_use(number, _ADVICE_MONTHS)
        known = await catalogue(self.services)
        current = known.get(str(subscriber.plan_id))
        found = advise(suitable(known.values(), subscriber, self.services.clock.now()), use)
        data_mb, voice_min = average(use)
        now_fen = monthly_cost(current, use) if current else None
        better = [a for a in found if now_fen is None or a.cost_fen < now_fen]
        fields: dict[str, Any] = {
            "plan": subscriber.plan_name,
            "data": volume_text(data_mb),
            "voice": f"{voice_min}分钟",
            "cost": format_yuan(now_fen) if now_fen is not None else "",
        }
        if not use:
            say("utter_plan_advice_no_use", buttons=choices([a.plan for a in found], "plan_change"))
        elif not better:
            say("utter_plan_advice_stay", buttons=choices([a.plan for a in found], "plan_query"), **fields)
        else:
            reasons = "\n".join(f"{i}. {_reason(a, now_fen)}" for i, a in enumerate(better, 1))
            say(
                "utter_plan_advice",
                buttons=choices([a.plan for a in better], "plan_change"),
                reasons=reasons,
                **fields,
            )
        return finish(turn, say)


def _reason(advice: Advice, now_fen: int | None) -> str:
    plan = advice.plan
    contents = f"{plan.name}，含{FIELDS['data'](plan) or '0MB'}流量、{FIELDS['voice'](plan) or '0分钟'}通话"
    fits = "流量和通话都够用" if advice.covers_data and advice.covers_voice else "会有少量套外"
    saving = f"，比现在每月约省{format_yuan(now_fen - advice.cost_fen)}" if now_fen is not None else ""
    return f"{contents}：按您的用量{fits}，预计每月约{format_yuan(advice.cost_fen)}{saving}"


class PlanOpen(TopicAction):
    """Starts an order or a cancellation, with whatever the first message already says."""

    action = "action_plan_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.active_form == FORM:
            return finish(turn, say)
        known = await catalogue(self.services)
        named = named_offerings(turn, known)
        is_delete = turn.has("order_action", "delete") and not turn.has("order_action", "add")
        start = [*suspend(turn), *_forget(), SlotSet("plan_action", "delete" if is_delete else "add")]
        if not named and not is_delete and turn.has("ask", "advice"):
            return [*start, FollowupAction("action_plan_advise")]
        if len(named) == 1:
            start.append(SlotSet("plan_offering", named[0].id))
        elif named:
            start.append(SlotSet("plan_candidates", [o.id for o in named]))
        if await proven(self.services, turn) is None:
            return [*start, SlotSet("identity_for", FORM), FollowupAction("identity_form")]
        return [*start, FollowupAction(FORM)]


class ValidatePlanForm(FormAction):
    """Reads which product, and the second yes."""

    form = FORM
    openers = frozenset({"action_plan_open"})
    own = frozenset({"plan_change", "plan_query"})
    asked = ("plan_offering", "plan_confirmed")
    kept = ("plan_action", "plan_candidates", "plan_pending")

    async def read(self, turn: Turn, say: Say) -> Values | None:
        known = await catalogue(self.services)
        named = named_offerings(turn, known)
        if len(named) == 1 and named[0].id != turn.slot("plan_offering"):
            return {"plan_offering": named[0].id, "plan_confirmed": None, "plan_pending": None}
        if len(named) > 1:
            return {"plan_candidates": [o.id for o in named], "plan_offering": None, "plan_pending": None}
        if turn.requested_slot == "plan_confirmed" and turn.intent == "affirm":
            shown = turn.values("pending")
            if turn.slot("plan_pending") is None or (shown and shown[0] != turn.slot("plan_pending")):
                say("utter_plan_stale")
                return {"plan_pending": None}
            return {"plan_confirmed": True}
        if turn.requested_slot == "plan_confirmed" and turn.intent == "deny":
            return {"plan_offering": None, "plan_pending": None, "plan_candidates": None}
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


class AskPlanOffering(TopicAction):
    """Asks which product: among those named, those held, or those on sale."""

    action = "action_ask_plan_offering"

    async def act(self, turn: Turn, say: Say) -> Events:
        known = await catalogue(self.services)
        candidates = [known[str(i)] for i in turn.slot("plan_candidates") or () if str(i) in known]
        if candidates:
            say("utter_plan_which", buttons=choices(candidates, "inform"))
            return []
        if turn.slot("plan_action") == "delete":
            number = await proven(self.services, turn)
            held = list(await self.services.bss.products(number)) if number else []
            offered = [
                known[str(p.offering_id)] for p in held if _is_cancellable(p) and str(p.offering_id) in known
            ]
            say(
                "utter_plan_which_delete" if offered else "utter_plan_nothing_held",
                buttons=choices(offered, "inform"),
            )
            return []
        at = self.services.clock.now()
        plans = [
            o for o in known.values() if o.category is Category.PLAN and o.is_offered(at) and not o.segments
        ]
        advice = button(responses().text("utter_plan_advice_title"), "plan_query", ask="advice")
        say("utter_plan_which_add", buttons=[advice, *choices(plans, "inform")])
        return []


def _is_cancellable(product: HeldProduct) -> bool:
    return not product.is_plan and product.status == "active"


class AskPlanConfirmed(TopicAction):
    """Shows the published tariff, and keeps what was shown as a row that awaits the yes."""

    action = "action_ask_plan_confirmed"

    async def act(self, turn: Turn, say: Say) -> Events:
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, FORM)
        offering = (await catalogue(self.services)).get(str(turn.slot("plan_offering")))
        action = self._action_of(turn, offering)
        if offering is None or (action != "delete" and not offering.is_offered(self.services.clock.now())):
            raise CustomerError("plan.not_offered")
        pending = await self._awaiting(turn)
        tariff = tariff_text(offering)
        name = "utter_plan_confirm_delete" if action == "delete" else "utter_plan_confirm"
        fields: dict[str, Any] = {
            "number": mask_number(number),
            "name": offering.name,
            "tariff": tariff,
            "cancel": offering.cancel,
        }
        if pending is None:
            pending = await self.services.pending.create(
                turn.conversation_id,
                "cancel_order" if action == "delete" else "order",
                {"number": number, "offering_id": offering.id, "action": action},
                responses().text(name, **fields),
            )
        card = {**tariff_card(offering), "lead": responses().text("utter_plan_confirm_lead", **fields)}
        say(name, card=card if action != "delete" else None, pending=pending, **fields)
        return [SlotSet("plan_pending", pending)]

    def _action_of(self, turn: Turn, offering: Offering | None) -> str:
        if turn.slot("plan_action") == "delete":
            return "delete"
        return "modify" if offering and offering.category is Category.PLAN else "add"

    async def _awaiting(self, turn: Turn) -> PendingId | None:
        if not (known := turn.slot("plan_pending")):
            return None
        row = await self.services.pending.get(PendingId(str(known)))
        return row.id if row and row.state is PendingState.AWAITING else None

    def keep(self, turn: Turn) -> Events:
        return [SlotSet("plan_offering", None), SlotSet("requested_slot", "plan_offering")]


class PlanSubmit(TopicAction):
    """Takes the yes once and places the order; saying yes again shows the same receipt."""

    action = "action_plan_submit"

    async def act(self, turn: Turn, say: Say) -> Events:
        pending_id = PendingId(str(turn.slot("plan_pending")))
        await self.services.pending.confirm(pending_id)
        row = await self.services.pending.get(pending_id)
        if row is None or row.state in (PendingState.EXPIRED, PendingState.CANCELLED):
            say("utter_plan_expired")
            return [*_forget(), *finish(turn, say)]
        order = await self._place(row)
        offering = (await catalogue(self.services)).get(str(order.offering_id))
        await self._settle(row, order)
        self._receipt(row, order, offering.name if offering else str(order.offering_id), say)
        kept = SlotSet("plan_pending", row.id)  # the same yes again finds it, and shows the same receipt
        return [*_forget(), kept, SlotSet("retry", None), *finish(turn, say)]

    async def _place(self, row: PendingAction) -> ProductOrder:
        """Order under the row's id; an answer that got lost is looked up, never repeated blindly."""
        number, action = Msisdn(str(row.payload["number"])), OrderAction(str(row.payload["action"]))
        try:
            return await self.services.bss.place_order(
                number, OfferingId(str(row.payload["offering_id"])), action, row.id
            )
        except UpstreamTimeout:
            if found := await self.services.bss.order(row.id):
                return found
            raise

    async def _settle(self, row: PendingAction, order: ProductOrder) -> None:
        refused = order.state in (OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED)
        state = PendingState.FAILED if refused else PendingState.COMPLETED
        if row.state is PendingState.CONFIRMED:
            await self.services.pending.place(row.id, {"id": order.id})
        await self.services.pending.settle(row.id, state, order.reason or order.state.value)

    def _receipt(self, row: PendingAction, order: ProductOrder, name: str, say: Say) -> None:
        if order.state in (OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED):
            say(words_for_reason(order.reason), name=name)
            return
        effective = (
            order.effective.astimezone(CHINA).strftime("%Y年%m月%d日 %H:%M") if order.effective else ""
        )
        words = "utter_plan_done_delete" if order.action is OrderAction.DELETE else "utter_plan_done"
        say(
            words,
            name=name,
            number=mask_number(str(row.payload["number"])),
            order=order.id,
            effective=effective,
        )


def _forget() -> Events:
    return [SlotSet(slot, None) for slot in _SLOTS]
