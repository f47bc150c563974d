"""The numbers of the desk: how long customers wait, how fast agents answer, how much they handle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows
from conversations.desk_model import HandoffState, StaffId
from conversations.desk_tables import handoffs

_H = handoffs.c
_HANDLED = {HandoffState.RESOLVED.value, HandoffState.HANDED_BACK.value, HandoffState.TRANSFERRED.value}
_GIVEN_UP = {HandoffState.CANCELLED.value, HandoffState.LEFT.value}


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers over a span of time; a duration is None while there is nothing to measure."""

    handled: int  # accepted and over
    given_up: int  # the customer left the queue, or nobody came
    waiting_now: int
    in_hand_now: int
    wait_p50_s: float | None  # from the queue to an agent
    wait_p95_s: float | None
    first_response_p50_s: float | None  # from accepting to the agent's first words
    first_response_p95_s: float | None
    average_s: float | None  # of a conversation, from accepting to its end


async def figures(connection: AsyncConnection, staff_id: StaffId | None, since: datetime) -> Figures:
    """As `Handoffs.figures`."""
    query = select(_H.state, _H.queued, _H.accepted, _H.first_response, _H.ended).where(_H.queued >= since)
    if staff_id is not None:
        query = query.where(_H.agent_id == staff_id)
    found = (await connection.execute(query)).all()
    waits = [(row.accepted - row.queued).total_seconds() for row in found if row.accepted]
    answers = [(row.first_response - row.accepted).total_seconds() for row in found if row.first_response]
    lengths = [(row.ended - row.accepted).total_seconds() for row in found if row.accepted and row.ended]
    now = await _open_now(connection, staff_id)
    return Figures(
        handled=sum(row.state in _HANDLED for row in found),
        given_up=sum(row.state in _GIVEN_UP for row in found),
        waiting_now=now.get(HandoffState.WAITING.value, 0),
        in_hand_now=now.get(HandoffState.ACCEPTED.value, 0),
        wait_p50_s=percentile(waits, 50),
        wait_p95_s=percentile(waits, 95),
        first_response_p50_s=percentile(answers, 50),
        first_response_p95_s=percentile(answers, 95),
        average_s=sum(lengths) / len(lengths) if lengths else None,
    )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the nearest-rank percentile; None of nothing."""
    ranked = sorted(values)
    return ranked[math.ceil(len(ranked) * percent / 100) - 1] if ranked else None


async def _open_now(connection: AsyncConnection, staff_id: StaffId | None) -> dict[str, int]:
    """Return how many are waiting and in hand now; everybody waits for an agent, so those count for each."""
    query = select(_H.state, func.count()).where(handoff_rows.OPEN).group_by(_H.state)
    if staff_id is not None:
        query = query.where((_H.agent_id == staff_id) | _H.agent_id.is_(None))
    return {state: int(count) for state, count in await connection.execute(query)}
