"""The list of articles, filtered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from core.clock import FixedClock
from core.database import Database
from core.ids import ArticleId
from knowledge_base.content.hits import Hits
from knowledge_base.content.lists import Lists, Wanted
from knowledge_base.content.store import Content
from knowledge_base.watch.tables import article_notices
from tests.knowledge_base.content.writing import article


async def test_articles_with_a_notice_are_found_and_those_taken_out_are_not(
    database: Database, clock: FixedClock, content: Content
) -> None:
    for name in ("esim", "ring", "gone"):
        await content.create(article(name), "li")
    await content.delete(ArticleId("gone"), 1, "li")
    async with database.write() as connection:
        for name in ("ring", "gone"):
            noticed = {"article_id": name, "place": 0, "code": "price", "is_blocking": True, "sentence": "每月6元",
                       "told": {}, "found": clock.now()}  # fmt: skip
            await connection.execute(insert(article_notices).values(noticed))
    found, total = await Lists(database, clock).articles(Wanted(state="flagged"))
    assert ([line.id for line in found], total) == (["ring"], 1)


@pytest.fixture
async def lists(database: Database, clock: FixedClock, content: Content) -> Lists:
    """Four articles in the order of their making; `b` was answered with most this month, `d` long ago."""
    hits = Hits(database, clock)
    for _ in range(9):
        hits.note(ArticleId("d"))
    await hits.flush()
    clock.advance(timedelta(days=40))
    for name, title in (("a", "漫游资费"), ("b", "1：50%折扣"), ("c", "2：50折扣"), ("d", "3：VoLTE怎么开")):
        await content.create(article(name, title=title), "li")
        clock.advance(timedelta(seconds=1))
    for name in ("b", "b", "a"):
        hits.note(ArticleId(name))
    await hits.flush()
    return Lists(database, clock)


@pytest.mark.parametrize(
    ("wanted", "ids", "total"),
    [
        ({}, "dcba", 4),
        ({"sort": "hits"}, "bacd", 4),
        ({"sort": "hits", "offset": 1, "limit": 2}, "ac", 4),
        ({"sort": "title"}, "bcda", 4),
        ({"text": "50%折"}, "b", 1),
        ({"text": "volte"}, "d", 1),
        ({"text": "没有这样的"}, "", 0),
        ({"text": "d在营业厅办理"}, "", 0),
        ({"text": "d在营业厅办理", "is_everywhere": True}, "d", 1),
        ({"text": "办理。", "is_everywhere": True}, "dcba", 4),
        ({"text": "volte", "is_everywhere": True}, "d", 1),
        ({"offset": 3}, "a", 4),
        ({"offset": 9}, "", 4),
    ],
)
async def test_a_page_is_searched_sorted_and_counted(
    lists: Lists, wanted: dict[str, Any], ids: str, total: int
) -> None:
    found, count = await lists.articles(Wanted(**wanted))
    assert ("".join(line.id for line in found), count) == (ids, total)
