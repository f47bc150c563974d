"""The first release: what is shipped, as revision 1 of every article; and what a newer product ships later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from core.clock import Clock
from core.database import Database
from core.ids import ArticleId
from core.offering import Offering
from knowledge_base.content.model import SYSTEM, ArticleDraft, Deed, ReleaseState, Revision, RevisionNumber
from knowledge_base.content.offerings import hash_of_offerings, written_offerings
from knowledge_base.content.release_rows import fresh_id, keep_changes, lock_releases, row_of
from knowledge_base.content.rows import insert_articles, put_many
from knowledge_base.content.tables import articles, releases, revisions

_A, _R = articles.c, revisions.c
NOTE = "shipped"


class Seed:
    """Fills a fresh database, and brings shipped articles that nobody ever touched up to date."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def plant(
        self, drafts: Sequence[ArticleDraft], offerings: Sequence[Offering], model: str = ""
    ) -> bool:
        """Make the first release of what is shipped, live at once; say whether this was the first start."""
        async with self._db.write() as connection:
            return await connection.run_sync(_plant, drafts, offerings, model, self._clock.now())

    async def refresh(self, drafts: Sequence[ArticleDraft]) -> int:
        """Write newer shipped articles as drafts where nobody has edited the article; return how many.

        What an operator has written, changed or deleted stays as it is.
        """
        async with self._db.write() as connection:
            return await connection.run_sync(_refresh, drafts, self._clock.now())


def _plant(
    connection: Connection,
    drafts: Sequence[ArticleDraft],
    offerings: Sequence[Offering],
    model: str,
    now: datetime,
) -> bool:
    lock_releases(connection)
    if connection.execute(select(releases.c.id).limit(1)).first() is not None:
        return False
    first = RevisionNumber(1)
    firsts = [Revision(draft.id, first, draft, Deed.SEEDED, SYSTEM, now) for draft in drafts]
    insert_articles(connection, firsts, live=first)
    release_id = fresh_id()
    row = row_of(release_id, 1, ReleaseState.LIVE, SYSTEM, NOTE, now) | {
        "changes": len(drafts),
        "offerings": written_offerings(offerings),
        "offerings_hash": hash_of_offerings(offerings),
        "model": model,
        "published": now,
        "published_by": SYSTEM,
    }
    connection.execute(insert(releases), [row])
    keep_changes(connection, release_id, {draft.id: first for draft in drafts})
    return True


def _refresh(connection: Connection, drafts: Sequence[ArticleDraft], now: datetime) -> int:
    lock_releases(connection)
    edited = select(_R.article_id).where(_R.who != SYSTEM).distinct()
    touched = {ArticleId(row.article_id) for row in connection.execute(edited)}
    fresh = [draft for draft in drafts if draft.id not in touched]
    created, updated, _ = put_many(connection, fresh, SYSTEM, now, NOTE)
    return created + updated
