"""Imports in the database: every process sees every job, and a crash leaves nothing half known."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from knowledge_base.content.store import Account
from knowledge_base.exchange.limits import MAX_PROBLEMS
from knowledge_base.exchange.problems import words
from knowledge_base.exchange.tables import import_jobs, import_problems, import_rows

_J, _R, _P = import_jobs.c, import_rows.c, import_problems.c
_KEPT = timedelta(days=7)
_SILENT = timedelta(seconds=90)  # without a heartbeat: whoever worked on it is gone


class JobState(str, Enum):
    """How far an import has come."""

    READING = "reading"
    READY = "ready"  # read and compared; somebody decides
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"


class JobKind(str, Enum):
    """What a file holds."""

    ARTICLES = "articles"
    OFFERINGS = "offerings"


@dataclass(frozen=True, slots=True)
class Job:
    """An import."""

    id: str
    kind: JobKind
    filename: str
    state: JobState
    who: str
    created: datetime
    done: int
    total: int | None
    adds: int
    changes: int
    same: int
    problems: int
    ignored: tuple[str, ...]
    columns: Mapping[str, str] | None
    message: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row would do."""

    row: int
    subject: str
    title: str
    verdict: str  # create, update, same
    changed: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot go in, in words."""

    row: int
    column: str
    message: str


class JobStore:
    """Reads and writes jobs; one transaction for each verb."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        self._db, self._clock, self._account = db, clock, account

    async def open(
        self, kind: JobKind, filename: str, who: str, file: bytes | None, told: Mapping[str, object]
    ) -> str:
        """Add a job that is being read, and drop those of last week; return its id. `told` goes into the audit log."""
        job_id, now = uuid.uuid4().hex, self._clock.now()
        values = {"id": job_id, "kind": kind.value, "filename": filename[:200], "who": who, "created": now}
        async with self._db.write() as connection:
            old = [row.id for row in await connection.execute(select(_J.id).where(_J.created < now - _KEPT))]
            for table in (import_rows, import_problems):
                await connection.execute(delete(table).where(table.c.job_id.in_(old)))
            await connection.execute(delete(import_jobs).where(_J.id.in_(old)))
            await connection.execute(
                insert(import_jobs).values(
                    **values, **_EMPTY, state=JobState.READING.value, updated=now, columns=None, file=file
                )
            )
            named = {"kind": kind.value, "filename": filename[:200], **told}
            await self._account(connection, who, "import.started", job_id, named)
        return job_id

    async def job(self, job_id: str) -> Job:
        """Return a job, one that nobody works on any more as failed; raise StaffError("import.unknown")."""
        asked = select(*[column for column in _J if column is not _J.file]).where(_J.id == job_id)
        async with self._db.read() as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            raise StaffError("import.unknown", job_id)
        return _job(row, self._clock.now())

    async def recent(self, limit: int = 20) -> list[Job]:
        """Return the last jobs, newest first."""
        asked = select(*[column for column in _J if column is not _J.file])
        async with self._db.read() as connection:
            rows = await connection.execute(asked.order_by(_J.created.desc(), _J.id).limit(limit))
            return [_job(row, self._clock.now()) for row in rows]

    async def file(self, job_id: str) -> bytes | None:
        """Return the file of a job, where it was kept."""
        async with self._db.read() as connection:
            found = await connection.execute(select(_J.file).where(_J.id == job_id))
            return found.scalar_one_or_none()

    async def beat(self, job_id: str, done: int, total: int | None) -> None:
        """Note how far the work is."""
        await self._update(job_id, None, done=done, total=total)

    async def reread(self, job_id: str, by: str) -> bool:
        """Take everything read away and read again; False where the job is not waiting for a decision."""
        async with self._db.write() as connection:
            for table in (import_rows, import_problems):
                await connection.execute(delete(table).where(table.c.job_id == job_id))
            again = update(import_jobs).where(_J.id == job_id, _J.state == JobState.READY.value)
            done = await connection.execute(
                again.values(**_EMPTY, state=JobState.READING.value, updated=self._clock.now())
            )
            if done.rowcount == 1:
                await self._account(connection, by, "import.reread", job_id, {})
            return done.rowcount == 1

    async def drop(self, job_id: str, by: str) -> None:
        """Forget what was read, or is being read."""
        here = (_J.id == job_id) & _J.state.in_((JobState.READING.value, JobState.READY.value))
        values = {"state": JobState.FAILED.value, "message": words()["job_dropped"], "file": None}
        async with self._db.write() as connection:
            done = await connection.execute(
                update(import_jobs).where(here).values(updated=self._clock.now(), **values)
            )
            if done.rowcount == 1:
                await self._account(connection, by, "import.dropped", job_id, {})

    async def add(self, job_id: str, planned: Sequence[Planned], problems: Sequence[RowProblem]) -> None:
        """Keep what some rows would do and what is wrong with others; places go on from those kept before."""
        if not planned and not problems:
            return
        async with self._db.write() as connection:
            if planned:
                counts = {name: sum(one.verdict == verdict for one in planned) for verdict, name in _COUNTED}
                place = await _last(connection, _R.place, _R.job_id == job_id)
                rows = [_planned_row(job_id, place + n, one) for n, one in enumerate(planned, 1)]
                await connection.execute(insert(import_rows), rows)
                added = {name: _J[name] + count for name, count in counts.items()}
                await connection.execute(update(import_jobs).where(_J.id == job_id).values(**added))
            if problems:
                place = await _last(connection, _P.place, _P.job_id == job_id)
                kept = [
                    {"job_id": job_id, "place": place + n, "row": one.row, "heading": one.column[:120], "message": one.message}
                    for n, one in enumerate(problems[: MAX_PROBLEMS - place], 1)
                ]  # fmt: skip
                if kept:
                    await connection.execute(insert(import_problems), kept)
                more = {"problems": _J.problems + len(problems)}
                await connection.execute(update(import_jobs).where(_J.id == job_id).values(**more))

    async def move(self, job_id: str, was: JobState, to: JobState, **values: Any) -> bool:
        """Bring a job from one state to the next; False where it is not in the first any more."""
        return await self._update(job_id, _J.state == was.value, state=to.value, **values)

    async def take(self, job_id: str, by: str, rest: bool) -> bool:
        """Take a job that is ready, for putting it in; False where it is not ready any more."""
        here = (_J.id == job_id) & (_J.state == JobState.READY.value)
        values = {"state": JobState.APPLYING.value, "done": 0, "updated": self._clock.now()}
        async with self._db.write() as connection:
            done = await connection.execute(update(import_jobs).where(here).values(**values))
            if done.rowcount == 1:
                await self._account(connection, by, "import.applied", job_id, {"rest": rest})
        return done.rowcount == 1

    async def take_over(self, job_id: str) -> bool:
        """Take a job whose worker has died while putting it in; False where another was quicker."""
        return await self._update(job_id, self._is_abandoned(), done=0)

    async def abandoned(self) -> list[Job]:
        """Return the jobs that were being put in by somebody who is gone."""
        asked = select(*[column for column in _J if column is not _J.file]).where(self._is_abandoned())
        async with self._db.read() as connection:
            return [_job(row, self._clock.now()) for row in await connection.execute(asked)]

    async def let_go(self, job_id: str) -> None:
        """Leave a job that is being put in to whoever looks next."""
        long_ago = self._clock.now() - 2 * _SILENT
        here = (_J.id == job_id) & (_J.state == JobState.APPLYING.value)
        async with self._db.write() as connection:
            await connection.execute(update(import_jobs).where(here).values(updated=long_ago))

    async def refuse(self, job_id: str, problems: Sequence[RowProblem]) -> None:
        """Keep why rows could not be put in after all; they are no longer among those that can."""
        if not problems:
            return
        mine = (_R.job_id == job_id) & _R.row.in_({one.row for one in problems})
        async with self._db.write() as connection:
            gone = await connection.execute(delete(import_rows).where(mine).returning(_R.verdict))
            verdicts = list(gone.scalars())
            fewer = {name: _J[name] - verdicts.count(verdict) for verdict, name in _COUNTED}
            await connection.execute(update(import_jobs).where(_J.id == job_id).values(**fewer))
        await self.add(job_id, [], problems)

    def _is_abandoned(self) -> ColumnElement[bool]:
        return (_J.state == JobState.APPLYING.value) & (_J.updated < self._clock.now() - _SILENT)

    async def rows(
        self, job_id: str, verdict: str | None, after: int, limit: int
    ) -> tuple[list[tuple[int, Planned]], int]:
        """Return what rows would do, from the place after `after`, and how many there are."""
        mine: ColumnElement[bool] = _R.job_id == job_id
        if verdict is not None:
            mine &= _R.verdict == verdict
        async with self._db.read() as connection:
            counted = select(func.count()).select_from(import_rows).where(mine)
            total = int((await connection.execute(counted)).scalar_one())
            asked = select(import_rows).where(mine, _R.place > after).order_by(_R.place).limit(limit)
            return [(row.place, _planned(row)) for row in await connection.execute(asked)], total

    async def problems(self, job_id: str, offset: int, limit: int) -> list[RowProblem]:
        """Return what is wrong, by row."""
        asked = select(import_problems).where(_P.job_id == job_id).order_by(_P.row, _P.place)
        async with self._db.read() as connection:
            rows = await connection.execute(asked.offset(offset).limit(limit))
            return [RowProblem(row.row, row.heading, row.message) for row in rows]

    async def _update(self, job_id: str, where: ColumnElement[bool] | None, **values: Any) -> bool:
        change = update(import_jobs).where(_J.id == job_id).values(updated=self._clock.now(), **values)
        async with self._db.write() as connection:
            done = await connection.execute(change if where is None else change.where(where))
        return done.rowcount == 1


