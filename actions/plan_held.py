"""What a number has: its plan, how long a commitment runs, and the services ordered beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from actions.base import Events, Say, TopicAction, button, finish
from actions.catalogue import catalogue
from actions.identity import proven, require
from actions.knowledge import answer_published
from actions.plan_buttons import go_ahead
from actions.plan_cards import price_of
from actions.plan_catalogue import note_shown
from actions.responses import responses
from actions.turn import Turn
from bss.port import HeldProduct
from core.offering import Offering, Period
from core.privacy import mask_number

_ASKED = re.compile(
    r"(?:我|本机|这个号|手机)(?:现在|目前|当前|这个号|手机)*(?:用|办|开|订)?的?(?:是|用的是)?(?:什么|哪个|啥|哪种|多少钱的?)(?:样的)?套餐|"
    r"(?:我的|当前的?|现在的?|目前的?)套餐(?:是|叫)?(?:什么|哪个|啥|多少钱)|(?:查|看)(?:一?下|看)?(?:我|本机)(?:的|现在的?|当前的?)套餐|"
    r"网龄|(?:哪年|什么时候|啥时候|几几年|哪一年)入(?:的)?网|入网(?:几年|多久|多长|时间)|我的?套餐.{0,2}(?:几号|什么时候|啥时候|哪天|多久)|我(?:现在)?(?:有)?(?:开通?|订|办)(?:了|过)?(?:没有?|没|吗)[?？]?$|"
    r"我.{0,8}(?:开通|开|订|办|有)(?:了|过)?(?:些)?(?:哪些|什么|啥|几个)(?:乱七八糟的?)?(?:增值)?(?:业务|服务|套餐|包|东西|会员)|"
    r"有没有(?:给我|帮我)?(?:乱)?(?:开|订|办)(?:通|了)?(?:什么|啥|别的|其他).{0,6}(?:业务|服务|东西|包)|(?:我|已)(?:开通|订购|办理)的(?:业务|服务)|"
    r"合约.{0,4}(?:啥时候|什么时候|几号|多久|哪天|几时)(?:才|能|可以)?(?:到期|结束|到|完)|合约(?:到期|结束)(?:时间|日期|是)"
)
_MOST_BUTTONS = 5


def asks_what_is_held(turn: Turn) -> bool:
    """Say whether customers ask what they have themselves (我现在是什么套餐, 我开通了哪些业务)."""
    return not turn.is_button and _ASKED.search(turn.text) is not None


class PlanHeld(TopicAction):
    """Shows the plan and the services of the proven number, each with a way out."""

    action = "action_plan_held"

    async def act(self, turn: Turn, say: Say) -> Events:
        if answer_published(self.services, turn, say, "utter_plan_held_title", "plan_query", ask="held"):
            return finish(turn, say)
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, self.action)
        subscriber = await self.services.bss.subscriber(number)
        products = [p for p in await self.services.bss.products(number) if not p.is_plan]
        known = await catalogue(self.services)
        plan = known.get(str(subscriber.plan_id))
        words = responses()
        lines = [words.text("utter_plan_held_plan", name=_priced(subscriber.plan_name, plan))]
        if until := subscriber.contract_until:
            lines.append(
                words.text("utter_plan_held_contract", year=until.year, month=until.month, day=until.day)
            )
        else:
            lines.append(words.text("utter_plan_held_free"))
        since = subscriber.in_network_since
        lines.append(words.text("utter_plan_held_since", year=since.year, month=since.month))
        lines += _listed(products, known)
        held = [known[str(p.offering_id)] for p in products if str(p.offering_id) in known]
        say("utter_plan_held", number=mask_number(number), lines="\n".join(lines), buttons=_onward(held))
        note_shown(held or ([plan] if plan else []), say)
        return finish(turn, say)


def _listed(products: Sequence[HeldProduct], known: Mapping[str, Offering]) -> list[str]:
    """Write what is held beside the plan, one line each."""
    words = responses()
    if not products:
        return [words.text("utter_plan_held_nothing_else")]
    lines = [words.text("utter_plan_held_also", count=len(products))]
    for place, product in enumerate(products, 1):
        name = _priced(product.name, known.get(str(product.offering_id)))
        lines.append(words.text("utter_plan_held_line", place=place, name=name))
    return lines


def _priced(name: str, offering: Offering | None) -> str:
    """Write a product with its price, where the catalogue knows it."""
    if offering is None:
        return name
    return responses().text("utter_plan_held_priced", name=name, price=price_of(offering))


def _onward(held: Sequence[Offering]) -> list[dict[str, str]]:
    """Return the buttons that cancel what renews itself, and the one that changes the plan."""
    renewing = {offering.id: offering for offering in held if offering.period is not Period.ONCE}
    cancel = [go_ahead(offering, "delete") for offering in list(renewing.values())[:_MOST_BUTTONS]]
    return [*cancel, button(responses().text("utter_plan_change_title"), "plan_change")]
