"""Months and days as a Chinese operator counts them, and times as the sandbox stores them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.clock import CHINA, UTC


def iso(at: datetime) -> str:
    """Write a time for storage: UTC, to the second, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """Read a stored time."""
    return datetime.fromisoformat(text)


def china_day(at: datetime) -> date:
    """Return the day it is in China."""
    return at.astimezone(CHINA).date()


def midnight(day: date) -> datetime:
    """Return the moment a day begins in China, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(UTC)


def first_day(day: date) -> date:
    """Return the first day of the month that `day` lies in."""
    return day.replace(day=1)


def add_months(day: date, count: int) -> date:
    """Return the first day of the month `count` months away."""
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def next_month(at: datetime) -> datetime:
    """Return the moment the next month begins in China, in UTC."""
    return midnight(add_months(china_day(at), 1))


def days_later(at: datetime, days: int) -> datetime:
    """Return the same moment some days later."""
    return at + timedelta(days=days)
