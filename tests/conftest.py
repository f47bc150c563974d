"""What every test may ask for: a fresh migrated database (`database`: once on SQLite, once on PostgreSQL)."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
import pytest_timeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.migrate import upgrade
from core.clock import UTC, FixedClock
from core.database import Database
from core.settings import Settings
from tests.fixtures_postgres import Cluster, run_sql, running_cluster

pytest_plugins = ["tests.fixtures_stack", "tests.fixtures_knowledge"]

NOW = datetime(2026, 10, 15, 4, 0, tzinfo=UTC)  # noon in China
POSTGRES_TEMPLATE = "tongda_template"

# Thousands of small databases are made and thrown away: on a disk most of the time goes into waiting for it.
MEMORY, NEEDED_BYTES = Path("/dev/shm"), 3 * 1024**3
if (
    "TMPDIR" not in os.environ
    and os.access(MEMORY, os.W_OK)
    and shutil.disk_usage(MEMORY).free > NEEDED_BYTES
):
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# The same examples every time, however busy the machine is, and nothing kept from one run to the next.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("suite")


# pytest-timeout minds the test alone (`timeout_func_only`): it lets go of the rest as soon as something has failed.
MOST_SETUP_S, MOST_TEARDOWN_S = 400.0, 180.0  # the whole product is started, or stopped, in some of them


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Let no fixture hang."""
    _mind(item, MOST_SETUP_S)
    try:
        return (yield)
    finally:
        item.config.hook.pytest_timeout_cancel_timer(item=item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Let no tidying up hang, above all not after a test that failed."""
    _mind(item, MOST_TEARDOWN_S)
    try:
        return (yield)
    finally:
        item.config.hook.pytest_timeout_cancel_timer(item=item)


def _mind(item: pytest.Item, most_s: float) -> None:
    """Fail what runs from here on when it takes longer."""
    settings = pytest_timeout.Settings(most_s, "signal", False, False)
    item.config.hook.pytest_timeout_set_timer(item=item, settings=settings)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser last: while it is open, Playwright's event loop runs in this thread, and no other may.

    Two workers take the tests in this order, each the next when it is free; what a session shares, each has its own.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were skipped: once for each reason, with how many, rather than a line for each place."""
    skipped = terminalreporter.stats.get("skipped", ())
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A private PostgreSQL server; skips where none can be started."""
    with running_cluster() as cluster:
        if isinstance(cluster, str):
            pytest.skip(cluster)
        yield cluster


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "tongda.db"
    await upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
async def postgres_template(postgres_cluster: Cluster) -> Cluster:
    """A migrated PostgreSQL database, from which each test's is made."""
    await run_sql(postgres_cluster, f"CREATE DATABASE {POSTGRES_TEMPLATE}")
    await upgrade(postgres_cluster.url(POSTGRES_TEMPLATE))
    return postgres_cluster


@pytest.fixture
async def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh migrated SQLite file."""
    path = tmp_path / "tongda.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
async def postgres_admin(postgres_template: Cluster) -> AsyncIterator[AsyncConnection]:
    """A connection that makes and drops databases."""
    admin = Database(postgres_template.url("postgres"))
    async with admin.engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")
    await admin.close()


@pytest.fixture
async def postgres_url(postgres_template: Cluster, postgres_admin: AsyncConnection) -> AsyncIterator[str]:
    """The URL of a fresh migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    copied = text(
        f"CREATE DATABASE {name} TEMPLATE {POSTGRES_TEMPLATE} STRATEGY FILE_COPY"
    )  # twice as fast as by the log
    await postgres_admin.execute(copied)
    yield postgres_template.url(name)
    await postgres_admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database: the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database: the test runs once on each kind."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon in China until it is moved."""
    return FixedClock(NOW)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The defaults, whatever the environment and the `.env` file say."""
    for name in [name for name in os.environ if name.startswith("TONGDA_")]:
        monkeypatch.delenv(name)
    return Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
