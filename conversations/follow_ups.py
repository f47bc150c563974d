"""What agents have promised to come back to: a task with a time, on somebody's list until it is ticked off.

A timer of its kind fires after every change, for whoever keeps the billing system's ticket in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import handoff_rows, rows
from conversations.desk_model import FollowUp, FollowUpId, Handoff, HandoffId, Skill, StaffId, StaffMember
from conversations.desk_tables import follow_ups
from conversations.handoff_steps import Announce, Publish, Words
from conversations.locking import lock_contact_of
from conversations.model import ContactId, Message, Sender, new_id
from conversations.sealing import Sealer
from conversations.tables import conversations
from conversations.timers import set_timer
from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId, Msisdn

FOLLOW_UP = "follow_up"  # the timer that brings the billing system's ticket up to date
_F = follow_ups.c
_MAX_CHARS = 500
_LONGEST = timedelta(days=90)
_SHOWN = 300


class FollowUps:
    """The lists of everybody."""

    def __init__(
        self, db: Database, clock: Clock, sealer: Sealer, words: Words, announce: Announce, publish: Publish
    ) -> None:
        self._db, self._clock, self._sealer = db, clock, sealer
        self._words, self._announce, self._publish = words, announce, publish

    # --- what agents do ----------------------------------------------------------------------------------------

    async def open(
        self, handoff: Handoff, owner: StaffId, task: str, due: datetime, number: Msisdn | None
    ) -> FollowUp:
        """Put a customer on somebody's list, within the transaction that ends the conversation; then `tell_desks`.

        Raises StaffError("follow_up.invalid") with `field` "task" or "due".
        """
        now = self._clock.now()
        opened = FollowUp(
            id=FollowUpId(new_id()),
            handoff_id=handoff.id,
            conversation_id=handoff.conversation_id,
            contact_id=handoff.contact_id,
            channel=handoff.channel,
            skill=handoff.request.skill,
            who=handoff.request.summary.who[:120],
            has_number=number is not None,
            owner=owner,
            task=_text(task, "task"),
            due=_due(due, now),
            opened=now,
        )
        async with self._db.write() as connection:
            await connection.execute(
                insert(follow_ups).values(
                    id=opened.id,
                    handoff_id=opened.handoff_id,
                    conversation_id=opened.conversation_id,
                    contact_id=opened.contact_id,
                    channel=opened.channel,
                    skill=opened.skill.value,
                    who=opened.who,
                    number_sealed=self._sealer.seal(number) if number is not None else None,
                    owner=owner,
                    task=opened.task,
                    due=opened.due,
                    opened=now,
                    outcome="",
                )
            )
            await set_timer(connection, FOLLOW_UP, opened.id, now)
        return opened

    async def move(
        self, follow_up_id: FollowUpId, due: datetime | None = None, owner: StaffId | None = None
    ) -> FollowUp:
        """Give a follow-up another time, or to somebody else.

        Raises StaffError "follow_up.invalid", "follow_up.gone" when it is done, "follow_up.unknown", "staff.unknown".
        """
        values: dict[str, object] = {}
        if due is not None:
            values["due"] = _due(due, self._clock.now())
        async with self._db.write() as connection:
            before = await self._get(connection, follow_up_id)
            if owner is not None:
                values["owner"] = (await handoff_rows.staff_member(connection, owner)).id
            moved = await self._change(connection, follow_up_id, values)
        self.tell_desks(moved, before.owner)
        return moved

    async def finish(
        self, follow_up_id: FollowUpId, by: StaffMember, outcome: str, telling: str = ""
    ) -> FollowUp:
        """Tick a follow-up off; `telling` is what the customer hears of it, wherever they are talking now.

        Raises StaffError "follow_up.invalid", "follow_up.gone" when it is done already, "follow_up.unknown".
        """
        values = {"done": self._clock.now(), "done_by": by.id, "outcome": _text(outcome, "outcome")}
        said: list[Message] = []
        async with self._db.write() as connection:
            if telling.strip():
                await lock_contact_of(connection, (await self._get(connection, follow_up_id)).conversation_id)
            done = await self._change(connection, follow_up_id, values)
            if telling.strip():
                said = await self._tell(connection, done, by, _text(telling, "telling"))
        self._announce(said)
        self.tell_desks(done)
        return done

    def tell_desks(self, changed: FollowUp, *others: StaffId) -> None:
        """Tell the desks, after the transaction, whose list is different and whose customer it is about."""
        told = {"contact": changed.contact_id, "owners": [changed.owner, *others]}
        self._publish("follow_up.changed", changed.id, told)

    async def _change(
        self, connection: AsyncConnection, follow_up_id: FollowUpId, values: dict[str, object]
    ) -> FollowUp:
        if not values:
            raise StaffError("follow_up.invalid", follow_up_id, field="due")
        changed = await connection.execute(
            update(follow_ups)
            .where(_F.id == follow_up_id, _F.done.is_(None))
            .values(**values)
            .returning(*follow_ups.c)
        )
        if (row := changed.one_or_none()) is None:
            await self._get(connection, follow_up_id)
            raise StaffError("follow_up.gone", follow_up_id)
        await set_timer(connection, FOLLOW_UP, follow_up_id, self._clock.now())
        return _from(row)

    async def _tell(
        self, connection: AsyncConnection, follow_up: FollowUp, by: StaffMember, text: str
    ) -> list[Message]:
        newest = (
            select(conversations)
            .where(conversations.c.contact_id == follow_up.contact_id)
            .order_by(conversations.c.started.desc())
            .limit(1)
        )
        conversation = rows.conversation_from((await connection.execute(newest)).one())
        content = replace(self._words("follow_up_done", text=text, agent=by.name), about={"topic": "handoff"})
        return await rows.append(connection, conversation, [content], Sender.SYSTEM, self._clock.now())

    # --- what is there -----------------------------------------------------------------------------------------

    async def get(self, follow_up_id: FollowUpId) -> FollowUp:
        """Return a follow-up; raise StaffError("follow_up.unknown")."""
        async with self._db.read() as connection:
            return await self._get(connection, follow_up_id)

    async def open_now(self, owner: StaffId | None = None) -> list[FollowUp]:
        """Return what is not done, of one person or of everybody, the most urgent first."""
        query = select(follow_ups).where(_F.done.is_(None), *([_F.owner == owner] if owner else []))
        return await self._found(query.order_by(_F.due, _F.id).limit(_SHOWN))

    async def of_contact(self, contact_id: ContactId) -> list[FollowUp]:
        """Return what is still owed to a customer, the most urgent first."""
        query = select(follow_ups).where(_F.contact_id == contact_id, _F.done.is_(None))
        return await self._found(query.order_by(_F.due, _F.id))

    async def of_conversation(self, conversation_id: ConversationId) -> list[FollowUp]:
        """Return what a conversation has left to do, done or not, oldest first."""
        query = select(follow_ups).where(_F.conversation_id == conversation_id)
        return await self._found(query.order_by(_F.opened))

    async def number(self, follow_up_id: FollowUpId) -> Msisdn | None:
        """Return the number the customer had proven; None without one."""
        query = select(_F.number_sealed).where(_F.id == follow_up_id)
        async with self._db.read() as connection:
            sealed = (await connection.execute(query)).scalar_one_or_none()
        return Msisdn(self._sealer.open(sealed)) if sealed is not None else None

    async def forget_number(self, follow_up_id: FollowUpId) -> None:
        """Erase the number: what is done needs no call any more."""
        async with self._db.write() as connection:
            await connection.execute(
                update(follow_ups).where(_F.id == follow_up_id).values(number_sealed=None)
            )

    async def keep_ticket(self, follow_up_id: FollowUpId, ticket: str) -> None:
        """Note the billing system's ticket."""
        async with self._db.write() as connection:
            await connection.execute(update(follow_ups).where(_F.id == follow_up_id).values(ticket=ticket))
            noted = await self._get(connection, follow_up_id)
        self.tell_desks(noted)

    async def _get(self, connection: AsyncConnection, follow_up_id: FollowUpId) -> FollowUp:
        row = (await connection.execute(select(follow_ups).where(_F.id == follow_up_id))).one_or_none()
        if row is None:
            raise StaffError("follow_up.unknown", follow_up_id)
        return _from(row)

    async def _found(self, query: Any) -> list[FollowUp]:
        async with self._db.read() as connection:
            found: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return [_from(row) for row in found]


def _from(row: Row[Any]) -> FollowUp:
    return FollowUp(
        id=FollowUpId(row.id),
        handoff_id=HandoffId(row.handoff_id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        channel=row.channel,
        skill=Skill(row.skill),
        who=row.who,
        has_number=row.number_sealed is not None,
        owner=StaffId(row.owner),
        task=row.task,
        due=row.due,
        opened=row.opened,
        ticket=row.ticket,
        done=row.done,
        done_by=StaffId(row.done_by) if row.done_by else None,
        outcome=row.outcome,
    )


def _text(text: str, field: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= _MAX_CHARS:
        raise StaffError("follow_up.invalid", field, field=field)
    return text


def _due(due: datetime, now: datetime) -> datetime:
    if not now < due <= now + _LONGEST:
        raise StaffError("follow_up.invalid", "due", field="due")
    return due
