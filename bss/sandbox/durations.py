"""How long an order takes to work and how long what was ordered lasts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bss.port import OrderAction
from bss.sandbox.calendar import add_months, china_day, midnight, next_month
from core.offering import Category, Offering, Period

_LASTS_DAYS = {"data-day-3": 1, "data-week-10": 7, "bb-speed-5": 1}
_LASTS_MONTHS = {"data-half-100": 6, "promo-deposit-100": 10, "promo-deposit-300": 12}
_UNUSED_ABROAD = timedelta(days=90)
_HOLIDAYS = (
    (1, 3),
    (5, 5),
    (10, 7),
)  # last days of New Year, Labour Day and National Day; lunar ones left out
_INSTALLED_AFTER = timedelta(days=3)  # an engineer comes
_DELIVERED_AFTER = timedelta(days=2)  # a card comes by courier
_REMOVED_AFTER = timedelta(days=1)  # the modem is given back and the account settled
_LINES = ("bb-300", "bb-500", "bb-1000", "bb-500-year", "bb-1000-year", "bb-fttr")


def ends(offering: Offering, starts: datetime) -> datetime | None:
    """Return when it ends by itself; None for what renews until cancelled."""
    if days := _LASTS_DAYS.get(offering.id):
        return starts + timedelta(days=days)
    if months := _LASTS_MONTHS.get(offering.id):
        return midnight(add_months(china_day(starts), months))
    if offering.category is Category.ROAMING:
        return (
            starts + _UNUSED_ABROAD
        )  # its own days count from the first use abroad, which the sandbox never sees
    if offering.id == "data-holiday-15":
        return _holiday_end(china_day(starts))
    return next_month(starts) if offering.period is Period.ONCE else None


def _holiday_end(day: date) -> datetime:
    """Return when the next public holiday is over."""
    ends = (date(year, month, last) for year in (day.year, day.year + 1) for month, last in _HOLIDAYS)
    return midnight(next(end for end in ends if end >= day) + timedelta(days=1))


def begins(offering: Offering, action: OrderAction, now: datetime) -> datetime:
    """Return when an order takes effect: plans with the next month, what is installed or delivered later, the rest at once."""
    if action is OrderAction.DELETE:
        return _stops(offering, now)
    if offering.category is Category.PLAN:
        return next_month(now)
    if needs_visit(offering):
        return now + _INSTALLED_AFTER
    if offering.category is Category.SUBCARD and offering.id != "family-net":
        return now + _DELIVERED_AFTER
    return now


def _stops(offering: Offering, now: datetime) -> datetime:
    """Return when a cancellation takes effect, as the catalogue's `cancel` says."""
    if offering.category is Category.PROMOTION:
        return now
    return now + _REMOVED_AFTER if offering.id in _LINES else next_month(now)


def gift_paid(offering: Offering, started: datetime, now: datetime) -> tuple[int, int]:
    """Return in how many months of how many a campaign has paid its gift; the first is the month after it began."""
    months = _LASTS_MONTHS[offering.id]
    began, today = china_day(started), china_day(now)
    return min(months, (today.year - began.year) * 12 + today.month - began.month), months


def needs_visit(offering: Offering) -> bool:
    """Say whether somebody has to come and install it."""
    return offering.category is Category.BROADBAND and offering.id != "bb-speed-5"
