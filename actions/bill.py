"""What a month cost, item by item, and why it differs from the month before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import Events, Say, TopicAction, finish
from actions.identity import proven, require
from actions.knowledge import answer_in_general, answer_published, is_about_own
from actions.responses import responses
from actions.turn import Turn
from bss.port import Bill, BillLine
from core.clock import CHINA
from core.money import Fen, format_yuan
from core.privacy import mask_number

_OWN_BUTTON = ("utter_bill_own_title", "bill_query")  # the data itself, under an answer
_OWN = re.compile(
    r"我(?!想问|要问)|本机|帮|查一?下|看一?下|给查|扣了|扣我|这笔|多扣|乱扣|怎么(?:又|还|就|这么|那么)"
)
_TREND = 6  # months in the chart
_CAUSES = 4  # differences named
# What is new is said in one list, and so is what is gone.
_TOGETHER = ("utter_bill_cause_new", "utter_bill_cause_gone")


class BillShow(TopicAction):
    """Explains the bill of a month; without one named, of the last month billed."""

    action = "action_bill_show"

    async def act(self, turn: Turn, say: Say) -> Events:
        if answer_published(self.services, turn, say, *_OWN_BUTTON):
            return finish(turn, say)
        is_own = turn.has("month") or is_about_own(turn, "bill_query", _OWN)
        if not is_own and answer_in_general(self.services, turn, say, *_OWN_BUTTON):
            return finish(turn, say)
        number = await proven(self.services, turn)
        if number is None:
            named = [str(value) for value in turn.values("month")]
            asked = [SlotSet("bill_months", named or None), SlotSet("bill_amount", _amount_of(turn))]
            return [*asked, *require(turn, self.action)]
        bills = await self.services.bss.bills(number)
        if not bills:
            say("utter_bill_none", number=mask_number(number))
            return finish(turn, say)
        months: Sequence[date] = self._months(turn, bills)
        if amount := _amount_of(turn) or turn.slot("bill_amount"):
            months = self._say_whence(Fen(int(amount)), months, bills, say)
        for month in months:
            self._explain(month, bills, say)
        return [SlotSet("bill_months", None), SlotSet("bill_amount", None), *finish(turn, say)]

    def _say_whence(
        self, amount: Fen, months: Sequence[date], bills: Sequence[Bill], say: Say
    ) -> Sequence[date]:
        """Say which charge an amount is (为啥扣我30块), and return the months whose bills show it."""
        fields = {"amount": format_yuan(amount), "count": len(bills)}
        found = [(bill, line) for bill in bills for line in bill.lines if line.amount_fen == amount]
        if not found:
            say("utter_bill_amount_unknown", fields)
            return months
        bill, line = next(((b, each) for b, each in found if b.month in months), found[0])
        say("utter_bill_amount_found", fields, month=month_text(bill.month), name=line.name)
        return [bill.month]

    def _months(self, turn: Turn, bills: Sequence[Bill]) -> list[date]:
        named = [str(value) for value in (turn.values("month") or turn.slot("bill_months") or ())]
        months = [datetime.strptime(value, "%Y-%m").date() for value in named]  # noqa: DTZ007 - a calendar month
        billed = [month for month in months if any(bill.month == month for bill in bills)]
        return billed[:3] or months[:1] or [bills[0].month]

    def _explain(self, month: date, bills: Sequence[Bill], say: Say) -> None:
        bill = next((b for b in bills if b.month == month), None)
        if bill is None:
            today = self.services.clock.now().astimezone(CHINA).date().replace(day=1)
            say("utter_bill_not_yet" if month >= today else "utter_bill_not_found", month=month_text(month))
            return
        before = next((b for b in bills if b.month < bill.month), None)
        say(
            "utter_bill_summary",
            card={**_card(bill, before, bills), "lead": difference(bill, before)},
            month=month_text(bill.month),
            total=format_yuan(bill.total_fen),
            lines="\n".join(_line(line) for line in bill.lines),
            difference=difference(bill, before),
        )


def _amount_of(turn: Turn) -> int | None:
    """Return the amount in fen that is asked about."""
    return next((int(value) for value in turn.values("amount_fen")), None)


def month_text(month: date) -> str:
    """Write a month as bills do: ``2026年10月``."""
    return responses().text("utter_bill_month", year=month.year, month=month.month)


def _line(line: BillLine) -> str:
    return responses().text("utter_bill_line", name=line.name, amount=format_yuan(line.amount_fen))


def difference(bill: Bill, before: Bill | None) -> str:
    """Say in one sentence how a bill differs from the one before and by what; empty without one before."""
    if before is None:
        return ""
    words, month = responses(), _month_before(before.month, bill.month)
    gap = bill.total_fen - before.total_fen
    if gap == 0:
        return words.text("utter_bill_same", month=month)
    causes = words.text("utter_bill_separator").join(_causes(bill, before))
    name = "utter_bill_more" if gap > 0 else "utter_bill_less"
    return words.text(name, month=month, gap=format_yuan(abs(gap)), causes=causes)


def _month_before(month: date, now: date) -> str:
    """Name a month; the year only where it is another."""
    if month.year != now.year:
        return month_text(month)
    return responses().text("utter_bill_month_short", month=month.month)


def _causes(bill: Bill, before: Bill) -> list[str]:
    """Name the lines that changed most, largest first; what is new, and what is gone, in one breath each."""
    now, then = _by_name(bill), _by_name(before)
    changes = {name: now.get(name, 0) - then.get(name, 0) for name in {**now, **then}}
    ranked = sorted((item for item in changes.items() if item[1]), key=lambda item: (-abs(item[1]), item[0]))
    named: dict[str, list[str]] = {}
    words = responses()
    for name, change in ranked[:_CAUSES]:
        kind, amount = _kind(name, now, then), format_yuan(abs(change))
        if kind in _TOGETHER:
            named.setdefault(kind, []).append(_priced(name, amount))
        else:
            named[f"{kind} {name}"] = [words.text(kind, name=name, amount=amount)]
    comma = words.text("utter_bill_comma")
    return [
        words.text(kind, items=comma.join(items)) if kind in _TOGETHER else items[0]
        for kind, items in named.items()
    ]


def _kind(name: str, now: Mapping[str, int], then: Mapping[str, int]) -> str:
    """Return the words for how a line changed; a discount is a line below nothing."""
    change, is_discount = now.get(name, 0) - then.get(name, 0), min(now.get(name, 0), then.get(name, 0)) < 0
    if name not in then:
        return "utter_bill_cause_new_discount" if is_discount else "utter_bill_cause_new"
    if name not in now:
        return "utter_bill_cause_gone_discount" if is_discount else "utter_bill_cause_gone"
    if is_discount:
        return "utter_bill_cause_less_discount" if change > 0 else "utter_bill_cause_more_discount"
    return "utter_bill_cause_more" if change > 0 else "utter_bill_cause_less"


def _priced(name: str, amount: str) -> str:
    """Write a charge with its amount, once where the name already ends with one (流量加油包50元)."""
    if name.endswith(amount):
        return name
    is_counted = name.endswith(amount[-1]) or name[-1:].isdigit()  # 港澳流量日包×3
    words = "utter_bill_priced_several" if is_counted else "utter_bill_priced_one"
    return responses().text(words, name=name, amount=amount)


def _by_name(bill: Bill) -> Mapping[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for line in bill.lines:
        totals[line.name] += line.amount_fen
    return totals


def _card(bill: Bill, before: Bill | None, bills: Sequence[Bill]) -> Mapping[str, Any]:
    trend = sorted((b for b in bills if b.month <= bill.month), key=lambda b: b.month)[-_TREND:]
    previous = {"month": month_text(before.month), "total_fen": before.total_fen} if before else None
    return {
        "type": "bill",
        "month": month_text(bill.month),
        "total": format_yuan(bill.total_fen),
        "total_fen": bill.total_fen,
        "lines": [
            {"name": line.name, "amount_fen": line.amount_fen, "amount": format_yuan(line.amount_fen)}
            for line in bill.lines
        ],
        "previous": previous,
        "trend": [{"month": f"{b.month:%Y-%m}", "total_fen": b.total_fen} for b in trend],
    }
