"""Looks every article through and keeps what it found, for lists; one article is looked at whenever it is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, true
from sqlalchemy.sql.elements import ColumnElement

from core import log
from core.clock import CHINA, Clock
from core.database import Database
from core.ids import OfferingId
from core.offering import Offering
from knowledge_base.content.form import stored
from knowledge_base.content.model import ArticleDraft
from knowledge_base.content.offerings import hash_of_offerings
from knowledge_base.content.tables import articles, revisions
from knowledge_base.watch.findings import CatalogueWatch, Notice, NoticeCode
from knowledge_base.watch.tables import article_notices

_log = log.get(__name__)
_A, _R, _N = articles.c, revisions.c, article_notices.c
_AT_ONCE = 500  # articles looked through before others have their turn
_CLOCKS_APART = timedelta(minutes=1)  # of the processes that write articles, at most


@dataclass(frozen=True, slots=True)
class Listed:
    """A notice and the article it is about."""

    article_id: str
    title: str
    notice: Notice
    found: datetime


class Rounds:
    """The watch over all articles; `offerings` returns the catalogue as it stands."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        offerings: Callable[[], Awaitable[Sequence[Offering]]],
        within: timedelta,
    ) -> None:
        self._db, self._clock, self._ask, self._within = db, clock, offerings, within
        self._looked: tuple[str, date, datetime | None, int] | None = None
        self._watch: tuple[Sequence[Offering], CatalogueWatch] | None = None

    async def look(self) -> None:
        """Look every draft through; only those edited since this process did, while catalogue and day are the same."""
        offerings = await self._ask()
        seen = (
            hash_of_offerings(offerings),
            self._clock.now().astimezone(CHINA).date(),
            *await self._state(),
        )
        if seen == self._looked:
            return
        watch, after, count, edited = self._watch_of(offerings), "", 0, self._edited_since(seen)
        while drafts := await self._drafts(and_(_A.id > after, edited), _AT_ONCE):
            now = self._clock.now()
            found = await asyncio.to_thread(_notices, watch, drafts, now, self._within)
            await self._keep([draft.id for draft in drafts], found, now)
            after, count = drafts[-1].id, count + len(found)
        await self._forget_deleted()
        self._looked = seen
        _log.info("watch.looked", articles_with_notices=count)

    async def of(self, article_ids: Collection[str]) -> Mapping[str, Sequence[Notice]]:
        """Return what is wrong with articles: looked up for many, looked at for one."""
        if len(article_ids) == 1:
            offerings, drafts = await self._ask(), await self._drafts(_A.id.in_(article_ids), 1)
            watch = self._watch_of(offerings)
            return {draft.id: watch.notices(draft, self._clock.now(), self._within) for draft in drafts}
        found: dict[str, list[Notice]] = {}
        asked = (
            select(article_notices).where(_N.article_id.in_(article_ids)).order_by(_N.article_id, _N.place)
        )
        async with self._db.read() as connection:
            for row in await connection.execute(asked):
                found.setdefault(row.article_id, []).append(_notice(row))
        return found

    async def listed(
        self, code: NoticeCode | None, offset: int, limit: int
    ) -> tuple[list[Listed], dict[str, int]]:
        """Return notices, those that block a release first, and how many there are of each code."""
        joined = article_notices.join(articles, _A.id == _N.article_id)
        asked = select(article_notices, _A.title).select_from(joined)
        if code is not None:
            asked = asked.where(_N.code == code.value)
        asked = asked.order_by(_N.is_blocking.desc(), _N.article_id, _N.place).offset(offset).limit(limit)
        counted = select(_N.code, func.count().label("many")).group_by(_N.code)
        async with self._db.read() as connection:
            rows = [
                Listed(row.article_id, row.title, _notice(row), row.found)
                for row in await connection.execute(asked)
            ]
            return rows, {row.code: row.many for row in await connection.execute(counted)}

    def _edited_since(self, seen: tuple[str, date, datetime | None, int]) -> ColumnElement[bool]:
        """Return what must be looked at: everything, where prices or the day are others than when this process looked."""
        if self._looked is None or self._looked[:2] != seen[:2] or self._looked[2] is None:
            return true()
        return _A.updated >= self._looked[2] - _CLOCKS_APART

    def _watch_of(self, offerings: Sequence[Offering]) -> CatalogueWatch:
        if self._watch is None or self._watch[0] is not offerings:
            self._watch = (offerings, CatalogueWatch(offerings))
        return self._watch[1]

    async def _state(self) -> tuple[datetime | None, int]:
        asked = select(func.max(_A.updated), func.coalesce(func.sum(_A.version), 0))

        def read(connection: Connection) -> tuple[datetime | None, int]:
            last, total = connection.execute(asked).one()
            return last, int(total)

        async with self._db.read() as connection:  # in a thread: it reads every row
            return await connection.run_sync(read)

    async def _drafts(self, where: ColumnElement[bool], limit: int) -> list[ArticleDraft]:
        newest = articles.join(revisions, (_R.article_id == _A.id) & (_R.number == _A.version))
        asked = select(_R.content).select_from(newest).where(where, _A.is_deleted.is_(False))

        def read(connection: Connection) -> list[ArticleDraft]:
            return [stored(row.content) for row in connection.execute(asked.order_by(_A.id).limit(limit))]

        async with self._db.read() as connection:
            return await connection.run_sync(read)

    async def _keep(self, ids: Sequence[str], found: Mapping[str, Sequence[Notice]], now: datetime) -> None:
        rows = [
            _row(article_id, place, one, now)
            for article_id, all_of_it in found.items()
            for place, one in enumerate(all_of_it)
        ]
        async with self._db.write() as connection:
            await connection.execute(delete(article_notices).where(_N.article_id.in_(ids)))
            if rows:
                await connection.execute(insert(article_notices), rows)

    async def _forget_deleted(self) -> None:
        gone = select(_A.id).where(_A.is_deleted.is_(True))
        async with self._db.write() as connection:
            await connection.execute(delete(article_notices).where(_N.article_id.in_(gone)))


def _notices(
    watch: CatalogueWatch, drafts: Sequence[ArticleDraft], at: datetime, within: timedelta
) -> dict[str, tuple[Notice, ...]]:
    found = {str(draft.id): watch.notices(draft, at, within) for draft in drafts}
    return {article_id: notices for article_id, notices in found.items() if notices}


def _row(article_id: str, place: int, one: Notice, now: datetime) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "place": place,
        "code": one.code.value,
        "is_blocking": one.is_blocking,
        "offering_id": one.offering_id,
        "sentence": one.sentence,
        "told": dict(one.told),
        "found": now,
    }


def _notice(row: Any) -> Notice:
    offering_id = OfferingId(row.offering_id) if row.offering_id else None
    return Notice(NoticeCode(row.code), row.told, offering_id, row.sentence)
