"""How often each article was answered with, by day: counted in memory, written now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import CHINA, Clock
from core.database import Database
from core.ids import ArticleId
from knowledge_base.content.rows import parts
from knowledge_base.content.tables import hits

_H = hits.c
_AT_ONCE = 500


class Hits:
    """The counter of a service process; what it has not written yet is lost with a crash, no more than some seconds' hits."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._waiting: Counter[tuple[ArticleId, date]] = Counter()

    def note(self, article_id: ArticleId) -> None:
        """Count a hit."""
        self._waiting[article_id, self._today()] += 1

    async def flush(self) -> int:
        """Write what is waiting; return how many articles that were."""
        waiting, self._waiting = self._waiting, Counter()
        if not waiting:
            return 0
        try:
            async with self._db.write() as connection:
                await connection.run_sync(_add, waiting)
        except BaseException:
            self._waiting.update(waiting)
            raise
        return len(waiting)

    async def by_day(self, article_id: str, days: int) -> list[tuple[date, int]]:
        """Return an article's hits of the last days, oldest first; days without one are left out."""
        since = self._today() - timedelta(days=days - 1)
        query = (
            select(_H.day, _H.count.label("total"))
            .where(_H.article_id == article_id, _H.day >= since)
            .order_by(_H.day)
        )
        async with self._db.read() as connection:
            return [(row.day, row.total) for row in await connection.execute(query)]

    async def recent(self, article_ids: Collection[str], days: int) -> dict[str, int]:
        """Return the hits of some articles in the last days."""
        since = self._today() - timedelta(days=days - 1)
        found: dict[str, int] = {}
        async with self._db.read() as connection:
            for part in parts(list(article_ids), _AT_ONCE):
                query = (
                    select(_H.article_id, func.sum(_H.count).label("total"))
                    .where(_H.article_id.in_(part), _H.day >= since)
                    .group_by(_H.article_id)
                )
                found |= {row.article_id: int(row.total) for row in await connection.execute(query)}
        return found

    def _today(self) -> date:
        return self._clock.now().astimezone(CHINA).date()


def _add(connection: Connection, waiting: Counter[tuple[ArticleId, date]]) -> None:
    for (article_id, day), count in sorted(waiting.items()):  # in one order: two writers never wait crosswise
        here = (_H.article_id == article_id) & (_H.day == day)
        more = update(hits).where(here).values(count=_H.count + count)
        if connection.execute(more).rowcount == 0:
            try:
                with connection.begin_nested():
                    connection.execute(insert(hits).values(article_id=article_id, day=day, count=count))
            except IntegrityError:  # another process was quicker
                connection.execute(more)
