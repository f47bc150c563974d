"""The list of articles, filtered."""

from __future__ import annotations

from sqlalchemy import insert

from core.clock import FixedClock
from core.database import Database
from core.ids import ArticleId
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
