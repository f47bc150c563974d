"""Every article as one file, written by a child process (`app/export_worker.py`)."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from app.paths import ROOT


class Exports:
    """Exports of one database, one at a time."""

    def __init__(self, database_url: str) -> None:
        self._environment = {**os.environ, "TONGDA_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
        self._one = asyncio.Lock()

    async def file(self, form: str, live: bool) -> bytes:
        """Return every draft, or everything live; raise RuntimeError when it cannot be written."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export"
            async with self._one:
                await self._write(form, "live" if live else "drafts", path)
            return await asyncio.to_thread(path.read_bytes)

    async def _write(self, form: str, what: str, path: Path) -> None:
        command = [sys.executable, "-m", "app.export_worker", form, what, str(path)]
        child = await asyncio.create_subprocess_exec(*command, env=self._environment)
        try:
            status = await child.wait()
        finally:
            if child.returncode is None:  # nobody waits for it any more
                child.kill()
                await child.wait()
        if status != 0:
            raise RuntimeError(f"the export ended with status {status}")
