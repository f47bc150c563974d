"""The queue and the desks as they are now: what routing decides on, and what the desk and the customer are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows
from conversations.desk_model import Handoff, HandoffId, HandoffState, Presence, Role, Skill, StaffId
from conversations.desk_tables import handoffs, presences, staff
from conversations.forecast import Forecast, forecast
from conversations.handoff_figures import Figures, figures
from conversations.presence import VANISHED
from conversations.routing import Desk, Waiting, order
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId
from core.settings import Settings

_H, _P = handoffs.c, presences.c
_SHIFT = timedelta(hours=12)  # how far back an agent's last conversation counts for whose turn it is
_LEARN_FROM = timedelta(hours=24)
_LEARN_LEAST, _LEARN_MOST = 5, 200  # conversations from which the usual length is known


@dataclass(frozen=True)
class Queue:
    """The waiting customers in order, the desks, and how long a conversation usually takes."""

    handoffs: tuple[Handoff, ...]
    waiting: tuple[Waiting, ...]
    desks: tuple[Desk, ...]
    average_s: float
    at: datetime

    @cached_property
    def _forecasts(self) -> dict[HandoffId, Forecast]:
        return forecast(self.waiting, self.desks, self.average_s, self.at)

    def place(self, handoff: Handoff) -> Forecast:
        """Return what a waiting customer may be told; a handoff not in the queue yet comes last."""
        if (found := self._forecasts.get(handoff.id)) is not None:
            return found
        line = [*self.waiting, Waiting.of(handoff)]
        return forecast(line, self.desks, self.average_s, self.at)[handoff.id]


class HandoffViews:
    """Reads of the handoffs; none of them locks."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock = db, clock
        self._assumed_s = float(settings.handoff_average_s)

    async def get(self, handoff_id: HandoffId) -> Handoff:
        """Return a handoff; raise StaffError("handoff.unknown")."""
        async with self._db.read() as connection:
            return await handoff_rows.get(connection, handoff_id)

    async def open_of(self, conversation_id: ConversationId) -> Handoff | None:
        """Return the handoff of a conversation that is waiting or accepted."""
        async with self._db.read() as connection:
            return await handoff_rows.open_of(connection, conversation_id)

    async def of_conversation(self, conversation_id: ConversationId) -> list[Handoff]:
        """Return every stay of a conversation, oldest first."""
        query = select(handoffs).where(_H.conversation_id == conversation_id).order_by(_H.queued, _H.id)
        async with self._db.read() as connection:
            return [handoff_rows.handoff_from(row) for row in await connection.execute(query)]

    async def of_agent(self, staff_id: StaffId) -> list[Handoff]:
        """Return what an agent has in hand, oldest first."""
        query = (
            select(handoffs)
            .where(handoff_rows.OPEN, _H.agent_id == staff_id, _H.state == HandoffState.ACCEPTED.value)
            .order_by(_H.accepted, _H.id)
        )
        async with self._db.read() as connection:
            return [handoff_rows.handoff_from(row) for row in await connection.execute(query)]

    async def in_hand(self) -> list[Handoff]:
        """Return every accepted conversation, for a supervisor."""
        query = (
            select(handoffs)
            .where(handoff_rows.OPEN, _H.state == HandoffState.ACCEPTED.value)
            .order_by(_H.accepted, _H.id)
        )
        async with self._db.read() as connection:
            return [handoff_rows.handoff_from(row) for row in await connection.execute(query)]

    async def open_now(self) -> tuple[list[Handoff], list[Handoff]]:
        """Return the queue, in order, and every accepted conversation, oldest first, as of one moment."""
        query = select(handoffs).where(handoff_rows.OPEN)
        async with self._db.read() as connection:
            found = [handoff_rows.handoff_from(row) for row in await connection.execute(query)]
        waiting = {handoff.id: handoff for handoff in found if handoff.state is HandoffState.WAITING}
        in_hand = [handoff for handoff in found if handoff.state is HandoffState.ACCEPTED]
        in_hand.sort(key=lambda handoff: (handoff.accepted or handoff.queued, handoff.id))
        return [waiting[one.id] for one in order(map(Waiting.of, waiting.values()))], in_hand

    async def waiting(self) -> list[Handoff]:
        """Return the queue, in order."""
        async with self._db.read() as connection:
            return [handoff for handoff, _ in await _waiting(connection)]

    async def queue(self) -> Queue:
        """Return everything routing decides on."""
        async with self._db.read() as connection:
            return await self.queue_in(connection)

    async def queue_in(self, connection: AsyncConnection) -> Queue:
        """As `queue`, in the caller's transaction: what it has added counts."""
        now, queue = self._clock.now(), await _waiting(connection)
        return Queue(
            handoffs=tuple(handoff for handoff, _ in queue),
            waiting=tuple(waiting for _, waiting in queue),
            desks=tuple(await _desks(connection, now)),
            average_s=await _average_s(connection, now) or self._assumed_s,
            at=now,
        )

    async def place(self, handoff: Handoff) -> Forecast:
        """Return what a waiting customer may be told."""
        return (await self.queue()).place(handoff)

    async def lost_agents(self, after: timedelta = VANISHED) -> list[StaffId]:
        """Return who has conversations in hand and gave no sign of life for `after`, whatever presence they set."""
        gone = _P.beat.is_(None) | (_P.beat <= self._clock.now() - after)
        query = (
            select(_H.agent_id)
            .distinct()
            .select_from(handoffs.outerjoin(presences, _P.staff_id == _H.agent_id))
            .where(handoff_rows.OPEN, _H.state == HandoffState.ACCEPTED.value, gone)
        )
        async with self._db.read() as connection:
            return [StaffId(agent_id) for agent_id in (await connection.execute(query)).scalars()]

    async def figures(self, staff_id: StaffId | None, since: datetime) -> Figures:
        """Return the numbers of an agent, or of everybody, over handoffs queued since then."""
        async with self._db.read() as connection:
            return await figures(connection, staff_id, since)


