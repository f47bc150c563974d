"""Read releases: the live one, the one being tried, what they change and hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.database import Database
from core.ids import ArticleId
from knowledge_base.content import chain, release_rows
from knowledge_base.content.model import Change, Release, ReleaseId, ReleaseState
from knowledge_base.content.release_rows import CANDIDATE, release_from
from knowledge_base.content.tables import articles, release_changes, releases

_R, _C, _A = releases.c, release_changes.c, articles.c


class Standing(NamedTuple):
    """What every process must know: who is live, and who is tried on a part of the conversations."""

    live: Release | None
    candidate: Release | None


class ReleaseReading:
    """What is known of releases."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def standing(self) -> Standing:
        """Return the live release and the candidate, if there is one."""
        wanted = [ReleaseState.LIVE.value, *CANDIDATE]
        query = select(releases).where(_R.state.in_(wanted)).order_by(_R.number)
        async with self._db.read() as connection:
            found = [release_from(row) for row in await connection.execute(query)]
        live = next((release for release in found if release.state is ReleaseState.LIVE), None)
        candidates = [release for release in found if release.state is not ReleaseState.LIVE]
        return Standing(live, candidates[-1] if candidates else None)

    async def release(self, release_id: str) -> Release:
        """Return one; raise StaffError("release.unknown")."""
        async with self._db.read() as connection:
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    async def recent(self, before: int | None = None, limit: int = 20) -> list[Release]:
        """Return releases, newest first."""
        query = select(releases).order_by(_R.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_R.number < before)
        async with self._db.read() as connection:
            return [release_from(row) for row in await connection.execute(query)]

    async def drafts_key(self) -> str:
        """Name the drafts as they stand: another name when one of them, or what is live, has changed."""
        query = select(_A.id, _A.version).where(_A.is_changed).order_by(_A.id)
        live = select(_R.id).where(_R.state == ReleaseState.LIVE.value)
        digest = hashlib.sha256()
        async with self._db.read() as connection:
            digest.update(str((await connection.execute(live)).scalar_one_or_none()).encode())
            for row in await connection.execute(query):
                digest.update(f"{row.id}\0{row.version}\0".encode())
        return digest.hexdigest()[:16]

    async def changes(self, release_id: str, limit: int = 500) -> list[Change]:
        """Return what a release changes, with the titles articles have now."""
        query = (
            select(_C.article_id, _C.revision, _A.title)
            .join(articles, _A.id == _C.article_id)
            .where(_C.release_id == release_id)
            .order_by(_C.article_id)
            .limit(limit)
        )
        async with self._db.read() as connection:
            return [
                Change(ArticleId(row.article_id), row.revision, row.title)
                for row in await connection.execute(query)
            ]

    async def held_by_base(self, release: Release, ids: Sequence[ArticleId]) -> chain.Holding:
        """Return what the release that one was made from holds of some articles."""
        base = release.base
        if base is None:
            return {}

        def held(connection: Connection) -> chain.Holding:
            return chain.holding(connection, chain.chain(connection, base), ids)

        async with self._db.read() as connection:
            return await connection.run_sync(held)
