"""The ticket of a promise in the billing system: opened, brought up to date, and waiting while that is down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.follow_up_tickets import FollowUpTickets
from bot.service_texts import service_texts
from bss.embedded import EmbeddedBss
from bss.port import TroubleTicket
from bss.sandbox.store import Store
from conversations.desk_model import FollowUp
from core.clock import FixedClock
from core.database import Database
from core.errors import UpstreamTimeout
from core.ids import Msisdn
from core.settings import Settings
from tests.conversations.floor import Floor

NUMBER = Msisdn("13800000001")


class Moody(EmbeddedBss):
    """A billing system that may be down, or answer too late."""

    is_late = False

    async def open_ticket(self, *args: object, **kwargs: object) -> TroubleTicket:
        opened = await super().open_ticket(*args, **kwargs)  # type: ignore[arg-type]
        if self.is_late:
            raise UpstreamTimeout("bss.timeout")
        return opened


@pytest.fixture
async def bss(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Overtaken]:
    """A sandbox of one's own."""
    store = Store(tmp_path / "sandbox.db", clock, 1)
    await store.open()
    yield Overtaken(store)
    await store.close()


class Overtaken(Moody):
    """A billing system at which, while a ticket is written, another process is quicker with something newer."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def update_ticket(self, *args: object, **kwargs: object) -> TroubleTicket:
        if (newer := self.meanwhile) is not None:
            self.meanwhile = None
            await newer()
        return await super().update_ticket(*args, **kwargs)  # type: ignore[arg-type]


class House:
    """A promise that was just made, and what keeps its ticket."""

    def __init__(self, db: Database, clock: FixedClock, settings: Settings, bss: Overtaken) -> None:
        self.floor, self.bss = Floor(db, clock, settings), bss
        self.tickets = FollowUpTickets(self.floor.follow_ups, bss, clock, service_texts())

    async def promise(self, number: Msisdn | None = NUMBER) -> FollowUp:
        self.agent = await self.floor.agent("mei")
        served = await self.floor.served(self.agent)
        due = self.floor.clock.now() + timedelta(hours=20)
        return await self.floor.follow_ups.open(served, self.agent.id, "查漫游费", due, number)

    async def fires(self, owed: FollowUp) -> datetime | None:
        return await self.tickets(owed.id)

    async def ticket(self) -> TroubleTicket:
        return (await self.bss.tickets(NUMBER))[0]


@pytest.fixture
async def house(
    sqlite_url: str, clock: FixedClock, settings: Settings, bss: Overtaken
) -> AsyncIterator[House]:
    db = Database(sqlite_url)
    yield House(db, clock, settings, bss)
    await db.close()


async def test_promise_becomes_a_ticket_with_its_time_and_ends_with_it(house: House) -> None:
    owed = await house.promise()
    assert await house.fires(owed) is None
    ticket = await house.ticket()
    assert (ticket.kind, ticket.status, ticket.promised) == ("request", "inProgress", owed.due)
    assert "查漫游费" in ticket.description
    assert (await house.floor.follow_ups.get(owed.id)).ticket == ticket.id
    await house.floor.follow_ups.finish(owed.id, house.agent, "已退10元")
    await house.fires(owed)
    ended = await house.ticket()
    assert (ended.id, ended.status, ended.reason) == (ticket.id, "resolved", "已退10元")
    assert await house.floor.follow_ups.number(owed.id) is None  # nobody needs it any more


async def test_promise_put_off_moves_the_tickets_time(house: House) -> None:
    owed = await house.promise()
    await house.fires(owed)
    later = owed.due + timedelta(days=3)
    await house.floor.follow_ups.move(owed.id, later)
    await house.fires(owed)
    assert (await house.ticket()).promised == later


async def test_ticket_waits_while_the_billing_system_is_down_and_is_one_in_the_end(house: House) -> None:
    before = len(await house.bss.tickets(NUMBER))
    owed = await house.promise()
    house.bss.is_late = True
    assert await house.fires(owed) == house.floor.clock.now() + timedelta(minutes=1)
    house.bss.is_late = False
    assert await house.fires(owed) is None
    assert len(await house.bss.tickets(NUMBER)) == before + 1


async def test_customer_without_a_proven_number_has_no_ticket(house: House) -> None:
    owed = await house.promise(number=None)
    assert await house.fires(owed) is None
    assert (await house.floor.follow_ups.get(owed.id)).ticket is None


async def test_ticket_ends_resolved_though_an_older_state_was_written_last(house: House) -> None:
    owed = await house.promise()

    async def is_finished_elsewhere() -> None:
        await house.floor.follow_ups.finish(owed.id, house.agent, "已退10元")
        await FollowUpTickets(house.floor.follow_ups, house.bss, house.floor.clock, service_texts())(owed.id)

    house.bss.meanwhile = is_finished_elsewhere
    await house.fires(owed)
    ticket = await house.ticket()
    assert (ticket.status, ticket.reason) == ("resolved", "已退10元")
    assert await house.floor.follow_ups.number(owed.id) is None
