"""What a release holds: its own changes on top of its base's, back to the first release."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update

from core.ids import ArticleId
from knowledge_base.content.model import ReleaseId, RevisionNumber
from knowledge_base.content.rows import parts
from knowledge_base.content.tables import articles, release_changes, releases

_R, _C, _A = releases.c, release_changes.c, articles.c
_AT_ONCE = 500
Holding = Mapping[ArticleId, RevisionNumber | None]  # None: taken out


def chain(connection: Connection, release_id: ReleaseId) -> list[ReleaseId]:
    """Return a release and those it stands on, the first one first."""
    bases = {row.id: row.base for row in connection.execute(select(_R.id, _R.base))}
    found: list[ReleaseId] = []
    here: ReleaseId | None = release_id
    while here is not None:
        found.append(here)
        here = bases.get(here)
    return found[::-1]


def holding(
    connection: Connection, line: Sequence[ReleaseId], only: Collection[ArticleId] | None = None
) -> dict[ArticleId, RevisionNumber | None]:
    """Return what the last release of a chain holds of the articles, of all that ever were in it or of some."""
    place = {release_id: number for number, release_id in enumerate(line)}
    query = select(_C.release_id, _C.article_id, _C.revision)
    queries = (
        [query.where(_C.release_id.in_(part)) for part in parts(line, _AT_ONCE)]
        if only is None
        else [query.where(_C.article_id.in_(part)) for part in parts(list(only), _AT_ONCE)]
    )
    found = [row for each in queries for row in connection.execute(each) if row.release_id in place]
    found.sort(key=lambda row: place[row.release_id])
    return {ArticleId(row.article_id): row.revision for row in found}


def difference(connection: Connection, before: ReleaseId, after: ReleaseId) -> Holding:
    """Return what must change of one release to make the other."""
    old, new = chain(connection, before), chain(connection, after)
    shared = 0
    while shared < min(len(old), len(new)) and old[shared] == new[shared]:
        shared += 1
    apart = [*old[shared:], *new[shared:]]
    touched = {
        ArticleId(row.article_id)
        for part in parts(apart, _AT_ONCE)
        for row in connection.execute(select(_C.article_id).where(_C.release_id.in_(part)))
    }
    was, becomes = holding(connection, old, touched), holding(connection, new, touched)
    return {
        article_id: becomes.get(article_id)
        for article_id in touched
        if was.get(article_id) != becomes.get(article_id)
    }


def set_live(connection: Connection, changes: Holding) -> None:
    """Note at the articles which revision customers get now."""
    rows = [{"of_id": article_id, "now_live": revision} for article_id, revision in changes.items()]
    kept = [row for row in rows if row["now_live"] is not None]
    gone = [{"of_id": row["of_id"]} for row in rows if row["now_live"] is None]
    here = _A.id == bindparam("of_id")
    if kept:
        is_behind = _A.version != bindparam("now_live")
        connection.execute(
            update(articles).where(here).values(live=bindparam("now_live"), is_changed=is_behind), kept
        )
    if gone:
        connection.execute(update(articles).where(here).values(live=None, is_changed=~_A.is_deleted), gone)
