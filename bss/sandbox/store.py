"""The sandbox's database: one SQLite connection on a thread of its own, one transaction per verb."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from bss.sandbox import schema
from bss.sandbox.calendar import china_day
from bss.sandbox.catalogue import load_offerings
from core.clock import Clock
from core.ids import OfferingId
from core.offering import Offering

P = ParamSpec("P")
T = TypeVar("T")


class Session:
    """One transaction's view: the connection, the present, and the catalogue."""

    def __init__(self, db: sqlite3.Connection, now: datetime, offerings: dict[OfferingId, Offering]) -> None:
        self.db = db
        self.now = now
        self.offerings = offerings

    @property
    def today(self) -> date:
        """Today in China."""
        return china_day(self.now)

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self.db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, *values: object) -> int:
        """Execute a write and return how many rows it touched."""
        return self.db.execute(sql, values).rowcount


class Store:
    """Runs the sandbox's verbs one at a time, each in one transaction, off the event loop."""

    def __init__(self, path: Path | str, clock: Clock, seed: int) -> None:
        self._path = path
        self._clock = clock
        self._seed = seed
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-db")
        self._db: sqlite3.Connection | None = None
        self._snapshot: sqlite3.Connection | None = None
        self._snapshot_day: date | None = None
        self.offerings = {offering.id: offering for offering in load_offerings()}

    async def open(self) -> None:
        """Open the file, and seed it when it is new, of another schema or seed, or of a month gone by."""
        await self._call(self._open)

    async def do(self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one verb in one transaction; an exception rolls it back."""
        return await self._call(lambda: self._transact(verb, *args, **kwargs))

    async def reset(self) -> None:
        """Put everything back to the seeded state."""
        await self._call(self._seed_anew)

    async def close(self) -> None:
        """Close the file and end the thread."""
        await self._call(self._close)
        self._thread.shutdown()

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        if isinstance(self._path, Path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self._path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        if self._read_meta() != self._wanted_meta():
            self._seed_anew()

    def _close(self) -> None:
        for connection in (self._db, self._snapshot):
            if connection is not None:
                connection.close()
        self._db = self._snapshot = None

    def _transact(self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._db is None:
            raise RuntimeError("the sandbox's store is not open")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = verb(Session(self._db, self._clock.now(), self.offerings), *args, **kwargs)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return result

    def _wanted_meta(self) -> dict[str, str]:
        month = china_day(self._clock.now()).strftime("%Y-%m")
        return {"schema": schema.VERSION, "seed": str(self._seed), "month": month}

    def _read_meta(self) -> dict[str, str]:
        assert self._db is not None
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            return {}
        return dict(self._db.execute("SELECT key, value FROM meta").fetchall())

    def _seed_anew(self) -> None:
        """Put the day's seed in place of everything; it is built once a day and copied page by page after that."""
        assert self._db is not None
        now = self._clock.now()
        if self._snapshot is None or self._snapshot_day != china_day(now):
            self._snapshot, self._snapshot_day = self._build(now), china_day(now)
        self._snapshot.backup(self._db)

    def _build(self, now: datetime) -> sqlite3.Connection:
        from bss.sandbox.seed import fill  # the seed needs Session, so it is looked up when needed

        fresh = sqlite3.connect(":memory:")
        fresh.row_factory = sqlite3.Row
        fresh.executescript(schema.TABLES)
        fresh.executemany("INSERT INTO meta VALUES (?, ?)", self._wanted_meta().items())
        fill(Session(fresh, now, self.offerings), self._seed)
        fresh.commit()
        return fresh
