"""SQLite without handing every statement to a thread.

A statement on a local file takes 20-100 µs, most of it Python that holds the interpreter's lock wherever it runs; a
driver thread adds three or four hand-overs to each (10 ms of processor time a message against 2 ms this way). So
statements run where they are awaited. What could really wait does not: the write lock is asked for and, where another
process holds it, asked for again later; a commit only appends to the write-ahead log (no fsync); the checkpoints that
do fsync run in a thread; `run_sync` runs in a thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.sql import Executable

T = TypeVar("T")
_LOCK_WAIT_S = 10.0  # for a writer in another process
_CHECKPOINT_EVERY = 200  # write transactions


class LocalConnection:
    """The part of SQLAlchemy's `AsyncConnection` that the product uses, over a connection in this thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """The database's dialect."""
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement."""
        return self._connection.execute(statement, parameters)

    async def run_sync(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run `work(connection, *arguments)` in a thread: for migrations and for queries that take long."""
        return await asyncio.to_thread(work, self._connection, *arguments)


class LocalSqlite:
    """One SQLite file: many readers, one writer; nothing is opened before the first use."""

    def __init__(self, url: URL) -> None:
        self._file = url.database if url.database and url.database != ":memory:" else None
        options: dict[str, Any] = (
            {"poolclass": QueuePool, "max_overflow": -1} if self._file else {"poolclass": StaticPool}
        )
        self._engine: Engine = create_engine(
            url.set(drivername="sqlite"),
            connect_args={"check_same_thread": False},
            hide_parameters=True,  # errors are logged, what customers write is not
            **options,
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._write_lock = asyncio.Lock()
        self._since_checkpoint = 0
        self._checkpoint: asyncio.Future[None] | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[LocalConnection]:
        """Open a snapshot for reading."""
        with self._engine.connect() as connection:
            yield LocalConnection(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[LocalConnection]:
        """Open the one write transaction; it commits when the block ends and rolls back when it raises."""
        async with self._write_lock:
            with self._engine.connect() as connection:
                connection.execution_options(tongda_write=True)
                await _take_write_lock(connection)
                with connection.get_transaction() or connection.begin():
                    yield LocalConnection(connection)
            await self._checkpoint_when_due()

    async def _checkpoint_when_due(self) -> None:
        """Fold the log back into the file: most of it beside the writers, the rest while they wait a moment.

        Only a log that is folded back entirely is written from its start again.
        """
        self._since_checkpoint += 1
        if self._file is None:
            return
        if self._checkpoint is None:
            if self._since_checkpoint >= _CHECKPOINT_EVERY:
                loop = asyncio.get_running_loop()
                self._checkpoint = loop.run_in_executor(None, _checkpoint, self._file)
        elif self._checkpoint.done():
            await asyncio.to_thread(_checkpoint, self._file)
            self._checkpoint, self._since_checkpoint = None, 0

    async def close(self) -> None:
        """Close every connection; the last one to close checkpoints."""
        if self._checkpoint is not None:
            await self._checkpoint
        await asyncio.to_thread(self._engine.dispose)


async def _take_write_lock(connection: Connection) -> None:
    give_up = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            connection.begin()
            return
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > give_up:
                raise
        await asyncio.sleep(0.005)


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: `_begin` does
    for pragma in (
        "busy_timeout=5000",  # while another process switches the new file to WAL
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        "busy_timeout=20",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Begin on the driver's own connection: as a statement of SQLAlchemy's it would cost several times as much."""
    driver: Any = connection.connection.driver_connection
    is_write = connection.get_execution_options().get("tongda_write")
    statement = "BEGIN IMMEDIATE" if is_write else "BEGIN"
    try:
        driver.execute(statement)
    except sqlite3.Error as error:
        raise OperationalError(statement, None, error) from error


def _checkpoint(file: str) -> None:
    with suppress(sqlite3.Error):  # the next one does what this one could not
        connection = sqlite3.connect(file, timeout=5.0)
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
