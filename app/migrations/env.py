"""Run by Alembic: migrates over the connection `app.migrate` hands in, or over the settings' database."""

from __future__ import annotations

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection

import app.tables  # noqa: F401 - registers every table on the shared metadata
from core.database import Database, metadata
from core.settings import Settings


def migrate(connection: Connection) -> None:
    """Bring one connection's database to the current revision."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters a table by copying it
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _migrate_settings_database() -> None:
    database = Database(Settings().database)
    async with database.write() as connection:
        await connection.run_sync(migrate)
    await database.close()


given: Any = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(_migrate_settings_database())
