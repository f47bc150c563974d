"""What was confirmed and the billing system clearly refused: the row ends where the customer hears why, and only there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actions.services import Services
from conversations.pending import PendingAction, PendingState
from core.errors import AppError, CustomerError, UpstreamRejected

REFUSALS = (UpstreamRejected, CustomerError)  # asking again would not help


async def fail(services: Services, row: PendingAction, reason: str) -> bool:
    """End a row nothing came of; True for the one caller who ended it."""
    return await services.pending.settle(row.id, PendingState.FAILED, reason)


def reason_of(error: AppError) -> str:
    """Return the other side's code, to be kept with the row."""
    return str(error.fields.get("reason") or error.code)


@asynccontextmanager
async def ended_where_refused(services: Services, row: PendingAction) -> AsyncIterator[None]:
    """End the row where what is done for it is refused: this turn says so, and settlement has nothing left to tell."""
    try:
        yield
    except REFUSALS as error:
        await fail(services, row, reason_of(error))
        raise
