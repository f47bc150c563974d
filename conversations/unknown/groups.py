"""The groups as an operator sees and decides them; a decision is one conditional update, so it is made once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.figures.model import day_of
from conversations.unknown.model import Cause, Effect, EffectDay, Example, Group, GroupId, State
from conversations.unknown.tables import unknown_groups, unknown_questions
from core.clock import UTC, Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ConversationId

_G, _U = unknown_groups.c, unknown_questions.c
_WEEK_S = 7 * 86_400
_UNDECIDED: Mapping[str, object] = {
    "state": State.OPEN.value,
    "target": "",
    "phrases": [],
    "reason": "",
    "live_since": None,
}
_UNSERVED = _U.cause != Cause.ANSWERED.value
SORTS = ("size", "growth", "new")
Account = Callable[[AsyncConnection, str, str, str, Mapping[str, object]], Awaitable[None]]
"""Notes in the audit log who did what to which group, inside the transaction that does it."""


class Groups:
    """Reads the groups, and keeps what is decided of them."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        self._db, self._clock, self._account = db, clock, account

    async def page(
        self,
        state: State,
        q: str = "",
        channel: str = "",
        sort: str = "size",
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[Group], int]:
        """Return a page of the groups in a state, the most pressing first, and how many there are."""
        now_s = int(self._clock.now().timestamp())
        async with self._db.read() as connection:
            return await connection.run_sync(_list, now_s, state, q, channel, sort, offset, limit)

    async def get(self, group_id: str) -> Group:
        """Return a group; raise StaffError("unknown_group.unknown")."""
        async with self._db.read() as connection:
            return await connection.run_sync(_get, int(self._clock.now().timestamp()), GroupId(group_id))

    async def examples(self, group_id: str, limit: int = 30) -> list[Example]:
        """Return the wordings of a group, most asked first."""
        query = (
            select(func.max(_U.text).label("text"), func.count().label("n"), func.max(_U.asked_s).label("last_s"),
                   func.min(_U.cause).label("cause"), func.max(_U.conversation_id).label("conversation_id"))
            .where(_U.group_id == group_id, _UNSERVED)
            .group_by(_U.wording)
            .order_by(func.count().desc(), func.max(_U.asked_s).desc(), _U.wording)
            .limit(limit)
        )  # fmt: skip
        async with self._db.read() as connection:
            return [
                Example(
                    row.text,
                    row.n,
                    _moment(row.last_s),
                    Cause(row.cause),
                    ConversationId(row.conversation_id),
                )
                for row in await connection.execute(query)
            ]

    async def effect(self, group: Group) -> Effect:
        """Return how many questions like these were asked and how many were answered well, by day and since it is live."""
        query = select(_U.asked_s, _U.cause).where(_U.group_id == group.id)
        live_s = int(group.live_since.timestamp()) if group.live_since is not None else math.inf
        before, after = [0, 0], [0, 0]
        days: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0])
        async with self._db.read() as connection:
            for row in await connection.execute(query):
                side = before if row.asked_s < live_s else after
                for counts in (days[day_of(_moment(row.asked_s))], side):
                    counts[0] += 1
                    counts[1] += row.cause == Cause.ANSWERED.value
        by_day = [EffectDay(day, asked, answered) for day, (asked, answered) in sorted(days.items())]
        return Effect(by_day, (before[0], before[1]), (after[0], after[1]))

    async def accept(self, group_id: str, target: str, phrases: Sequence[str], by: str) -> Group:
        """Keep that an article is to answer it; raise StaffError "unknown_group.taken", "unknown_group.unknown".

        What it is about must follow, and then `aim` or, where it cannot be done, `take_back`.
        """
        return await self._decide(
            group_id, by, {"state": State.ACCEPTED.value, "target": target, "phrases": list(phrases)}
        )

    async def ignore(self, group_id: str, reason: str, by: str) -> Group:
        """Put it aside until it grows; raises as `accept`, and StaffError("unknown_group.reason")."""
        if not reason.strip():
            raise StaffError("unknown_group.reason", group_id)
        values = {"state": State.IGNORED.value, "reason": reason.strip()}
        told = {"reason": reason.strip()}
        return await self._decide(group_id, by, values, (State.OPEN,), "unknown.ignored", told)

    async def reopen(self, group_id: str, by: str) -> Group:
        """Take a decision back; raise StaffError "unknown_group.taken", "unknown_group.unknown"."""
        decided = (State.IGNORED, State.ACCEPTED)
        return await self._decide(group_id, by, _UNDECIDED, decided, "unknown.reopened")

    async def take_back(self, group_id: str, by: str) -> Group:
        """Undo an acceptance that could not be carried out; raises as `reopen`."""
        return await self._decide(group_id, by, _UNDECIDED, (State.ACCEPTED,))

    async def merge(self, group_id: str, into: str, by: str) -> Group:
        """Put an open group's questions into another; raise StaffError as `accept`, and "unknown_group.merge"."""
        if group_id == into:
            raise StaffError("unknown_group.merge", group_id)
        async with self._db.write() as connection:
            goal = await connection.execute(
                select(_G.state).where(_G.id == into, _G.state.in_([State.OPEN.value, State.ACCEPTED.value]))
            )
            if goal.first() is None:
                raise StaffError("unknown_group.merge", into)
            await self._update(connection, group_id, by, {"state": State.MERGED.value, "merged_into": into})
            await connection.execute(
                update(unknown_questions).where(_U.group_id == group_id).values(group_id=into)
            )
            await self._tell(connection, by, "unknown.merged", into, {"from": group_id})
        return await self.get(into)

    async def aim(
        self, group_id: str, target: str, by: str, what: str, detail: Mapping[str, object]
    ) -> Group:
        """Name the article of an accepted group, once it holds what was accepted; `what` was done."""
        async with self._db.write() as connection:
            accepted = and_(_G.id == group_id, _G.state == State.ACCEPTED.value)
            await connection.execute(update(unknown_groups).where(accepted).values(target=target))
            await self._tell(connection, by, what, group_id, detail)
        return await self.get(group_id)

    async def gone_live(self, group_id: GroupId, since: datetime) -> None:
        """Note since when customers get what was added."""
        async with self._db.write() as connection:
            still = and_(_G.id == group_id, _G.state == State.ACCEPTED.value, _G.live_since.is_(None))
            await connection.execute(update(unknown_groups).where(still).values(live_since=since))

    async def gone_back(self, group_id: GroupId) -> None:
        """Note that customers do not get what was added any more."""
        async with self._db.write() as connection:
            await connection.execute(update(unknown_groups).where(_G.id == group_id).values(live_since=None))

    async def _decide(
        self,
        group_id: str,
        by: str,
        values: Mapping[str, object],
        before: Sequence[State] = (State.OPEN,),
        what: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> Group:
        async with self._db.write() as connection:
            await self._update(connection, group_id, by, values, before)
            if what:
                await self._tell(connection, by, what, group_id, detail or {})
        return await self.get(group_id)

    async def _tell(
        self, connection: AsyncConnection, by: str, what: str, group_id: str, detail: Mapping[str, object]
    ) -> None:
        title = await connection.execute(select(_G.title).where(_G.id == group_id))
        await self._account(connection, by, what, group_id, {"group": title.scalar_one(), **detail})

    async def _update(
        self,
        connection: AsyncConnection,
        group_id: str,
        by: str,
        values: Mapping[str, object],
        before: Sequence[State] = (State.OPEN,),
    ) -> None:
        size = select(func.count()).where(_U.group_id == group_id, _UNSERVED).scalar_subquery()
        done = await connection.execute(
            update(unknown_groups)
            .where(_G.id == group_id, _G.state.in_([state.value for state in before]))
            .values(decided=self._clock.now(), decided_by=by, size_then=size, **values)
        )
        if done.rowcount == 0:
            known = await connection.execute(select(_G.id).where(_G.id == group_id))
            is_gone = known.first() is None
            raise StaffError("unknown_group.unknown" if is_gone else "unknown_group.taken", group_id)


def _counted(now_s: int) -> Select[Any]:
    week, before = now_s - _WEEK_S, now_s - 2 * _WEEK_S
    return (
        select(
            _U.group_id, func.count().label("size"), func.max(_U.asked_s).label("newest"),
            func.sum(case((_U.asked_s >= week, 1), else_=0)).label("this_week"),
            func.sum(case((and_(_U.asked_s >= before, _U.asked_s < week), 1), else_=0)).label("last_week"),
        )
        .where(_U.group_id.is_not(None), _UNSERVED)
        .group_by(_U.group_id)
    )  # fmt: skip


def _list(
    connection: Connection, now_s: int, state: State, q: str, channel: str, sort: str, offset: int, limit: int
) -> tuple[list[Group], int]:
    counts = _counted(now_s).subquery()
    query = (
        select(unknown_groups, counts).join(counts, counts.c.group_id == _G.id).where(_G.state == state.value)
    )
    if text := q.strip():
        like = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        asked = select(_U.group_id).where(_U.text.like(f"%{like}%", escape="\\"))
        query = query.where(or_(_G.title.like(f"%{like}%", escape="\\"), _G.id.in_(asked)))
    if channel:
        query = query.where(_G.id.in_(select(_U.group_id).where(_U.channel == channel, _UNSERVED)))
    total = int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())
    order = {
        "size": (counts.c.this_week.desc(), counts.c.size.desc()),
        "growth": ((counts.c.this_week - counts.c.last_week).desc(), counts.c.size.desc()),
        "new": (counts.c.newest.desc(),),
    }[sort]
    rows = connection.execute(query.order_by(*order, _G.id).offset(offset).limit(limit)).all()
    shares = _shares(connection, [row.id for row in rows])
    return [_group(row, shares) for row in rows], total


