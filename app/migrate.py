"""Bring the database to the current schema, once, however many processes start together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from filelock import AsyncFileLock
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from core import log
from core.database import Database

_log = log.get(__name__)
_LOCK_KEY = 7_082_026_001  # of the advisory lock; any constant of ours
_WAIT_S = 120.0


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Run the missing migrations under a lock: PostgreSQL's advisory lock, a lock file beside a SQLite file."""
    database = Database(database_url)
    try:
        async with _file_lock(database_url), database.write() as connection:
            if not database.is_sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            await connection.run_sync(_upgrade, revision)
    finally:
        await database.close()
    _log.info("database.migrated", revision=revision)


def config() -> Config:
    """Return Alembic's configuration; there is no ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return made


def newest() -> str:
    """Return the newest revision."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def _upgrade(connection: Connection, revision: str) -> None:
    alembic = config()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, revision)


@asynccontextmanager
async def _file_lock(database_url: str) -> AsyncIterator[None]:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        yield
        return
    async with AsyncFileLock(f"{url.database}.migrating", timeout=_WAIT_S):
        yield


if __name__ == "__main__":
    from core.settings import Settings

    asyncio.run(upgrade(Settings().database))