async def _waiting(connection: AsyncConnection) -> list[tuple[Handoff, Waiting]]:
    query = select(handoffs).where(handoff_rows.OPEN, _H.state == HandoffState.WAITING.value)
    found = {row.id: handoff_rows.handoff_from(row) for row in await connection.execute(query)}
    given_up = await _given_up_by(connection, list(found.values()))
    line = order(Waiting.of(handoff, given_up.get(handoff.conversation_id)) for handoff in found.values())
    return [(found[waiting.id], waiting) for waiting in line]


async def _given_up_by(connection: AsyncConnection, waiting: list[Handoff]) -> dict[ConversationId, StaffId]:
    """Return which agent has just transferred each of these conversations away."""
    moved = {h.conversation_id: h.queued for h in waiting if not h.is_returned}
    if not moved:
        return {}
    query = select(_H.conversation_id, _H.agent_id, _H.ended).where(
        _H.conversation_id.in_(list(moved)), _H.state == HandoffState.TRANSFERRED.value
    )
    return {
        ConversationId(row.conversation_id): StaffId(row.agent_id)
        for row in await connection.execute(query)
        if row.agent_id is not None and row.ended == moved[ConversationId(row.conversation_id)]
    }


async def _desks(connection: AsyncConnection, now: datetime) -> list[Desk]:
    query = (
        select(staff, _P.presence, _P.since)
        .select_from(staff.join(presences, _P.staff_id == staff.c.id))
        .where(staff.c.is_active, _P.presence != Presence.OFFLINE.value)
    )
    agents = [row for row in await connection.execute(query) if Role.AGENT.value in row.roles]
    ids = [StaffId(row.id) for row in agents]
    loads = await handoff_rows.loads(connection, ids)
    busy = await connection.execute(
        select(_H.agent_id, func.max(_H.accepted).label("accepted"), func.max(_H.ended).label("ended"))
        .where(_H.agent_id.in_(ids), _H.accepted >= now - _SHIFT)
        .group_by(_H.agent_id)
    )
    last = {row.agent_id: max(row.accepted, row.ended or row.accepted) for row in busy}
    return [
        Desk(
            id=StaffId(row.id),
            skills=frozenset(Skill(skill) for skill in row.skills),
            presence=Presence(row.presence),
            capacity=row.capacity,
            load=loads.get(StaffId(row.id), 0),
            idle_since=max(row.since, last.get(row.id, row.since)),
        )
        for row in agents
    ]


async def _average_s(connection: AsyncConnection, now: datetime) -> float | None:
    """Return how long an agent's conversation takes these days; None when there were too few."""
    query = (
        select(_H.accepted, _H.ended)
        .where(_H.queued >= now - _LEARN_FROM, _H.accepted.is_not(None), _H.ended.is_not(None))
        .order_by(_H.queued.desc())
        .limit(_LEARN_MOST)
    )
    lengths = [(row.ended - row.accepted).total_seconds() for row in await connection.execute(query)]
    return sum(lengths) / len(lengths) if len(lengths) >= _LEARN_LEAST else None