async def _last(connection: AsyncConnection, place: Any, mine: ColumnElement[bool]) -> int:
    return int((await connection.execute(select(func.coalesce(func.max(place), 0)).where(mine))).scalar_one())


_COUNTED = (("create", "adds"), ("update", "changes"), ("same", "same"))
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("done", "adds", "changes", "same", "problems"), 0),
    "total": None,
    "ignored": [],
    "message": "",
}


def _job(row: Row[Any], now: datetime) -> Job:
    state, message = JobState(row.state), row.message
    if state is JobState.READING and row.updated < now - _SILENT:
        state, message = JobState.FAILED, message or words()["job_failed"]
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        filename=row.filename,
        state=state,
        who=row.who,
        created=row.created,
        done=row.done,
        total=row.total,
        adds=row.adds,
        changes=row.changes,
        same=row.same,
        problems=row.problems,
        ignored=tuple(row.ignored),
        columns=row.columns,
        message=message,
    )


def _planned_row(job_id: str, place: int, one: Planned) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "place": place,
        "row": one.row,
        "subject": one.subject[:120],
        "title": one.title[:200],
        "verdict": one.verdict,
        "changed": list(one.changed),
        "body": dict(one.body),
    }


def _planned(row: Row[Any]) -> Planned:
    return Planned(row.row, row.subject, row.title, row.verdict, row.changed, row.body)
