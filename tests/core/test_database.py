"""The database's two verbs on SQLite: writers queue, failures roll back, times stay aware."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from conversations.tables import messages
from core.clock import UTC
from core.database import Database, UtcDateTime

TABLES = MetaData()
COUNTER = Table(
    "counter",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("value", Integer),
    Column("at", UtcDateTime),
)


async def _database(folder: Path) -> Database:
    database = Database(f"sqlite+aiosqlite:///{folder / 'test.db'}")
    async with database.write() as connection:
        await connection.run_sync(TABLES.create_all)
        await connection.execute(insert(COUNTER).values(id=1, value=0, at=datetime(2026, 1, 1, tzinfo=UTC)))
    return database


async def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    database = await _database(tmp_path)

    async def raise_by_one() -> None:
        async with database.write() as connection:
            value = (await connection.execute(select(COUNTER.c.value))).scalar_one()
            await connection.execute(update(COUNTER).values(value=value + 1))

    await asyncio.gather(*(raise_by_one() for _ in range(30)))
    async with database.read() as connection:
        assert (await connection.execute(select(COUNTER.c.value))).scalar_one() == 30
    await database.close()


async def test_a_failed_block_leaves_nothing_behind(tmp_path: Path) -> None:
    database = await _database(tmp_path)
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await connection.execute(insert(COUNTER).values(id=2, value=9))
            raise RuntimeError("in the middle")
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(COUNTER))).scalar_one() == 1
    await database.close()


async def test_times_come_back_aware_and_naive_ones_are_refused(tmp_path: Path) -> None:
    database = await _database(tmp_path)
    async with database.read() as connection:
        at = (await connection.execute(select(COUNTER.c.at))).scalar_one()
    assert at == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(Exception, match="aware"):
        async with database.write() as connection:
            await connection.execute(update(COUNTER).values(at=datetime(2026, 1, 1)))  # noqa: DTZ001 - the point
    await database.close()


async def test_a_verb_inside_another_is_part_of_it(tmp_path: Path) -> None:
    database = await _database(tmp_path)
    with pytest.raises(RuntimeError):
        async with database.write() as outer:
            async with database.write() as inner:
                await inner.execute(insert(COUNTER).values(id=2, value=9))
            assert inner is outer
            raise RuntimeError("after the inner one")
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(COUNTER))).scalar_one() == 1
    await database.close()


async def test_a_task_begun_inside_a_transaction_has_one_of_its_own(tmp_path: Path) -> None:
    database = await _database(tmp_path)

    async def raise_by_one() -> None:
        async with database.write() as connection:
            await connection.execute(update(COUNTER).values(value=COUNTER.c.value + 1))

    with pytest.raises(RuntimeError):
        async with database.write():
            task = asyncio.create_task(raise_by_one())
            await asyncio.sleep(0)
            raise RuntimeError("rolled back")
    await task
    async with database.read() as connection:
        assert (await connection.execute(select(COUNTER.c.value))).scalar_one() == 1
    await database.close()


async def test_a_look_inside_a_transaction_sees_what_it_has_written(tmp_path: Path) -> None:
    database = await _database(tmp_path)
    async with database.write() as connection:
        await connection.execute(update(COUNTER).values(value=7))
        async with database.read() as inner:
            assert (await inner.execute(select(COUNTER.c.value))).scalar_one() == 7
    await database.close()


async def test_a_crowd_of_transactions_that_look_inside_does_not_wait_for_itself(database: Database) -> None:
    async def write_and_look() -> int:
        async with database.write() as connection:
            await connection.execute(select(1))
            await asyncio.sleep(0)
            async with database.read() as inner:
                return int((await inner.execute(select(1))).scalar_one())

    crowd = asyncio.gather(*(write_and_look() for _ in range(60)))  # three times what the pool holds
    assert sum(await asyncio.wait_for(crowd, timeout=60.0)) == 60


async def test_what_a_customer_wrote_is_in_no_error(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    wrote = "我把钥匙放在门口地毯下"
    try:
        async with database.write() as connection:
            await connection.execute(insert(messages).values(id="m1", text=wrote, seq=1))
    except DBAPIError:
        logging.getLogger(__name__).exception("turn.crashed")
    assert "messages" in caplog.text  # what failed is still said
    assert wrote not in caplog.text
