"""The call promised to a customer whom nobody came for: a ticket whose time somebody works at."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

from app.people import Callback
from bot.service_texts import service_texts
from bss.embedded import EmbeddedBss
from bss.sandbox.store import Store
from conversations.identity import Identity
from conversations.opening import TIME_TO_CALL
from conversations.operating import Operating
from core.clock import CHINA, FixedClock
from core.database import Database
from core.ids import Msisdn
from core.settings import Settings
from tests.conversations.floor import Floor

NUMBER = Msisdn("13800000001")


async def test_call_after_a_wait_in_vain_is_promised_for_after_the_holiday(
    sqlite_url: str, tmp_path: Path, clock: FixedClock, settings: Settings
) -> None:
    db, store = Database(sqlite_url), Store(tmp_path / "sandbox.db", clock, 1)
    await store.open()
    floor, identity = Floor(db, clock, settings), Identity(db, clock, settings)
    bss, operating = EmbeddedBss(store), Operating(db, clock)
    today = clock.now().astimezone(CHINA).date()
    await operating.change("hours", [[["08:30", "20:00"]]] * 7, "root")
    await operating.change("special_days", [f"{today}至{today + timedelta(days=6)} 休息 国庆节"], "root")
    waited = await floor.queues("anna")
    code = await identity.issue_code(waited.conversation_id, NUMBER)
    assert (await identity.check_code(waited.conversation_id, code)).is_ok
    told = await Callback(bss, identity, operating, clock, settings, service_texts())(waited)
    due = datetime.combine(today + timedelta(days=7), time(8, 30), CHINA) + TIME_TO_CALL
    (ticket,) = await bss.tickets(NUMBER)
    assert (ticket.id, ticket.promised) == (told["ticket"], due)
    assert told["until"] == f"{due.month}月{due.day}日 10:30"
    await store.close()
    await db.close()
