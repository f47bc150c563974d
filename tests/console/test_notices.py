"""The watch over a real database and real HTTP: a catalogue change flags what it makes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic

from bss.sandbox.catalogue import load_offerings
from console import notices_api
from conversations.desk_model import Role
from core.clock import FixedClock
from core.database import Database
from core.money import Fen
from core.settings import Settings
from knowledge_base.watch.rounds import Rounds
from tests.console.files_desk import FilesDesk, Staff
from tests.knowledge_base.sheets import csv_of

HEADER = ("id", "category", "title", "questions", "answer", "offerings", "valid_to")
RIGHT = ("ring-how", "增值", "彩铃怎么开", "怎么开彩铃", "星享套餐59元每月59元。", "plan-star-59", "")
ENDS = ("old-offer", "活动", "国庆活动", "国庆有什么活动", "见首页。", "", "2026-10-20")


@pytest.fixture
async def desk(
    database: Database, clock: FixedClock, settings: Settings, tmp_path: Path
) -> AsyncIterator[FilesDesk]:
    """The routes on a free port, with the watch."""
    desk = FilesDesk(database, clock, settings, tmp_path / "imports")
    desk.billing = list(load_offerings())
    rounds = Rounds(database, clock, desk.shelves.offerings, timedelta(days=14))

    def mount(app: Sanic[Any, Any]) -> None:
        app.blueprint(notices_api.blueprint(notices_api.NoticeParts(desk.guard, rounds, rounds.look)))

    async with desk.open(mount) as opened:
        yield opened


@pytest.fixture
async def operator(desk: FilesDesk) -> Staff:
    """An operator, signed in, with two articles."""
    staff = await desk.signs_in("lin", Role.OPERATOR)
    await staff.imports("a.csv", csv_of(RIGHT, ENDS, header=HEADER).encode())
    return staff


async def look(operator: Staff) -> dict[str, int]:
    counts: dict[str, int] = (await operator.http.post("/api/catalogue/notices/look")).json()["counts"]
    return counts


async def test_a_price_the_billing_system_changes_flags_the_article_that_quotes_it(
    desk: FilesDesk, operator: Staff
) -> None:
    assert await look(operator) == {"article_ends": 1}
    desk.billing = [
        replace(one, price_fen=Fen(6900), description="") if one.id == "plan-star-59" else one
        for one in desk.billing
    ]
    desk.shelves.forget()

    assert await look(operator) == {"price_differs": 1, "article_ends": 1}
    (first, second) = (await operator.get("catalogue/notices"))["notices"]
    assert (first["article"], first["code"], first["is_blocking"], first["offering"]) == (
        "ring-how",
        "price_differs",
        True,
        "plan-star-59",
    )
    assert (first["sentence"], "69元/月" in first["message"]) == ("星享套餐59元每月59元。", True)
    assert (second["article"], second["code"]) == ("old-offer", "article_ends")


async def test_a_mended_article_is_flagged_no_more_and_the_day_brings_new_ones(
    desk: FilesDesk, operator: Staff
) -> None:
    await operator.imports(
        "b.csv", csv_of((RIGHT[0], "星享套餐59元每月39元。"), header=("id", "answer")).encode()
    )
    assert await look(operator) == {"price_differs": 1, "article_ends": 1}
    await operator.imports("b.csv", csv_of((RIGHT[0], "看首页。"), header=("id", "answer")).encode())
    desk.clock.advance(timedelta(days=6))

    assert await look(await desk.signs_in("wu", Role.OPERATOR)) == {"article_ended": 1}


async def test_only_what_was_edited_since_is_looked_at_and_the_rest_keeps_its_notices(
    desk: FilesDesk, operator: Staff
) -> None:
    assert await look(operator) == {"article_ends": 1}
    for answer, price in (("星享套餐59元每月39元。", 1), ("看首页。", 0)):
        desk.clock.advance(timedelta(minutes=10))
        await operator.imports("b.csv", csv_of((RIGHT[0], answer), header=("id", "answer")).encode())
        counts = await look(operator)
        assert (counts.get("price_differs", 0), counts["article_ends"]) == (price, 1)


async def test_notices_are_filtered_and_only_for_those_who_write(desk: FilesDesk, operator: Staff) -> None:
    await look(operator)
    agent = await desk.signs_in("agent", Role.AGENT)

    assert (await operator.get("catalogue/notices", code="price_differs"))["notices"] == []
    assert (await operator.http.get("/api/catalogue/notices", params={"code": "x"})).status_code == 400
    assert (await agent.http.get("/api/catalogue/notices")).status_code == 403
