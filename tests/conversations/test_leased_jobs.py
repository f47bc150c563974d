"""Work that one process does every so often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conversations.leased_jobs import LeasedJob
from core.clock import FixedClock
from core.database import Database


async def test_of_two_processes_one_does_it_and_then_not_before_it_is_due(
    database: Database, clock: FixedClock
) -> None:
    done: list[str] = []

    def job(owner: str) -> LeasedJob:
        async def work() -> None:
            done.append(owner)
            await asyncio.sleep(0.05)

        return LeasedJob(database, clock, owner, "tidy", timedelta(minutes=10), work)

    assert sorted(await asyncio.gather(job("a").run_once(), job("b").run_once())) == [False, True]
    assert not await job("b").run_once()
    assert await job("b").run_once(even_if_not_due=True)
    clock.advance(timedelta(minutes=11))
    assert await job("a").run_once()
    assert len(done) == 3


async def test_failed_work_is_due_again_and_a_dead_process_loses_it_by_time(
    database: Database, clock: FixedClock
) -> None:
    async def fail() -> None:
        raise RuntimeError

    job = LeasedJob(database, clock, "a", "tidy", timedelta(minutes=10), fail)
    with pytest.raises(RuntimeError):
        await job.run_once()
    assert await job._take(even_if_not_due=True)  # and dies
    other = LeasedJob(database, clock, "b", "tidy", timedelta(minutes=10), lambda: asyncio.sleep(0))
    clock.advance(timedelta(seconds=30))
    assert not await other.run_once(even_if_not_due=True)
    clock.advance(timedelta(minutes=11))
    assert await other.run_once()


async def test_asked_for_at_once_it_is_done_after_what_began_before_and_once_for_all_who_asked(
    database: Database, clock: FixedClock
) -> None:
    begun, ends = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def slow() -> None:
        begun.set()
        await ends.wait()
        done.append("before")

    async def work() -> None:
        done.append("after")

    job = LeasedJob(database, clock, "a", "tidy", timedelta(minutes=10), work)
    other = LeasedJob(database, clock, "b", "tidy", timedelta(minutes=10), slow)
    running = asyncio.create_task(other.run_once())
    await begun.wait()
    assert not await job.run_now(within_s=0.0)
    asked = [asyncio.create_task(job.run_now(within_s=30.0)) for _ in range(3)]
    await asyncio.sleep(0)
    ends.set()
    assert await asyncio.gather(running, *asked) == [True] * 4
    assert done == ["before", "after"]
