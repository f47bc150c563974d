"""The seed: a function of its number and of the day, and renewed when a month has gone by."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

from bss.embedded import EmbeddedBss
from bss.port import OrderAction, OrderState, TopupState
from bss.reasons import OrderReason
from bss.sandbox import topups
from bss.sandbox.store import Store
from core.clock import UTC, FixedClock
from core.ids import Msisdn, OfferingId
from core.money import Fen

FIRST = Msisdn("13800000001")
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


async def seeded(path: Path, at: datetime, seed: int = 1) -> list[tuple[object, ...]]:
    """Return every row of a freshly opened store."""
    store = Store(path, FixedClock(at), seed)
    await store.open()
    await store.close()
    with sqlite3.connect(path) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            (name, *row)
            for name in sorted(names)
            if name != "meta"
            for row in db.execute(f"SELECT * FROM {name}")
        ]


async def test_same_seed_on_the_same_day_is_the_same_to_the_last_row(tmp_path: Path) -> None:
    morning = await seeded(tmp_path / "a.db", NOON)
    evening = await seeded(tmp_path / "b.db", NOON + timedelta(hours=6))
    assert morning == evening
    assert len(morning) > 2000


async def test_another_seed_is_another_history(tmp_path: Path) -> None:
    assert await seeded(tmp_path / "a.db", NOON, 1) != await seeded(tmp_path / "b.db", NOON, 2)


async def test_file_of_another_month_is_seeded_anew(tmp_path: Path) -> None:
    await seeded(tmp_path / "a.db", NOON)
    later = await seeded(tmp_path / "a.db", NOON + timedelta(days=31))
    assert later == await seeded(tmp_path / "b.db", NOON + timedelta(days=31))


async def test_bills_of_every_january_and_leap_february_begin_right(tmp_path: Path) -> None:
    for day, newest in (("2028-03-01", "2028-02"), ("2027-01-31", "2026-12"), ("2026-12-31", "2026-11")):
        clock = FixedClock(datetime.fromisoformat(f"{day}T12:00:00+08:00"))
        store = Store(tmp_path / f"{day}.db", clock, 1)
        await store.open()
        bills = await EmbeddedBss(store).bills(FIRST)
        await store.close()
        assert (len(bills), f"{bills[0].month:%Y-%m}") == (12, newest)


async def test_plan_change_is_there_when_the_month_has_turned(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    store = Store(tmp_path / "a.db", clock, 1)
    await store.open()
    bss = EmbeddedBss(store)
    await bss.place_order(FIRST, OfferingId("plan-star-79"), OrderAction.MODIFY, "o-1")
    clock.advance(timedelta(days=25))
    assert (await bss.subscriber(FIRST)).plan_id == "plan-star-79"
    order = await bss.order("o-1")
    assert order is not None
    assert order.state is OrderState.COMPLETED
    assert [product.offering_id for product in await bss.products(FIRST) if product.is_plan] == [
        "plan-star-79"
    ]
    await store.close()


async def test_family_plan_binds_from_the_day_it_begins(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    store = Store(tmp_path / "a.db", clock, 1)
    await store.open()
    bss = EmbeddedBss(store)
    await bss.place_order(FIRST, OfferingId("plan-family-169"), OrderAction.MODIFY, "o-1")
    assert (await bss.subscriber(FIRST)).contract_until is None
    clock.advance(timedelta(days=25))
    assert (await bss.subscriber(FIRST)).contract_until == date(2028, 3, 31)
    cheaper = await bss.place_order(FIRST, OfferingId("plan-star-59"), OrderAction.MODIFY, "o-2")
    assert (cheaper.state, cheaper.reason) == (OrderState.REJECTED, OrderReason.CONTRACT)
    await store.close()


async def test_link_nobody_paid_fails_after_half_an_hour(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    store = Store(tmp_path / "a.db", clock, 1)
    await store.open()
    bss = EmbeddedBss(store)
    made = await bss.create_topup(FIRST, Fen(1000), "key-1")
    clock.advance(topups.PAYMENT_LIFETIME + timedelta(seconds=1))
    late = await bss.topup(made.id)
    assert (late.state, late.reason) == (TopupState.FAILED, "timeout")
    await store.close()


async def test_bills_change_from_month_to_month_for_reasons_a_customer_can_be_told(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    store = Store(tmp_path / "a.db", clock, 1)
    await store.open()
    newest, before = await EmbeddedBss(store).bills(FIRST, 2)
    await store.close()
    added = {line.kind for line in newest.lines} - {line.kind for line in before.lines}
    assert newest.total_fen > before.total_fen
    assert "pack" in added
