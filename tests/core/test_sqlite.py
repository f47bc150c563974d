"""SQLite on the loop: another process's lock is waited for without standing still, and the log stays short."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

import core.sqlite
from core.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{path}")
    async with opened.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))
    yield opened
    await opened.close()


async def _value(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(text("SELECT value FROM counter"))).scalar_one())


async def _add_one(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE counter SET value = value + 1"))


async def test_loop_goes_on_while_another_process_holds_the_write_lock(
    database: Database, path: Path
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(_add_one(database))
    longest_s = 0.0
    for _ in range(20):
        before = time.monotonic()
        await asyncio.sleep(0.005)
        longest_s = max(longest_s, time.monotonic() - before)
    assert not writing.done()
    assert (
        longest_s < core.sqlite._LOCK_WAIT_S / 3
    )  # a loop that waited for the lock itself would stand still until it gave up
    other.execute("COMMIT")
    await writing
    assert await _value(database) == 1
    other.close()


async def test_write_lock_that_never_comes_is_an_error(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.sqlite, "_LOCK_WAIT_S", 0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        await _add_one(database)
    other.close()
    await _add_one(database)
    assert await _value(database) == 1


async def test_reader_sees_what_was_there_when_it_began(database: Database) -> None:
    async with database.read() as reader:
        assert (await reader.execute(text("SELECT value FROM counter"))).scalar_one() == 0
        await _add_one(database)
        assert (await reader.execute(text("SELECT value FROM counter"))).scalar_one() == 0
    assert await _value(database) == 1


async def test_write_that_is_cancelled_leaves_nothing_behind(database: Database) -> None:
    async def add_and_wait() -> None:
        async with database.write() as connection:
            await connection.execute(text("UPDATE counter SET value = value + 1"))
            await asyncio.sleep(60)

    writing = asyncio.create_task(add_and_wait())
    await asyncio.sleep(0.02)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert await _value(database) == 0
    await _add_one(database)
    assert await _value(database) == 1


async def test_long_work_runs_beside_the_loop(database: Database) -> None:
    loop_went_on = threading.Event()

    def slow(connection: Connection) -> bool:
        connection.execute(text("SELECT value FROM counter"))
        return loop_went_on.wait(10)  # on the loop's own thread nobody could ever set it

    async with database.read() as connection:
        working = asyncio.create_task(connection.run_sync(slow))
        await asyncio.sleep(0.01)
        loop_went_on.set()
        assert await working


async def test_write_ahead_log_is_folded_back_in_now_and_then(database: Database, path: Path) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE pages (filler TEXT)"))
    for number in range(1_000):
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO pages VALUES (:filler)"), {"filler": "x" * 4_000})
        if number % 50 == 0:
            await asyncio.sleep(0.05)
    assert path.with_name("test.db-wal").stat().st_size < 6_000_000  # 1,000 transactions wrote twice as much
