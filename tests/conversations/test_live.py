"""One contract for both kinds of live events; what PostgreSQL adds: several processes, and a lost connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from conversations.live import (
    RESUMED,
    LiveEvent,
    LiveEvents,
    LocalEvents,
    PostgresEvents,
    live_events,
)
from conversations.live_postgres import APPLICATION
from core.database import Database
from core.errors import StaffError


class Ear:
    """A subscriber that remembers."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.heard: list[LiveEvent] = []
        self._delay_s = delay_s

    async def __call__(self, event: LiveEvent) -> None:
        await asyncio.sleep(self._delay_s)
        self.heard.append(event)

    async def has(self, count: int, within_s: float = 20.0) -> list[LiveEvent]:
        """Wait until so many events were heard."""
        await _until(lambda: len(self.heard) >= count, within_s)
        return self.heard


async def _until(is_so: Callable[[], bool], within_s: float = 20.0) -> None:
    give_up = time.monotonic() + within_s
    while not is_so() and time.monotonic() < give_up:
        await asyncio.sleep(0.005)


@pytest.fixture
async def live(database: Database) -> AsyncIterator[LiveEvents]:
    """The live events that go with the database, started."""
    events = live_events(database)
    await events.start()
    yield events
    await events.stop()


@pytest.fixture
async def two(postgres_url: str) -> AsyncIterator[tuple[PostgresEvents, PostgresEvents]]:
    """Two service processes on one PostgreSQL database."""
    pair = PostgresEvents(postgres_url), PostgresEvents(postgres_url)
    for events in pair:
        await events.start()
    yield pair
    for events in pair:
        await events.stop()


# --- the contract --------------------------------------------------------------------------------------------


async def test_adapter_goes_with_the_database(live: LiveEvents, database: Database) -> None:
    assert isinstance(live, LocalEvents if database.is_sqlite else PostgresEvents)


async def test_every_subscriber_hears_every_event_once_and_in_order(live: LiveEvents) -> None:
    ears = [Ear(), Ear()]
    for ear in ears:
        live.subscribe(ear)
    for n in range(700):
        live.publish("conversation.said", f"c{n % 3}", {"seq": n})
    for ear in ears:
        heard = await ear.has(700)
        assert [event.payload["seq"] for event in heard] == list(range(700))


async def test_event_arrives_as_it_was_published(live: LiveEvents) -> None:
    ear = Ear()
    live.subscribe(ear)
    live.publish("presence.changed", "员工'\"\\", {"presence": "小休", "agent": None})
    expected = LiveEvent("presence.changed", "员工'\"\\", {"presence": "小休", "agent": None})
    assert await ear.has(1) == [expected]


async def test_equal_events_are_several_events(live: LiveEvents) -> None:
    ear = Ear()
    live.subscribe(ear)
    for _ in range(5):
        live.publish("queue.changed", "c1", {})
    assert len(await ear.has(5)) == 5


async def test_subscriber_that_ended_hears_no_more(live: LiveEvents) -> None:
    ended, other = Ear(), Ear()
    end = live.subscribe(ended)
    live.subscribe(other)
    end()
    live.publish("queue.changed", "c1", {})
    await other.has(1)
    assert (len(other.heard), ended.heard) == (1, [])


async def test_slow_subscriber_keeps_nobody_waiting(live: LiveEvents) -> None:
    slow, quick = Ear(delay_s=30), Ear()
    live.subscribe(slow)
    live.subscribe(quick)
    for n in range(5):
        live.publish("queue.changed", f"c{n}", {})
    await quick.has(5)
    assert slow.heard == []


async def test_subscriber_that_fails_hears_the_next_event(live: LiveEvents) -> None:
    ear = Ear()

    async def fails_first(event: LiveEvent) -> None:
        if event.subject == "bad":
            raise RuntimeError("the first time")
        await ear(event)

    live.subscribe(fails_first)
    live.publish("queue.changed", "bad", {})
    live.publish("queue.changed", "good", {})
    assert [event.subject for event in await ear.has(1)] == ["good"]


async def test_event_that_carries_more_than_ids_is_refused(live: LiveEvents) -> None:
    with pytest.raises(StaffError, match="too_large"):
        live.publish("conversation.said", "c1", {"text": "长" * 3_000})


async def test_largest_event_allowed_arrives(live: LiveEvents) -> None:
    ear = Ear()
    live.subscribe(ear)
    live.publish("conversation.said", "c1", {"text": "a" * 7_850})
    assert len((await ear.has(1))[0].payload["text"]) == 7_850


async def test_what_was_published_before_the_only_process_stops_is_handled() -> None:
    live, ear = LocalEvents(), Ear(delay_s=0.01)
    live.subscribe(ear)
    await live.start()
    for n in range(5):
        live.publish("queue.changed", f"c{n}", {})
    await live.stop()
    assert len(ear.heard) == 5


# --- PostgreSQL ----------------------------------------------------------------------------------------------


@pytest.mark.postgres
async def test_processes_hear_each_other_in_the_order_of_each_publisher(
    two: tuple[PostgresEvents, PostgresEvents],
) -> None:
    ears = [Ear(), Ear()]
    for events, ear in zip(two, ears, strict=True):
        events.subscribe(ear)
    for n in range(50):
        two[n % 2].publish("conversation.said", f"p{n % 2}", {"seq": n})
        await asyncio.sleep(0)
    for ear in ears:
        heard = await ear.has(50)
        for publisher in ("p0", "p1"):
            seqs = [event.payload["seq"] for event in heard if event.subject == publisher]
            assert seqs == sorted(seqs)
            assert len(seqs) == 25


@pytest.mark.postgres
async def test_connection_that_is_cut_comes_back_and_loses_nothing_published_meanwhile(
    two: tuple[PostgresEvents, PostgresEvents], postgres_url: str
) -> None:
    here, there, ear = *two, Ear()
    here.subscribe(ear)
    await _cut(postgres_url)
    await _until(lambda: not here.is_listening, within_s=3.0)  # or it is back already
    here.publish("queue.changed", "meanwhile", {})
    heard = await ear.has(2)
    assert heard[0] == LiveEvent(RESUMED, "")
    assert "meanwhile" in [event.subject for event in heard]
    there.publish("queue.changed", "after", {})
    assert "after" in [event.subject for event in await ear.has(3)]


@pytest.mark.postgres
async def test_published_events_are_sent_before_a_process_stops(
    two: tuple[PostgresEvents, PostgresEvents],
) -> None:
    here, there, ear = *two, Ear()
    there.subscribe(ear)
    for n in range(20):
        here.publish("queue.changed", f"c{n}", {})
    await here.stop()
    assert len(await ear.has(20)) == 20


async def _cut(url: str) -> None:
    """End the connections of live events at the server."""
    db = Database(url)
    query = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = :name AND datname = current_database()"
    )
    async with db.write() as connection:
        await connection.execute(query, {"name": APPLICATION})
    await db.close()
