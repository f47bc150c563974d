"""Customers of 65 and over: offered a person at the first sign of trouble, and served first when they wait for one."""

from __future__ import annotations

from actions.services import Services
from actions.turn import Turn
from bss.port import Subscriber
from conversations.identity import ELDERLY_BAND
from core.errors import AppError

ELDERLY_FROM = 65  # years


async def subscriber_of(services: Services, turn: Turn) -> Subscriber | None:
    """Return who has proven a number in this conversation; None where nobody has, or billing cannot say."""
    try:
        number = await services.identity.proven_number(turn.conversation_id)
        return await services.bss.subscriber(number) if number else None
    except AppError:
        return None


async def is_elderly(services: Services, turn: Turn, subscriber: Subscriber | None = None) -> bool:
    """Say whether a verified customer is 65 or over; without the subscriber's data by what was kept of it."""
    if subscriber is not None:
        born = subscriber.birth_year
        return born is not None and services.clock.now().year - born >= ELDERLY_FROM
    return await services.identity.age_band(turn.conversation_id) == ELDERLY_BAND