def _get(connection: Connection, now_s: int, group_id: GroupId) -> Group:
    counts = _counted(now_s).where(_U.group_id == group_id).subquery()
    query = (
        select(unknown_groups, counts).outerjoin(counts, counts.c.group_id == _G.id).where(_G.id == group_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise StaffError("unknown_group.unknown", group_id)
    return _group(row, _shares(connection, [group_id]))


Shares = Mapping[str, tuple[dict[str, int], dict[Cause, int]]]


def _shares(connection: Connection, group_ids: Sequence[str]) -> Shares:
    """Return how many of each channel and cause the groups hold."""
    found: defaultdict[str, tuple[dict[str, int], dict[Cause, int]]] = defaultdict(lambda: ({}, {}))
    query = (
        select(_U.group_id, _U.channel, _U.cause, func.count().label("n"))
        .where(_U.group_id.in_(group_ids), _UNSERVED)
        .group_by(_U.group_id, _U.channel, _U.cause)
        .order_by(_U.channel, _U.cause)
    )
    for row in connection.execute(query):
        channels, causes = found[row.group_id]
        channels[row.channel] = channels.get(row.channel, 0) + row.n
        causes[Cause(row.cause)] = causes.get(Cause(row.cause), 0) + row.n
    return found


def _group(row: Row[Any], shares: Shares) -> Group:
    channels, causes = shares.get(row.id, ({}, {}))
    return Group(
        id=GroupId(row.id),
        title=row.title,
        state=State(row.state),
        nearest=row.nearest,
        nearest_score=row.nearest_score,
        created=row.created,
        target=row.target,
        phrases=tuple(row.phrases),
        reason=row.reason,
        decided=row.decided,
        decided_by=row.decided_by,
        merged_into=row.merged_into,
        live_since=row.live_since,
        size=int(row.size or 0),
        this_week=int(row.this_week or 0),
        last_week=int(row.last_week or 0),
        channels=channels,
        causes=causes,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
