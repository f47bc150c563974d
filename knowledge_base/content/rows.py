"""Articles and revisions as rows: the statements of `store`, inside a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from core.errors import StaffError
from core.ids import ArticleId
from core.text import normalise
from knowledge_base.content.form import stored, written
from knowledge_base.content.model import ArticleDraft, Deed, Revision, RevisionNumber, StoredArticle
from knowledge_base.content.tables import articles, revisions

Merge = Callable[[ArticleDraft | None], ArticleDraft | None]
"""Returns what an article is to be, told what it is now (None: it is not there); None leaves it as it is."""
Change = Callable[[StoredArticle], ArticleDraft]
T = TypeVar("T")
_A, _R = articles.c, revisions.c
_AT_ONCE = 500  # ids in one statement
_LOTS = 1_000_000
_NEWEST = select(revisions, _A.live, _A.is_changed).select_from(
    articles.join(revisions, (_R.article_id == _A.id) & (_R.number == _A.version))
)


def article(connection: Connection, article_id: ArticleId) -> StoredArticle:
    """Return an article with its draft; raise StaffError("article.unknown")."""
    row = connection.execute(_NEWEST.where(_A.id == article_id)).one_or_none()
    if row is None:
        raise StaffError("article.unknown", article_id)
    return _article_from(row)


def revision(connection: Connection, article_id: ArticleId, number: int) -> Revision:
    """Return one revision; raise StaffError("revision.unknown")."""
    found = select(revisions).where(_R.article_id == article_id, _R.number == number)
    row = connection.execute(found).one_or_none()
    if row is None:
        raise StaffError("revision.unknown", f"{article_id}: {number}")
    return revision_from(row)


def insert_article(connection: Connection, first: Revision, live: RevisionNumber | None = None) -> None:
    """Add an article with its first revision; raise StaffError("article.taken")."""
    insert_articles(connection, [first], live)


def insert_articles(
    connection: Connection, firsts: Sequence[Revision], live: RevisionNumber | None = None
) -> None:
    """Add articles with their first revisions; raise StaffError("article.taken")."""
    try:
        connection.execute(insert(articles), [_row_of(first, live, live is None) for first in firsts])
    except IntegrityError as error:
        raise StaffError("article.taken", firsts[0].article_id if len(firsts) == 1 else "") from error
    connection.execute(insert(revisions), [_revision_row(first) for first in firsts])


def revise(
    connection: Connection,
    article_id: ArticleId,
    version: int,
    change: Change,
    deed: Deed,
    by: str,
    now: datetime,
    note: str,
) -> tuple[StoredArticle, StoredArticle | None]:
    """Add a revision made on `version`; return the article before and after, None after where another was quicker.

    An edit that changes nothing leaves the article as it is: after is before.
    """
    before = article(connection, article_id)
    if before.version != version:
        return before, None
    content = change(before)
    changes_nothing = content == before.draft.content and deed in (Deed.CHANGED, Deed.RESTORED)
    if (changes_nothing and not before.draft.is_deletion) or (
        before.draft.is_deletion
        if deed is Deed.DELETED
        else deed is Deed.UNDELETED and not before.draft.is_deletion
    ):
        return before, before
    fresh = Revision(article_id, RevisionNumber(version + 1), content, deed, by, now, note[:200])
    live = revision(connection, article_id, before.live) if before.live is not None else None
    is_changed = _is_changed(fresh, live)
    values = _row_of(fresh, before.live, is_changed)
    done = connection.execute(
        update(articles).where(_A.id == article_id, _A.version == version).values(**values)
    )
    if done.rowcount == 0:  # on PostgreSQL another transaction was quicker
        return article(connection, article_id), None
    connection.execute(insert(revisions), [_revision_row(fresh)])
    return before, StoredArticle(fresh, before.live, is_changed)


def put_many(
    connection: Connection, drafts: Sequence[ArticleDraft], by: str, now: datetime, note: str
) -> tuple[int, int, int]:
    """Add or revise many articles; return how many were new, changed and as they were."""
    return merge_many(connection, {draft.id: instead(draft) for draft in drafts}, by, now, note)


def merge_many(
    connection: Connection, merges: Mapping[ArticleId, Merge], by: str, now: datetime, note: str
) -> tuple[int, int, int]:
    """Add or revise many articles, each as it follows from what is there; return how many were new, changed and left."""
    known: dict[ArticleId, StoredArticle] = {}
    for part in parts(list(merges), _AT_ONCE):
        query = _NEWEST.where(_A.id.in_(part)).with_for_update(of=articles)
        known |= {ArticleId(row.article_id): _article_from(row) for row in connection.execute(query)}
    firsts, later = [], []
    for article_id, merge in merges.items():
        before = known.get(article_id)
        draft = merge(before.draft.content if before and not before.draft.is_deletion else None)
        if draft is None:
            continue
        if before is None:
            firsts.append(Revision(draft.id, RevisionNumber(1), draft, Deed.IMPORTED, by, now, note[:200]))
        elif before.draft.content != draft or before.draft.is_deletion:
            number = RevisionNumber(before.version + 1)
            later.append(Revision(draft.id, number, draft, Deed.IMPORTED, by, now, note[:200]))
    if firsts:
        insert_articles(connection, firsts)
    if later:
        lives = [(item.draft.article_id, item.live) for item in known.values() if item.live is not None]
        live = contents(connection, lives)
        changed = [
            _row_of(fresh, known[fresh.article_id].live, live.get(fresh.article_id) != fresh.content)
            for fresh in later
        ]
        statement = update(articles).where(_A.id == bindparam("of_id"))
        connection.execute(statement, [{**row, "of_id": row.pop("id")} for row in changed])
        connection.execute(insert(revisions), [_revision_row(fresh) for fresh in later])
    return len(firsts), len(later), len(merges) - len(firsts) - len(later)


def instead(draft: ArticleDraft) -> Merge:
    """Return a merge that takes a draft whatever is there."""
    return lambda _there: draft


def contents(
    connection: Connection, wanted: Sequence[tuple[ArticleId, RevisionNumber]]
) -> dict[ArticleId, ArticleDraft]:
    """Return the content of one revision of each article."""
    found: dict[ArticleId, ArticleDraft] = {}
    for part in parts(wanted, _AT_ONCE):
        query = select(_R.article_id, _R.content).where(tuple_(_R.article_id, _R.number).in_(part))
        found |= {ArticleId(row.article_id): stored(row.content) for row in connection.execute(query)}
    return found


def revision_from(row: Row[Any]) -> Revision:
    """Return a revision from its row."""
    return Revision(
        article_id=ArticleId(row.article_id),
        number=RevisionNumber(row.number),
        content=stored(row.content),
        deed=Deed(row.deed),
        who=row.who,
        at=row.at,
        note=row.note,
    )


def parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts that fit a statement."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _article_from(row: Row[Any]) -> StoredArticle:
    live = RevisionNumber(row.live) if row.live is not None else None
    return StoredArticle(revision_from(row), live, row.is_changed)


def _is_changed(newest: Revision, live: Revision | None) -> bool:
    """Say whether customers would get something else than they do now."""
    if newest.is_deletion:
        return live is not None
    return live is None or live.content != newest.content


def _revision_row(made: Revision) -> dict[str, Any]:
    return {
        "article_id": made.article_id,
        "number": made.number,
        "content": written(made.content),
        "deed": made.deed.value,
        "who": made.who,
        "at": made.at,
        "note": made.note,
    }


def _row_of(newest: Revision, live: RevisionNumber | None, is_changed: bool) -> dict[str, Any]:
    content = newest.content
    names = (*content.channels, *(f"@{region}" for region in content.regions))
    return {
        "id": newest.article_id,
        "version": newest.number,
        "live": live,
        "is_deleted": newest.is_deletion,
        "is_changed": is_changed,
        "title": content.title,
        "category": content.category,
        "search": "\n".join(normalise(text) for text in (content.id, content.title, *content.questions)),
        "questions": len(content.questions),
        "held_out": len(content.held_out),
        "variants": "".join(f",{name}" for name in names) + ("," if names else ""),
        "valid_from": content.valid_from,
        "valid_to": content.valid_to,
        "draw": int.from_bytes(hashlib.sha256(newest.article_id.encode()).digest()[:4]) % _LOTS,
        "updated": newest.at,
        "updated_by": newest.who,
    }
