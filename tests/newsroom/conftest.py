"""Service processes around one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.newsroom.house import House


@pytest.fixture
async def house(sqlite_url: str, built: Path, tmp_path: Path) -> AsyncIterator[House]:
    """Processes that start when a test asks for them, and end with it."""
    async with AsyncExitStack() as ended:
        yield House(sqlite_url, built, tmp_path, ended)


@pytest.fixture
async def any_house(database_url: str, built: Path, tmp_path: Path) -> AsyncIterator[House]:
    """As `house`, once on each kind of database."""
    async with AsyncExitStack() as ended:
        yield House(database_url, built, tmp_path, ended)
