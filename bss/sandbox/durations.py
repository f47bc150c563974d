"""How long an order takes to work and how long what was ordered lasts."""

from __future__ import annotations

from datetime import datetime, timedelta

from bss.port import OrderAction
from bss.sandbox.calendar import add_months, china_day, midnight, next_month
from core.offering import Category, Offering, Period

_LASTS_DAYS = {"data-day-3": 1, "data-week-10": 7, "bb-speed-5": 1, "roam-voice-50": 7}
_LASTS_MONTHS = {"data-half-100": 6, "promo-deposit-100": 10, "promo-deposit-300": 12}
_INSTALLED_AFTER = timedelta(days=3)  # an engineer comes
_DELIVERED_AFTER = timedelta(days=2)  # a card comes by courier


def ends(offering: Offering, starts: datetime) -> datetime | None:
    """Return when it ends by itself; None for what renews until cancelled."""
    if days := _LASTS_DAYS.get(offering.id):
        return starts + timedelta(days=days)
    if months := _LASTS_MONTHS.get(offering.id):
        return midnight(add_months(china_day(starts), months))
    if offering.category is Category.ROAMING:
        return starts + timedelta(days=7 if offering.id.endswith("-7") else 1)
    return next_month(starts) if offering.period is Period.ONCE else None


def begins(offering: Offering, action: OrderAction, now: datetime) -> datetime:
    """Return when an order takes effect: plans and cancellations with the next month, what is installed later, the rest at once."""
    if offering.category is Category.PLAN or action is OrderAction.DELETE:
        return next_month(now)
    if needs_visit(offering):
        return now + _INSTALLED_AFTER
    if offering.category is Category.SUBCARD and offering.id != "family-net":
        return now + _DELIVERED_AFTER
    return now


def needs_visit(offering: Offering) -> bool:
    """Say whether somebody has to come and install it."""
    return offering.category is Category.BROADBAND and offering.id != "bb-speed-5"
