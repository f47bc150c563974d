"""What was confirmed and the billing system refused, or did not answer; the customer hears which of the two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actions.services import Services
from conversations.pending import PendingAction, PendingState
from core.errors import AppError, CustomerError, UpstreamError, UpstreamRejected, UpstreamUnavailable

REFUSALS = (UpstreamRejected, CustomerError)  # asking again would not help


async def fail(services: Services, row: PendingAction, reason: str) -> bool:
    """End a row nothing came of; True for the one caller who ended it."""
    return await services.pending.settle(row.id, PendingState.FAILED, reason)


def reason_of(error: AppError) -> str:
    """Return the other side's code, to be kept with the row."""
    return str(error.fields.get("reason") or error.code)


@asynccontextmanager
async def ended_where_refused(services: Services, row: PendingAction, topic: str) -> AsyncIterator[None]:
    """End the row where what is done for it is refused: this turn says so, and settlement has nothing left to tell.

    Where billing does not answer, the error becomes ``<topic>.unanswered``: settlement carries on with the row.
    """
    try:
        yield
    except REFUSALS as error:
        await fail(services, row, reason_of(error))
        raise
    except UpstreamError as error:
        if row.state is not PendingState.CONFIRMED:
            raise
        raise UpstreamUnavailable(f"{topic}.unanswered", str(error)) from error
