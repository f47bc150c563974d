"""Handoffs as rows: reading, adding and ending them, inside a transaction that holds the contact's lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, text, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.desk_model import (
    Disposition,
    Handoff,
    HandoffId,
    HandoffRequest,
    HandoffState,
    Reason,
    Skill,
    StaffId,
    StaffMember,
    Summary,
)
from conversations.desk_tables import follow_ups, handoffs, staff
from conversations.model import ContactId
from conversations.staff import member_from
from core.errors import NotAllowed, StaffError
from core.ids import ConversationId

_H, _S = handoffs.c, staff.c
OPEN = text("handoffs.state IN ('waiting', 'accepted')")  # written as the partial index is
_SAME_AGENT = timedelta(hours=24)  # who served a customer this recently is asked first


def handoff_from(row: Row[Any]) -> Handoff:
    """Read a row of `handoffs`."""
    return Handoff(
        id=HandoffId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        channel=row.channel,
        request=HandoffRequest(
            reason=Reason(row.reason),
            skill=Skill(row.skill),
            summary=_summary_from(row.summary),
            language=row.language,
            is_elderly=row.is_elderly,
            is_complaint=row.is_complaint,
        ),
        state=HandoffState(row.state),
        requested=row.requested,
        queued=row.queued,
        is_returned=row.is_returned,
        wanted_agent=_agent(row.wanted_agent),
        last_agent=_agent(row.last_agent),
        agent_id=_agent(row.agent_id),
        accepted=row.accepted,
        first_response=row.first_response,
        ended=row.ended,
        disposition=Disposition(row.disposition) if row.disposition else None,
    )


async def add(connection: AsyncConnection, handoff: Handoff) -> Handoff:
    """Write a new handoff."""
    request = handoff.request
    await connection.execute(
        insert(handoffs).values(
            id=handoff.id,
            conversation_id=handoff.conversation_id,
            contact_id=handoff.contact_id,
            channel=handoff.channel,
            reason=request.reason.value,
            skill=request.skill.value,
            language=request.language,
            summary=_summary_values(request.summary),
            is_elderly=request.is_elderly,
            is_complaint=request.is_complaint,
            is_returned=handoff.is_returned,
            state=handoff.state.value,
            requested=handoff.requested,
            queued=handoff.queued,
            wanted_agent=handoff.wanted_agent,
            last_agent=handoff.last_agent,
            agent_id=handoff.agent_id,
            accepted=handoff.accepted,
        )
    )
    return handoff


async def get(connection: AsyncConnection, handoff_id: HandoffId) -> Handoff:
    """Return a handoff; raise StaffError("handoff.unknown") if there is none."""
    row = (await connection.execute(select(handoffs).where(_H.id == handoff_id))).one_or_none()
    if row is None:
        raise StaffError("handoff.unknown", handoff_id)
    return handoff_from(row)


async def open_of(connection: AsyncConnection, conversation_id: ConversationId) -> Handoff | None:
    """Return the handoff of a conversation that is waiting or accepted."""
    query = select(handoffs).where(_H.conversation_id == conversation_id, OPEN)
    row = (await connection.execute(query)).one_or_none()
    return handoff_from(row) if row is not None else None


async def claim(
    connection: AsyncConnection, handoff_id: HandoffId, staff_id: StaffId, now: datetime
) -> Handoff | None:
    """Give a waiting handoff to an agent; None when somebody else was faster or the customer has left."""
    return await _change(
        connection,
        handoff_id,
        HandoffState.WAITING,
        {"state": HandoffState.ACCEPTED.value, "agent_id": staff_id, "accepted": now},
    )


async def end(
    connection: AsyncConnection,
    handoff: Handoff,
    state: HandoffState,
    now: datetime,
    disposition: Disposition | None = None,
) -> Handoff:
    """End an open handoff; raise StaffError("handoff.gone") if it is not as the caller has read it."""
    ended = await _change(
        connection,
        handoff.id,
        handoff.state,
        {"state": state.value, "ended": now, "disposition": disposition.value if disposition else None},
    )
    if ended is None:
        raise StaffError("handoff.gone", handoff.id)
    return ended


async def end_open(
    connection: AsyncConnection,
    conversation_id: ConversationId,
    state: HandoffState,
    now: datetime,
    disposition: Disposition | None = None,
) -> Handoff | None:
    """End whatever handoff a conversation has open, for whoever moves the conversation on; None if it has none."""
    handoff = await open_of(connection, conversation_id)
    return None if handoff is None else await end(connection, handoff, state, now, disposition)


async def answered(connection: AsyncConnection, handoff_id: HandoffId, now: datetime) -> None:
    """Note the agent's first words."""
    first = update(handoffs).where(_H.id == handoff_id, _H.first_response.is_(None))
    await connection.execute(first.values(first_response=now))


