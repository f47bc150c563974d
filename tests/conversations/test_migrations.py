"""The migrations make what the code expects, once, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

import app.tables  # noqa: F401 - registers every table
from app.migrate import newest, upgrade
from core.database import Database, metadata
from tests.fixtures_postgres import Cluster, run_sql


async def test_migrated_schema_is_the_one_the_tables_describe(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_partial_indexes_keep_their_conditions(database: Database) -> None:
    def options(connection: Connection) -> dict[str, str]:
        kind = connection.dialect.name
        tables = "conversations", "outbox", "wechat_claims"
        found = [index for table in tables for index in inspect(connection).get_indexes(table)]
        return {str(i["name"]): str(i.get("dialect_options", {}).get(f"{kind}_where", "")) for i in found}

    async with database.read() as connection:
        where = await connection.run_sync(options)
    assert "closed" in where["uq_conversations_open"]
    assert "pending" in where["ix_outbox_pending"]
    assert "decided" in where["ix_wechat_claims_unsettled"]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_two_processes_starting_together_migrate_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        await run_sql(cluster, "CREATE DATABASE starting_together")
        url = cluster.url("starting_together")
    await asyncio.gather(*(upgrade(url) for _ in range(3)))
    database = Database(url)
    async with database.read() as connection:
        versions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
    await database.close()
    assert versions == [newest()]
