"""Questions with a known answer: the operator's own tests, and what customers asked where somebody confirmed it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ArticleId
from core.text import normalise
from knowledge_base.content.model import ConfirmedQuestion, TestQuestion
from knowledge_base.content.store import Account
from knowledge_base.content.tables import confirmed, tests

_T, _Q = tests.c, confirmed.c
QUESTION, NOTE = 500, 200  # characters at most


class Questions:
    """Keeps them; one transaction for each verb."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        self._db, self._clock, self._account = db, clock, account

    async def tests(self, offset: int = 0, limit: int = 100) -> tuple[list[TestQuestion], int]:
        """Return a page of the operator's own test questions, oldest first, and how many there are."""
        query = select(tests).order_by(_T.created, _T.id).offset(offset).limit(limit)
        async with self._db.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(tests))).scalar_one()
            return [_test_from(row) for row in await connection.execute(query)], int(total)

    async def save_test(
        self,
        question: str,
        article_id: str | None,
        by: str,
        channel: str = "web",
        note: str = "",
        test_id: str | None = None,
    ) -> TestQuestion:
        """Add a test question, or change one; raise StaffError("test.unknown")."""
        values = {"question": question, "article_id": article_id, "channel": channel, "note": note}
        made = test_id or uuid.uuid4().hex
        async with self._db.write() as connection:
            if test_id is not None:
                done = await connection.execute(update(tests).where(_T.id == test_id).values(**values))
                if done.rowcount == 0:
                    raise StaffError("test.unknown", test_id)
            else:
                stamp = {"id": made, "created": self._clock.now(), "created_by": by}
                await connection.execute(insert(tests).values(**values, **stamp))
            await self._account(connection, by, "test.saved", made, values)
            return _test_from((await connection.execute(select(tests).where(_T.id == made))).one())

    async def add_tests(self, wanted: Sequence[tuple[str, str | None]], by: str) -> int:
        """Add (question, article id) pairs; return how many."""
        now = self._clock.now()
        rows = [
            {
                "id": uuid.uuid4().hex,
                "question": question,
                "article_id": article_id,
                "channel": "web",
                "note": "",
                "created": now,
                "created_by": by,
            }
            for question, article_id in wanted
        ]
        if rows:
            async with self._db.write() as connection:
                await connection.execute(insert(tests), rows)
                await self._account(connection, by, "test.imported", "", {"count": len(rows)})
        return len(rows)

    async def remove_test(self, test_id: str, by: str) -> None:
        """Remove a test question; the audit log keeps what it asked."""
        async with self._db.write() as connection:
            row = (await connection.execute(select(tests).where(_T.id == test_id))).one_or_none()
            if row is None:
                raise StaffError("test.unknown", test_id)
            await connection.execute(delete(tests).where(_T.id == test_id))
            told = {"question": row.question, "article_id": row.article_id}
            await self._account(connection, by, "test.removed", test_id, told)

    async def confirm(self, question: str, article_id: str, source: str) -> None:
        """Note that an article answers what a customer asked (masked); said again, the last word counts."""
        asked = question.strip()[:QUESTION]
        digest = hashlib.sha256(normalise(asked).encode()).hexdigest()
        async with self._db.write() as connection:
            await connection.execute(delete(confirmed).where(_Q.digest == digest))
            await connection.execute(
                insert(confirmed).values(
                    digest=digest,
                    question=asked,
                    article_id=article_id,
                    source=source,
                    at=self._clock.now(),
                )
            )
            told = {"question": asked}
            await self._account(connection, source, "question.confirmed", article_id, told)

    async def confirmed(self, limit: int = 100) -> list[ConfirmedQuestion]:
        """Return confirmed questions, newest first."""
        query = select(confirmed).order_by(_Q.at.desc()).limit(limit)
        async with self._db.read() as connection:
            return [
                ConfirmedQuestion(row.question, ArticleId(row.article_id), row.source, row.at)
                for row in await connection.execute(query)
            ]


def _test_from(row: Row[tuple[object, ...]]) -> TestQuestion:
    return TestQuestion(
        id=row.id,
        question=row.question,
        article_id=ArticleId(row.article_id) if row.article_id is not None else None,
        channel=row.channel,
        note=row.note,
        created=row.created,
        created_by=row.created_by,
    )
