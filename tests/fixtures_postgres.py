"""A private PostgreSQL for one test session: its own folder, a free loopback port, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from core.database import Database
from tests.ports import free_port

USER = "postgres"  # root may not run the server


@dataclass(frozen=True)
class Cluster:
    """A running server; every database of it is made from a template."""

    port: int

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{USER}@127.0.0.1:{self.port}/{database}"


def find_binaries() -> Path | None:
    """Return the folder of `pg_ctl`, on PATH or where Debian puts it."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)
    return folders[0].parent if folders else None


@contextmanager
def running_cluster() -> Iterator[Cluster | str]:
    """Start a cluster; where that is impossible, yield the reason."""
    binaries = find_binaries()
    if binaries is None:
        yield "no PostgreSQL server is installed (pg_ctl not found)"
        return
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        yield "root cannot run PostgreSQL, and runuser is missing"
        return
    folder = Path(tempfile.mkdtemp(prefix="tongda-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        try:
            port = _start(binaries, folder)
        except (subprocess.SubprocessError, LookupError) as error:
            yield f"PostgreSQL did not start: {error}"
            return
        try:
            yield Cluster(port)
        finally:
            _run(binaries / "pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(binaries: Path, folder: Path) -> int:
    data = str(folder / "data")
    _run(binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    port = free_port()
    careless = [
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "autovacuum",
    ]  # nothing here outlives the session
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "dynamic_shared_memory_type": "mmap",  # in the folder, and gone with it
        **dict.fromkeys(careless, "off"),
    }
    options = f"-p {port} " + " ".join(f"-c {name}={value}" for name, value in settings.items())
    _run(binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", str(folder / "log"), "-o", options, "start")
    return port


def _run(program: Path, *arguments: str) -> None:
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    # No pipes: the server would keep them open, and waiting for their end would never end.
    subprocess.run(
        [*as_user, str(program), *arguments],
        check=True,
        timeout=90,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )


async def run_sql(cluster: Cluster, statement: str) -> None:
    """Run one statement as the administrator, outside a transaction."""
    admin = Database(cluster.url("postgres"))
    async with admin.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(statement))
    await admin.close()
