"""Presence on both databases: what agents say, what their heartbeats say, and its history."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conversations.desk_model import Presence, StaffId, StaffMember
from conversations.presence import PresenceBook
from core.clock import FixedClock
from core.database import Database
from core.errors import StaffError
from tests.conversations.people import hire


@pytest.fixture
def book(database: Database, clock: FixedClock) -> PresenceBook:
    """The presence book of a fresh database."""
    return PresenceBook(database, clock)


@pytest.fixture
async def mei(database: Database, clock: FixedClock) -> StaffMember:
    """An agent."""
    return await hire(database, clock.now(), "mei")


async def test_agent_goes_on_a_break_with_its_reason(book: PresenceBook, mei: StaffMember) -> None:
    await book.set(mei.id, Presence.ONLINE)
    await book.set(mei.id, Presence.BREAK, "用餐")
    now = (await book.now())[mei.id]
    assert (now.presence, now.reason) == (Presence.BREAK, "用餐")


async def test_saying_the_same_presence_again_keeps_since_and_is_logged_once(
    book: PresenceBook, mei: StaffMember, clock: FixedClock
) -> None:
    first = await book.set(mei.id, Presence.ONLINE)
    clock.advance(timedelta(seconds=5))
    again = await book.set(mei.id, Presence.ONLINE)
    assert (again.since, again.beat) == (first.since, clock.now())
    assert len(await book.history(mei.id, first.since)) == 1


async def test_agent_who_sends_heartbeats_stays_online(
    book: PresenceBook, mei: StaffMember, clock: FixedClock
) -> None:
    await book.set(mei.id, Presence.ONLINE)
    clock.advance(timedelta(seconds=29))
    assert (await book.beat(mei.id)).presence is Presence.ONLINE
    clock.advance(timedelta(seconds=29))
    assert await book.expire() == []


@pytest.mark.parametrize("presence", [Presence.ONLINE, Presence.BREAK])
async def test_agent_without_heartbeat_for_thirty_seconds_is_put_offline_once(
    book: PresenceBook, mei: StaffMember, clock: FixedClock, presence: Presence
) -> None:
    start = (await book.set(mei.id, presence)).since
    clock.advance(timedelta(seconds=30))
    found = await asyncio.gather(*(book.expire() for _ in range(4)))
    assert sorted(found) == [[], [], [], [mei.id]]
    changes = [(what, who) for _, what, _, who in await book.history(mei.id, start)]
    assert changes == [(presence, mei.id), (Presence.OFFLINE, "system")]


async def test_heartbeat_tells_a_browser_that_it_was_put_offline(
    book: PresenceBook, mei: StaffMember, clock: FixedClock
) -> None:
    await book.set(mei.id, Presence.ONLINE)
    clock.advance(timedelta(seconds=31))
    await book.expire()
    assert (await book.beat(mei.id)).presence is Presence.OFFLINE


async def test_presence_set_by_a_supervisor_is_no_sign_of_life(
    book: PresenceBook, mei: StaffMember, clock: FixedClock
) -> None:
    start = (await book.set(mei.id, Presence.OFFLINE)).since
    clock.advance(timedelta(seconds=40))
    await book.set(mei.id, Presence.ONLINE, set_by="supervisor")
    assert await book.expire() == [mei.id]
    assert [who for *_, who in await book.history(mei.id, start)] == ["supervisor", "system"]


async def test_first_signs_of_life_at_the_same_moment_are_one_presence(
    book: PresenceBook, mei: StaffMember
) -> None:
    await asyncio.gather(*(book.beat(mei.id) for _ in range(6)))
    assert list(await book.now()) == [mei.id]


async def test_presence_of_an_unknown_person_is_refused(book: PresenceBook) -> None:
    with pytest.raises(StaffError, match=r"staff\.unknown"):
        await book.beat(StaffId("0" * 32))
