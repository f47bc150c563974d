"""Which plan fits how a customer really uses the phone: what three months would have cost on each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bss.port import MonthlyUse, Subscriber
from core.clock import CHINA
from core.money import Fen
from core.offering import Category, Offering

MB_PER_GB = 1024
OVERAGE_FEN_PER_GB, OVERAGE_FEN_PER_MIN = 500, 15  # the published rates beyond a plan
_CHOICES = 3


@dataclass(frozen=True, slots=True)
class Advice:
    """One plan and what a month on it would have cost, averaged over the months looked at."""

    plan: Offering
    cost_fen: Fen
    covers_data: bool
    covers_voice: bool


def monthly_cost(plan: Offering, use: Sequence[MonthlyUse]) -> Fen:
    """Return the average monthly cost of a plan for past use: its price and what goes beyond it."""
    extra = sum(_overage(plan, month) for month in use)
    return Fen(plan.price_fen + (round(extra / len(use)) if use else 0))


def _overage(plan: Offering, month: MonthlyUse) -> int:
    data_mb = max(0, month.data_mb - (plan.data_mb or 0))
    voice_min = max(0, month.voice_min - (plan.voice_min or 0))
    return math.ceil(data_mb / MB_PER_GB) * OVERAGE_FEN_PER_GB + voice_min * OVERAGE_FEN_PER_MIN


def suitable(
    offerings: Iterable[Offering], subscriber: Subscriber, current: Offering | None, at: datetime
) -> list[Offering]:
    """Return the plans that may be offered to this subscriber instead of the present one.

    They are on sale, for everybody or for them, hold broadband where the present one does, and are not cheaper while a
    commitment runs.
    """
    is_bound = (
        subscriber.contract_until is not None and subscriber.contract_until >= at.astimezone(CHINA).date()
    )
    return [
        plan
        for plan in offerings
        if plan.category is Category.PLAN
        and plan.is_offered(at)
        and plan.is_orderable
        and plan.id != subscriber.plan_id
        and (not plan.segments or set(plan.segments) & set(subscriber.segments))
        and _replaces(plan, current, is_bound)
    ]


def _replaces(plan: Offering, current: Offering | None, is_bound: bool) -> bool:
    if current is None:
        return True
    has_broadband = (plan.bandwidth_mbps or 0) >= (current.bandwidth_mbps or 0)
    return has_broadband and not (is_bound and plan.price_fen < current.price_fen)


def advise(plans: Sequence[Offering], use: Sequence[MonthlyUse]) -> list[Advice]:
    """Return at most three plans, cheapest for this use first; of equal cost the larger one."""
    return _by_cost(plans, use)[:_CHOICES]


def lower_priced(plans: Sequence[Offering], current: Offering, use: Sequence[MonthlyUse]) -> Advice | None:
    """Return, of the plans with a lower price than the present one, the cheapest for this use; None without any."""
    found = _by_cost([plan for plan in plans if plan.price_fen < current.price_fen], use)
    return found[0] if found else None


def _by_cost(plans: Sequence[Offering], use: Sequence[MonthlyUse]) -> list[Advice]:
    data_mb, voice_min = average(use)
    found = [
        Advice(
            plan,
            monthly_cost(plan, use),
            covers_data=(plan.data_mb or 0) >= data_mb,
            covers_voice=(plan.voice_min or 0) >= voice_min,
        )
        for plan in plans
    ]
    return sorted(found, key=lambda a: (a.cost_fen, -(a.plan.data_mb or 0)))


def average(use: Sequence[MonthlyUse]) -> tuple[int, int]:
    """Return the mean monthly data in MB and voice in minutes."""
    if not use:
        return 0, 0
    return round(sum(m.data_mb for m in use) / len(use)), round(sum(m.voice_min for m in use) / len(use))