async def last_agent_of(connection: AsyncConnection, contact_id: ContactId, now: datetime) -> StaffId | None:
    """Return who served a customer last, if that was in the last 24 h; otherwise who still owes them an answer."""
    query = (
        select(_H.agent_id)
        .where(_H.contact_id == contact_id, _H.accepted >= now - _SAME_AGENT)
        .order_by(_H.accepted.desc())
        .limit(1)
    )
    if (served := (await connection.execute(query)).scalar_one_or_none()) is not None:
        return StaffId(served)
    owed = select(follow_ups.c.owner).where(
        follow_ups.c.contact_id == contact_id, follow_ups.c.done.is_(None)
    )
    return _agent((await connection.execute(owed.order_by(follow_ups.c.due).limit(1))).scalar_one_or_none())


async def lock_staff(connection: AsyncConnection, staff_id: StaffId) -> StaffMember:
    """As `staff_member`, and hold the row until the transaction ends: one at a time counts their load and adds to it.

    Always after the contact's lock, and only one in a transaction.
    """
    # FOR NO KEY UPDATE: rows that refer to this one may still be added meanwhile.
    return await _staff(connection, select(staff).where(_S.id == staff_id).with_for_update(key_share=True))


async def staff_member(connection: AsyncConnection, staff_id: StaffId) -> StaffMember:
    """Return a member of staff; raise StaffError("staff.unknown"), NotAllowed("staff.inactive")."""
    return await _staff(connection, select(staff).where(_S.id == staff_id))


async def _staff(connection: AsyncConnection, query: Select[Any]) -> StaffMember:
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise StaffError("staff.unknown")
    if not row.is_active:
        raise NotAllowed("staff.inactive", row.id)
    return member_from(row)


async def loads(connection: AsyncConnection, agents: Iterable[StaffId] | None = None) -> dict[StaffId, int]:
    """Return how many conversations agents have in hand; those with none are missing."""
    query = select(_H.agent_id, func.count()).where(OPEN, _H.state == HandoffState.ACCEPTED.value)
    if agents is not None:
        query = query.where(_H.agent_id.in_(list(agents)))
    found = await connection.execute(query.group_by(_H.agent_id))
    return {StaffId(agent_id): int(count) for agent_id, count in found}


async def _change(
    connection: AsyncConnection, handoff_id: HandoffId, expected: HandoffState, values: Mapping[str, object]
) -> Handoff | None:
    changed = await connection.execute(
        update(handoffs)
        .where(_H.id == handoff_id, _H.state == expected.value)
        .values(**values)
        .returning(*handoffs.c)
    )
    row = changed.one_or_none()
    return handoff_from(row) if row is not None else None


def _agent(value: str | None) -> StaffId | None:
    return StaffId(value) if value is not None else None


def _summary_values(summary: Summary) -> dict[str, object]:
    return {
        "who": summary.who,
        "wish": summary.wish,
        "tried": list(summary.tried),
        "known": [list(pair) for pair in summary.known],
        "last_turns": [list(pair) for pair in summary.last_turns],
    }


def _summary_from(values: Mapping[str, Any]) -> Summary:
    return Summary(
        who=values["who"],
        wish=values["wish"],
        tried=tuple(values["tried"]),
        known=tuple((label, value) for label, value in values["known"]),
        last_turns=tuple((sender, said) for sender, said in values["last_turns"]),
    )
