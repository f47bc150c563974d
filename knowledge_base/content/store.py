"""The articles as operators write them: every change is a revision, and an edit names the one it was made on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ArticleId
from knowledge_base.content import rows
from knowledge_base.content.checks import checked
from knowledge_base.content.form import stored
from knowledge_base.content.model import ArticleDraft, Deed, Revision, RevisionNumber, StoredArticle
from knowledge_base.content.tables import articles, revisions

_A, _R = articles.c, revisions.c
_TRIES = 5  # to add to an article that somebody else is editing


class Account(Protocol):
    """Notes in the audit log who did what, inside the transaction that does it."""

    async def __call__(
        self, connection: AsyncConnection, who: str, what: str, subject: str, detail: Mapping[str, object]
    ) -> None: ...


class ArticleConflict(StaffError):
    """Somebody else saved first; `theirs` is what they saved."""

    def __init__(self, theirs: StoredArticle) -> None:
        super().__init__("article.conflict", theirs.draft.article_id)
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class Applied:
    """What an import did to the drafts."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


class Content:
    """Reads and writes drafts; one transaction for each verb."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        self._db, self._clock, self._account = db, clock, account

    async def article(self, article_id: str) -> StoredArticle:
        """Return an article with its draft; raise StaffError("article.unknown")."""
        async with self._db.read() as connection:
            return await connection.run_sync(rows.article, ArticleId(article_id))

    async def create(self, draft: ArticleDraft, by: str, note: str = "") -> StoredArticle:
        """Add an article; raise StaffError("article.taken") or ContentInvalid."""
        draft = checked(draft)
        first = Revision(draft.id, RevisionNumber(1), draft, Deed.CREATED, by, self._clock.now(), note)
        async with self._db.write() as connection:
            await connection.run_sync(rows.insert_article, first)
            await self._account(connection, by, "article.created", draft.id, {"title": draft.title})
        return StoredArticle(first, None, is_changed=True)

    async def save(self, draft: ArticleDraft, version: int, by: str, note: str = "") -> StoredArticle:
        """Keep an edit made on a version; raise ArticleConflict, StaffError("article.unknown") or ContentInvalid."""
        return await self._revise(
            draft.id, version, by, note, Deed.CHANGED, lambda _found: checked(draft), "article.changed"
        )

    async def restore(self, article_id: str, version: int, number: int, by: str) -> StoredArticle:
        """Write an earlier revision's content as a new one."""
        earlier = await self.revision(article_id, number)
        note = str(number)
        return await self._revise(
            earlier.article_id, version, by, note, Deed.RESTORED, lambda _found: earlier.content, "article.restored"
        )  # fmt: skip

    async def discard(self, article_id: str, version: int, by: str) -> StoredArticle:
        """Make the draft what is live again; raise StaffError("article.not_live") where it never was."""
        found = await self.article(article_id)
        if found.live is None:
            raise StaffError("article.not_live", article_id)
        return await self.restore(article_id, version, found.live, by)

    async def delete(self, article_id: str, version: int, by: str, note: str = "") -> StoredArticle:
        """Take an article out of the next release; its revisions stay."""
        return await self._revise(
            article_id, version, by, note, Deed.DELETED, lambda found: found.draft.content, "article.deleted"
        )

    async def undelete(self, article_id: str, version: int, by: str) -> StoredArticle:
        """Bring a deleted article back as it was."""
        return await self._revise(
            article_id, version, by, "", Deed.UNDELETED, lambda found: found.draft.content, "article.undeleted"
        )  # fmt: skip

    async def add_question(self, article_id: str, text: str, by: str) -> StoredArticle:
        """Add a similar question to the draft, whoever edits it meanwhile; one that is there already changes nothing."""
        for _ in range(_TRIES):
            found = await self.article(article_id)
            content = found.draft.content
            longer = replace(content, questions=(*content.questions, text))
            try:
                return await self.save(longer, found.version, by)
            except ArticleConflict:
                continue
        raise ArticleConflict(await self.article(article_id))

    async def put_many(self, drafts: Sequence[ArticleDraft], by: str, note: str = "") -> Applied:
        """Keep an import, all of it or nothing; a draft equal to what is there makes no revision."""
        tidy = {draft.id: rows.instead(checked(draft)) for draft in drafts}
        return await self.merge_many(tidy, by, note)

    async def merge_many(self, merges: Mapping[ArticleId, rows.Merge], by: str, note: str = "") -> Applied:
        """As `put_many`, with drafts that follow from what is there when they are written; they must be `checked`."""
        now = self._clock.now()
        async with self._db.write() as connection:
            created, updated, unchanged = await connection.run_sync(rows.merge_many, merges, by, now, note)
            applied = Applied(created, updated, unchanged)
            told = {"created": applied.created, "updated": applied.updated, "note": note}
            await self._account(connection, by, "article.imported", "", told)
        return applied

    async def revision(self, article_id: str, number: int) -> Revision:
        """Return one revision; raise StaffError("revision.unknown")."""
        async with self._db.read() as connection:
            return await connection.run_sync(rows.revision, ArticleId(article_id), number)

    async def revisions(self, article_id: str, before: int | None = None, limit: int = 50) -> list[Revision]:
        """Return an article's revisions, newest first."""
        query = select(revisions).where(_R.article_id == article_id).order_by(_R.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_R.number < before)
        async with self._db.read() as connection:
            return [rows.revision_from(row) for row in await connection.execute(query)]

    async def all_drafts(self, live: bool = False) -> list[ArticleDraft]:
        """Return every draft that is not deleted, or everything live, by category and id: for exports."""
        number = _A.live if live else _A.version
        query = (
            select(_R.content)
            .select_from(articles.join(revisions, (_R.article_id == _A.id) & (_R.number == number)))
            .where(_A.live.is_not(None) if live else _A.is_deleted.is_(False))
            .order_by(_A.category, _A.id)
        )

        def read(connection: Connection) -> list[ArticleDraft]:
            return [stored(row.content) for row in connection.execute(query)]

        async with self._db.read() as connection:
            return await connection.run_sync(read)

    async def _revise(
        self, article_id: str, version: int, by: str, note: str, deed: Deed, change: rows.Change, what: str
    ) -> StoredArticle:
        async with self._db.write() as connection:
            before, after = await connection.run_sync(
                rows.revise, ArticleId(article_id), version, change, deed, by, self._clock.now(), note
            )
            if after is None:
                raise ArticleConflict(before)
            if after is not before:
                told = {
                    "title": after.draft.content.title,
                    "version": int(after.version),
                    "fields": list(_differing(before, after)),
                    "note": note,
                }
                await self._account(connection, by, what, article_id, told)
        return after


def _differing(before: StoredArticle, after: StoredArticle) -> Iterator[str]:
    """Yield the fields an edit changed."""
    old, new = before.draft.content, after.draft.content
    for name in ArticleDraft.__dataclass_fields__:
        if getattr(old, name) != getattr(new, name):
            yield name
