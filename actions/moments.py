"""Days and moments the way a customer reads them, in China's time."""

from __future__ import annotations

from datetime import datetime

from actions.responses import responses
from core.clock import CHINA


def day_text(at: datetime) -> str:
    """Write a day: ``10月5日``."""
    local = at.astimezone(CHINA)
    return responses().text("utter_day", month=local.month, day=local.day)


def date_text(at: datetime) -> str:
    """Write a day with its year: ``2026年10月5日``."""
    local = at.astimezone(CHINA)
    return responses().text("utter_date", year=local.year, month=local.month, day=local.day)


def moment_text(at: datetime) -> str:
    """Write a moment: ``10月5日 14:30``."""
    return f"{day_text(at)} {at.astimezone(CHINA):%H:%M}"
