"""A payment or order on its way: awaiting → confirmed → placed → completed, each step a conditional update.

What was confirmed and not placed yet may be taken back: a top-up ends then and there, for nobody has its link; an order
is withdrawn, which says that it is never placed any more and that billing, which may have it, is still to be asked.

The row's id is the only thing a slot holds, and the idempotency key of every write that follows from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal, NewType

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.engine import Row

from conversations.locking import take_turn
from conversations.model import new_id
from conversations.sealing import Sealer
from conversations.tables import conversations, pending_actions
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId
from core.settings import Settings

PendingId = NewType("PendingId", str)
PendingKind = Literal["topup", "order", "cancel_order"]
_T = pending_actions.c


class PendingState(str, Enum):
    """How far a pending action has come."""

    AWAITING = "awaiting"  # shown, not confirmed
    CONFIRMED = "confirmed"  # the customer said yes; the write to billing is due
    PLACED = "placed"  # billing has it
    WITHDRAWN = "withdrawn"  # taken back; whether billing had it before is not known yet
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


UNDER_WAY = (PendingState.CONFIRMED, PendingState.PLACED, PendingState.WITHDRAWN)
ENDS = (PendingState.COMPLETED, PendingState.FAILED, PendingState.EXPIRED, PendingState.CANCELLED)


@dataclass(frozen=True, slots=True)
class PendingAction:
    """One pending payment or order; `shown` is what the customer confirmed, kept as evidence with its hash."""

    id: PendingId
    conversation_id: ConversationId
    kind: PendingKind
    payload: Mapping[str, Any]
    shown: str
    shown_sha256: str
    state: PendingState
    external: Mapping[str, Any] | None
    note: str
    created: datetime
    expires: datetime


class PendingActions:
    """The pending payments and orders of all conversations; payloads are encrypted at rest."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock = db, clock
        self._sealer = Sealer(settings.secret)
        self._lifetime = timedelta(seconds=settings.pending_lifetime_s)

    async def create(
        self, conversation_id: ConversationId, kind: PendingKind, payload: Mapping[str, Any], shown: str
    ) -> PendingId:
        """Keep what is offered for confirmation; an older one still awaiting in this conversation is cancelled."""
        now, pending_id = self._clock.now(), PendingId(new_id())
        async with self._db.write() as connection:
            await take_turn(connection, conversation_id)
            await connection.execute(
                update(pending_actions)
                .where(_T.conversation_id == conversation_id, _T.state == PendingState.AWAITING.value)
                .values(state=PendingState.CANCELLED.value, note="replaced", settled=now)
            )
            await connection.execute(
                insert(pending_actions).values(
                    id=pending_id,
                    conversation_id=conversation_id,
                    kind=kind,
                    payload_sealed=self._sealer.seal(json.dumps(payload, ensure_ascii=False)),
                    shown=shown,
                    shown_sha256=hashlib.sha256(shown.encode()).hexdigest(),
                    state=PendingState.AWAITING.value,
                    note="",
                    created=now,
                    expires=now + self._lifetime,
                )
            )
        return pending_id

    async def get(self, pending_id: PendingId) -> PendingAction | None:
        """Return one; awaiting past its time reads as expired."""
        found = await self._select(_T.id == pending_id)
        return found[0] if found else None

    async def open_of(self, conversation_id: ConversationId) -> PendingAction | None:
        """Return the newest that still awaits confirmation in this conversation."""
        found = await self._select(
            _T.conversation_id == conversation_id,
            _T.state == PendingState.AWAITING.value,
            _T.expires > self._clock.now(),
        )
        return found[-1] if found else None

    async def of(self, conversation_id: ConversationId) -> Sequence[PendingAction]:
        """Return all of a conversation, oldest first."""
        return await self._select(_T.conversation_id == conversation_id)

    async def under_way(self, conversation_id: ConversationId) -> Sequence[PendingAction]:
        """Return what the same contact has confirmed, in this conversation or before, and has not ended, oldest first."""
        contact = select(conversations.c.contact_id).where(conversations.c.id == conversation_id)
        theirs = select(conversations.c.id).where(conversations.c.contact_id == contact.scalar_subquery())
        return await self._select(
            _T.conversation_id.in_(theirs), _T.state.in_([state.value for state in UNDER_WAY])
        )

    async def placed(self, kind: PendingKind | None = None) -> Sequence[PendingAction]:
        """Return those billing works on, oldest first."""
        conditions = [_T.state == PendingState.PLACED.value]
        return await self._select(*conditions, *([_T.kind == kind] if kind else []))

    async def unplaced(self, older_than_s: float) -> Sequence[PendingAction]:
        """Return those confirmed, or withdrawn, that long ago and never placed: a crash or a timeout stands between."""
        before = self._clock.now() - timedelta(seconds=older_than_s)
        is_left = and_(_T.state == PendingState.CONFIRMED.value, _T.confirmed <= before)
        is_withdrawn = and_(_T.state == PendingState.WITHDRAWN.value, _T.settled <= before)
        return await self._select(or_(is_left, is_withdrawn))

    async def confirm(self, pending_id: PendingId) -> bool:
        """Take the customer's yes; False if it was taken already, or came too late."""
        now = self._clock.now()
        return await self._move(
            pending_id, (PendingState.AWAITING,), PendingState.CONFIRMED, _T.expires > now, confirmed=now
        )

    async def place(self, pending_id: PendingId, external: Mapping[str, Any]) -> bool:
        """Note that billing has it, and what billing answered."""
        return await self._move(
            pending_id,
            (PendingState.CONFIRMED, PendingState.WITHDRAWN),
            PendingState.PLACED,
            placed=self._clock.now(),
            external=dict(external),
        )

    async def settle(
        self,
        pending_id: PendingId,
        state: PendingState,
        note: str = "",
        external: Mapping[str, Any] | None = None,
    ) -> bool:
        """End one that is under way, with what billing answered; True for the one caller who ended it."""
        if state not in ENDS:
            raise ValueError(f"{state.value} is not an end")
        answered = {} if external is None else {"external": dict(external)}
        return await self._move(
            pending_id, UNDER_WAY, state, settled=self._clock.now(), note=note, **answered
        )

    async def take_back(self, row: PendingAction, note: str) -> bool:
        """Take a yes back whose write to billing is still due; False where billing has it, or it has ended."""
        after = PendingState.CANCELLED if row.kind == "topup" else PendingState.WITHDRAWN
        return await self._move(
            row.id, (PendingState.CONFIRMED,), after, settled=self._clock.now(), note=note
        )

    async def cancel(self, pending_id: PendingId) -> bool:
        """Drop one that awaits confirmation; False if it is beyond that."""
        return await self._move(
            pending_id, (PendingState.AWAITING,), PendingState.CANCELLED, settled=self._clock.now()
        )

    async def expire_old(self) -> int:
        """End those nobody confirmed in time; return how many."""
        now = self._clock.now()
        async with self._db.write() as connection:
            done = await connection.execute(
                update(pending_actions)
                .where(_T.state == PendingState.AWAITING.value, _T.expires <= now)
                .values(state=PendingState.EXPIRED.value, settled=now)
            )
        return done.rowcount

    async def _move(
        self,
        pending_id: PendingId,
        before: Sequence[PendingState],
        after: PendingState,
        *conditions: ColumnElement[bool],
        **values: object,
    ) -> bool:
        async with self._db.write() as connection:
            done = await connection.execute(
                update(pending_actions)
                .where(_T.id == pending_id, _T.state.in_([state.value for state in before]), *conditions)
                .values(state=after.value, **values)
            )
        return done.rowcount == 1

    async def _select(self, *conditions: ColumnElement[bool]) -> list[PendingAction]:
        query = select(pending_actions).where(*conditions).order_by(_T.created, _T.id)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return [self._from_row(row) for row in rows]

    def _from_row(self, row: Row[Any]) -> PendingAction:
        state = PendingState(row.state)
        if state is PendingState.AWAITING and row.expires <= self._clock.now():
            state = PendingState.EXPIRED
        return PendingAction(
            id=PendingId(row.id),
            conversation_id=ConversationId(row.conversation_id),
            kind=row.kind,
            payload=json.loads(self._sealer.open(row.payload_sealed)),
            shown=row.shown,
            shown_sha256=row.shown_sha256,
            state=state,
            external=row.external,
            note=row.note,
            created=row.created,
            expires=row.expires,
        )
