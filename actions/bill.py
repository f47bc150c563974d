"""What a month cost, item by item, and why it differs from the month before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import Events, Say, TopicAction, finish
from actions.identity import proven, require
from actions.turn import Turn
from bss.port import Bill
from core.clock import CHINA
from core.money import format_yuan
from core.privacy import mask_number

_TREND = 6  # months in the chart
_CAUSES = 4  # differences named


class BillShow(TopicAction):
    """Explains the bill of a month; without one named, of the last month billed."""

    action = "action_bill_show"

    async def act(self, turn: Turn, say: Say) -> Events:
        number = await proven(self.services, turn)
        if number is None:
            named = [str(value) for value in turn.values("month")]
            return [SlotSet("bill_months", named or None), *require(turn, self.action)]
        bills = await self.services.bss.bills(number)
        if not bills:
            say("utter_bill_none", number=mask_number(number))
            return finish(turn, say)
        for month in self._months(turn, bills):
            self._explain(month, bills, say)
        return [SlotSet("bill_months", None), *finish(turn, say)]

    def _months(self, turn: Turn, bills: Sequence[Bill]) -> list[date]:
        named = [str(value) for value in (turn.values("month") or turn.slot("bill_months") or ())]
        months = [datetime.strptime(value, "%Y-%m").date() for value in named]  # noqa: DTZ007 - a calendar month
        return months[:3] or [bills[0].month]

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
            lines="\n".join(f"{line.name}：{format_yuan(line.amount_fen)}" for line in bill.lines),
            difference=difference(bill, before),
        )


def month_text(month: date) -> str:
    """Write a month as bills do: ``2026年10月``."""
    return f"{month.year}年{month.month}月"


def difference(bill: Bill, before: Bill | None) -> str:
    """Say in one sentence how a bill differs from the one before and by what; empty without one before."""
    if before is None:
        return ""
    gap = bill.total_fen - before.total_fen
    if gap == 0:
        return f"与{month_text(before.month)}相同。"
    causes = "；".join(_causes(bill, before))
    direction = "多" if gap > 0 else "少"
    return f"比{month_text(before.month)}{direction}{format_yuan(abs(gap))}，主要原因：{causes}。"


def _causes(bill: Bill, before: Bill) -> list[str]:
    """Name the lines that changed most, largest first."""
    now, then = _by_name(bill), _by_name(before)
    changes = {name: now.get(name, 0) - then.get(name, 0) for name in {**now, **then}}
    ranked = sorted((item for item in changes.items() if item[1]), key=lambda item: (-abs(item[1]), item[0]))
    return [_cause(name, change, name in now, name in then) for name, change in ranked[:_CAUSES]]


def _cause(name: str, change: int, is_now: bool, was_then: bool) -> str:
    amount = format_yuan(abs(change))
    if not was_then:
        return f"新增{name}{amount}" if change > 0 else f"新增减免{name}{amount}"
    if not is_now:
        return f"没有了{name}，少{amount}" if change < 0 else f"没有了减免{name}，多{amount}"
    return f"{name}{'多' if change > 0 else '少'}{amount}"


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
