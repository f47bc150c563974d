"""Lists of articles: searched, filtered and sorted in the database, page by page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, exists, func, not_, or_, select
from sqlalchemy.engine import Row

from core.clock import CHINA, Clock
from core.database import Database
from core.ids import ArticleId
from core.text import normalise
from knowledge_base.content.tables import articles, hits, revisions
from knowledge_base.watch.tables import article_notices

_A, _H, _R = articles.c, hits.c, revisions.c
STATES = ("changed", "new", "live", "deleted", "ended", "upcoming", "flagged")
SORTS = ("updated", "hits", "title")
_HIT_DAYS = 30
_SHOWN = [
    column for column in _A if column.name != "search"
]  # a list shows everything but the text it is searched by


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles to list; empty values filter nothing."""

    text: str = ""  # in ids, titles and similar questions
    is_everywhere: bool = False  # the text may stand anywhere in the newest revision: in answers too
    category: str = ""
    state: str = ""  # of STATES
    variant: str = ""  # a channel, or "region"
    ids: tuple[str, ...] = ()
    sort: str = "updated"  # of SORTS
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list, as the draft stands."""

    id: ArticleId
    title: str
    category: str
    version: int
    live: int | None
    is_deleted: bool
    is_changed: bool
    questions: int
    variants: tuple[str, ...]  # channels, and regions after an @
    valid_from: date | None
    valid_to: date | None
    updated: datetime
    updated_by: str

    @property
    def state(self) -> str:
        """Return `deleted`, `new`, `changed` or `live`."""
        return state_of(self.is_deleted, self.live, self.is_changed)


def state_of(is_deleted: bool, live: int | None, is_changed: bool) -> str:
    """Name how a draft stands to what is live."""
    if is_deleted:
        return "deleted"
    if live is None:
        return "new"
    return "changed" if is_changed else "live"


class Lists:
    """Reads lists; nothing here writes."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def articles(self, wanted: Wanted) -> tuple[list[Listed], int]:
        """Return a page and how many articles there are of that sort."""
        day = self._today()
        where, ids = _where(wanted, day), _ids(wanted.sort, day)
        return await self._page(where, ids, wanted.offset, wanted.limit, is_search=bool(wanted.text.strip()))

    async def changed(self, offset: int, limit: int) -> tuple[list[Listed], int]:
        """Return a page of the drafts that wait for a release."""
        return await self._page([_A.is_changed], _ids("updated", self._today()), offset, limit)

    async def count_changed(self) -> int:
        """Return how many drafts wait for a release."""
        query = select(func.count()).select_from(articles).where(_A.is_changed)
        async with self._db.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def categories(self) -> list[tuple[str, int]]:
        """Return every category with the number of its articles."""
        query = select(_A.category, func.count().label("total")).where(_is_shown()).group_by(_A.category)

        def read(connection: Connection) -> list[tuple[str, int]]:
            return [(row.category, row.total) for row in connection.execute(query.order_by(_A.category))]

        async with self._db.read() as connection:
            return await connection.run_sync(read)

    async def _page(
        self,
        where: Sequence[ColumnElement[bool]],
        ids: Select[Any],
        offset: int,
        limit: int,
        is_search: bool = False,
    ) -> tuple[list[Listed], int]:
        """Find the page's ids first, so that what is sorted stays small; count them from an index, a search as it goes."""
        count = select(func.count()).select_from(articles).where(*where)
        page = ids.where(*where).offset(offset).limit(limit)
        if is_search:  # looks at every text: once is enough
            page = page.add_columns(func.count().over())

        def read(connection: Connection) -> tuple[list[Listed], int]:
            found = connection.execute(page).all()
            if is_search and (found or offset == 0):
                total = found[0][1] if found else 0
            else:
                total = int(connection.execute(count).scalar_one())
            rows = {
                row.id: row
                for row in connection.execute(select(*_SHOWN).where(_A.id.in_([row.id for row in found])))
            }
            return [_listed(rows[row.id]) for row in found], total

        async with self._db.read() as connection:  # in a thread
            return await connection.run_sync(read)

    def _today(self) -> date:
        return self._clock.now().astimezone(CHINA).date()


def _is_shown() -> ColumnElement[bool]:
    """Leave out what is deleted and not live any more."""
    return not_(and_(_A.is_deleted, _A.live.is_(None)))


def _where(wanted: Wanted, day: date) -> list[ColumnElement[bool]]:
    states: dict[str, ColumnElement[bool]] = {
        "changed": and_(_A.is_changed, _is_shown()),
        "new": and_(_A.live.is_(None), not_(_A.is_deleted)),
        "live": and_(_A.live.is_not(None), not_(_A.is_changed)),
        "deleted": _A.is_deleted.is_(True),
        "ended": and_(_A.valid_to < day, not_(_A.is_deleted)),
        "upcoming": and_(_A.valid_from > day, not_(_A.is_deleted)),
        "flagged": and_(_A.id.in_(select(article_notices.c.article_id)), _is_shown()),
    }
    where = [states.get(wanted.state, _is_shown())]
    if wanted.text.strip():
        where.append(_written(wanted.text) if wanted.is_everywhere else _named(wanted.text))
    if wanted.category:
        where.append(_A.category == wanted.category)
    if wanted.variant:
        named = ",@" if wanted.variant == "region" else f",{wanted.variant},"
        where.append(_A.variants.contains(named, autoescape=True))
    if wanted.ids:
        where.append(_A.id.in_(wanted.ids))
    return where


def _named(text: str) -> ColumnElement[bool]:
    return _A.search.contains(normalise(text), autoescape=True)


def _written(text: str) -> ColumnElement[bool]:
    """Find a text as it is written in the newest revision, whose JSON knows it by its escapes."""
    written = json.dumps(text.strip())[1:-1]
    newest = and_(_R.article_id == _A.id, _R.number == _A.version)
    holds = cast(_R.content, Text).contains(written, autoescape=True)
    return or_(_named(text), exists().where(newest, holds))


def _ids(sort: str, day: date) -> Select[Any]:
    """Select ids in an order; hits are those of the days up to `day`."""
    ids = select(_A.id)
    if sort == "title":
        return ids.order_by(_A.title, _A.id)
    if sort == "hits":
        recent = _H.day >= day - timedelta(days=_HIT_DAYS - 1)
        counted = select(_H.article_id, func.sum(_H.count).label("total")).where(recent)
        found = counted.group_by(_H.article_id).subquery()
        joined = ids.outerjoin(found, found.c.article_id == _A.id)
        return joined.order_by(func.coalesce(found.c.total, 0).desc(), _A.id)
    return ids.order_by(_A.updated.desc(), _A.id.desc())  # one way, as the index runs


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        id=ArticleId(row.id),
        title=row.title,
        category=row.category,
        version=row.version,
        live=row.live,
        is_deleted=row.is_deleted,
        is_changed=row.is_changed,
        questions=row.questions,
        variants=tuple(name for name in row.variants.split(",") if name),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        updated=row.updated,
        updated_by=row.updated_by,
    )
