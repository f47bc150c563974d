"""One async database, SQLite (WAL) or PostgreSQL, behind two verbs: read and write.

On SQLite every write passes one asyncio lock and begins immediately: twenty writers waited up to 1.6 s for each
other without it and 0.04 s with it. How its statements run is `core/sqlite.py`'s subject.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import DateTime, MetaData, TypeDecorator, event
from sqlalchemy.engine import Dialect, ExceptionContext, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.clock import UTC
from core.sqlite import LocalSqlite

_ROW = "\nDETAIL:"  # before the values of the row that PostgreSQL refuses

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; SQLite stores it naive, in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _hide_row(context: ExceptionContext) -> None:
    """Take the row out of what PostgreSQL says about a failure: errors are logged, what customers write is not."""
    error: BaseException | None = context.sqlalchemy_exception or context.original_exception
    while error is not None:
        vars(error).pop("detail", None)  # the driver's own
        error.args = tuple(part.partition(_ROW)[0] if isinstance(part, str) else part for part in error.args)
        error = error.__cause__ or getattr(error, "orig", None)


class Database:
    """The engine and its write discipline; nothing connects before the first use."""

    engine: AsyncEngine  # PostgreSQL only

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._sqlite: LocalSqlite | None = None
        self._writing: dict[asyncio.Task[Any] | None, AsyncConnection] = {}
        if self.is_sqlite:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._sqlite = LocalSqlite(parsed)
        else:
            self.engine = create_async_engine(
                parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
            )
            event.listen(self.engine.sync_engine, "handle_error", _hide_row)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for reading; inside a transaction of the same task it is that one's.

        A second connection beside the first would let a crowd of transactions wait for each other's, and the pool with them.
        """
        if (outer := self._writing.get(asyncio.current_task())) is not None:
            yield outer
            return
        if self._sqlite is not None:
            async with self._sqlite.read() as local:
                yield cast(AsyncConnection, local)  # the part of it that is used
            return
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open one transaction; it commits when the block ends and rolls back when it raises.

        Inside another of the same task it is part of that one, so that two verbs can be made one.
        """
        task = asyncio.current_task()
        if (outer := self._writing.get(task)) is not None:
            yield outer
            return
        async with self._transaction() as connection:
            self._writing[task] = connection
            try:
                yield connection
            finally:
                del self._writing[task]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        if self._sqlite is not None:
            async with self._sqlite.write() as local:
                yield cast(AsyncConnection, local)
            return
        async with self.engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Return every connection."""
        if self._sqlite is not None:
            await self._sqlite.close()
        else:
            await self.engine.dispose()
