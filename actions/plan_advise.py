"""Which plan to advise, and why: three months of use, at most three plans."""

from __future__ import annotations

from actions.base import Events, Say, TopicAction, finish
from actions.catalogue import catalogue
from actions.identity import proven, require
from actions.plan_advice import Advice, advise, average, lower_priced, monthly_cost, suitable
from actions.plan_buttons import choices
from actions.plan_cards import brief_text
from actions.responses import responses
from actions.turn import Turn
from core.money import Fen, format_yuan
from core.offering import Offering
from knowledge_base.placeholders import volume_text

_ADVICE_MONTHS = 3


class PlanAdvise(TopicAction):
    """Looks at three months of use and names at most three plans, with reasons."""

    action = "action_plan_advise"

    async def act(self, turn: Turn, say: Say) -> Events:
        number = await proven(self.services, turn)
        if number is None:
            say("utter_plan_advice_needs_number")
            return require(turn, self.action)
        subscriber = await self.services.bss.subscriber(number)
        use = await self.services.bss.monthly_use(number, _ADVICE_MONTHS)
        known = await catalogue(self.services)
        current = known.get(str(subscriber.plan_id))
        plans = suitable(known.values(), subscriber, current, self.services.clock.now())
        found = advise(plans, use)
        data_mb, voice_min = average(use)
        now_fen = monthly_cost(current, use) if current else None
        better = [a for a in found if now_fen is None or a.cost_fen < now_fen]
        fields = {
            "plan": subscriber.plan_name,
            "data": volume_text(data_mb),
            "voice": voice_min,
            "cost": format_yuan(now_fen) if now_fen is not None else "",
        }
        if not use:
            say("utter_plan_advice_no_use", buttons=choices([a.plan for a in found], "plan_query"))
        elif not better:
            say("utter_plan_advice_stay", fields)
            tempting = lower_priced(plans, current, use) if current else None
            if tempting and now_fen is not None and tempting.cost_fen > now_fen:
                more = format_yuan(tempting.cost_fen - now_fen)
                cost = format_yuan(tempting.cost_fen)
                say("utter_plan_advice_dearer_after_all", name=tempting.plan.name, cost=cost, more=more)
        else:
            reasons = "\n".join(
                f"{place}. {_reason(a, current, now_fen)}" for place, a in enumerate(better, 1)
            )
            buttons = choices([a.plan for a in better], "plan_change")
            say("utter_plan_advice", fields, buttons=buttons, reasons=reasons)
        return finish(turn, say)


def _reason(advice: Advice, current: Offering | None, now_fen: Fen | None) -> str:
    """Say what a plan holds, how it fits and what it saves, also where its own price is the higher one."""
    words = responses()
    fits = advice.covers_data and advice.covers_voice
    fields = {
        "plan": brief_text(advice.plan),
        "fit": words.text("utter_plan_fits" if fits else "utter_plan_fits_mostly"),
        "cost": format_yuan(advice.cost_fen),
    }
    if current is None or now_fen is None:
        return words.text("utter_plan_reason_alone", **fields)
    fields["saved"] = format_yuan(now_fen - advice.cost_fen)
    if advice.plan.price_fen <= current.price_fen:
        return words.text("utter_plan_reason", **fields)
    more = format_yuan(advice.plan.price_fen - current.price_fen)
    return words.text("utter_plan_reason_in_sum", more=more, **fields)
