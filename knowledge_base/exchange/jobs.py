"""Imports at work: a child process reads the file, what it says is compared with what there is, and then put in.

Nothing of it holds up the service: the file is read elsewhere, and rows are compared and put in a few hundred at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from core import log
from core.errors import StaffError
from knowledge_base.exchange.job_store import Job, JobKind, JobState, JobStore, Planned, RowProblem
from knowledge_base.exchange.problems import words

_log = log.get(__name__)
_AT_ONCE = 250  # rows compared or put in before others have their turn
_BEAT_S = 1.0
_LOOK_S = 30.0  # for imports whose process ended
_READ_S = 300.0  # wall clock for one file
_LINE_BYTES = 64 * 1024 * 1024  # of one line from the child: one row
_ROOT = Path(__file__).resolve().parents[2]


class Importer(Protocol):
    """Compares what a file says with what there is, and puts it in; one for each kind."""

    async def plan(self, edits: Sequence[Mapping[str, Any]]) -> tuple[list[Planned], list[RowProblem]]:
        """Say what rows (as the child tells them) would do."""

    async def put(self, rows: Sequence[Planned], who: str, note: str) -> list[RowProblem]:
        """Put rows in over what is there by now, and say which cannot; doing it twice changes nothing the second time."""


class Imports:
    """Runs imports in this process; their state is everybody's."""

    def __init__(self, store: JobStore, importers: Mapping[JobKind, Importer], folder: Path) -> None:
        self.store, self._importers, self._folder = store, importers, folder
        self._running: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Semaphore(2)  # children; each may take gigabytes

    async def start(
        self, kind: JobKind, filename: str, data: bytes, who: str, apply: bool, rest: bool
    ) -> str:
        """Begin to read a file; with `apply` put it in at once, where nothing is wrong or `rest` says so."""
        kept = data if kind is JobKind.OFFERINGS else None
        told = {"bytes": len(data), "apply": apply}
        job_id = await self.store.open(kind, filename, who, kept, told)
        self._run(job_id, self._read(job_id, kind, filename, data, None, apply, rest))
        return job_id

    async def read_again(self, job_id: str, columns: Mapping[str, str], by: str) -> None:
        """Read a file's columns another way; raise StaffError("import.gone") where it is not there any more."""
        job, data = await self.store.job(job_id), await self.store.file(job_id)
        if data is None or not await self.store.reread(job_id, by):
            raise StaffError("import.gone", job_id)
        self._run(job_id, self._read(job_id, job.kind, job.filename, data, columns, False, False))

    async def apply(self, job_id: str, rest: bool, by: str) -> None:
        """Put in what can go in; raise StaffError("import.problems") where something cannot and `rest` does not allow it."""
        job = await self.store.job(job_id)
        if job.problems and not rest:
            raise StaffError("import.problems", job_id, count=job.problems)
        if not await self.store.take(job_id, by, rest):
            raise StaffError("import.gone", job_id)
        self._run(job_id, self._put(job))

    async def resume(self) -> None:
        """Go on with what is put in by nobody any more, because its process ended."""
        for job in await self.store.abandoned():
            if await self.store.take_over(job.id):
                _log.info("import.resumed", job=job.id)
                self._run(job.id, self._put(job))

    async def resume_forever(self) -> None:
        """Look every now and then, until cancelled."""
        while True:
            try:
                await self.resume()
            except Exception:
                _log.exception("import.not_resumed")
            await asyncio.sleep(_LOOK_S)

    async def drop(self, job_id: str, by: str) -> None:
        """Stop reading a file, or forget what was read; raise StaffError("import.gone") where it is being put in."""
        if (await self.store.job(job_id)).state is JobState.APPLYING:
            raise StaffError("import.gone", job_id)
        if task := self._running.get(job_id):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.store.drop(job_id, by)

    async def aside(self, write: Callable[[Any], bytes], content: Any) -> bytes:
        """Write a file in a thread: the service goes on meanwhile."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(write, content)

    async def stop(self) -> None:
        """Stop everything that runs here; whoever starts next goes on putting in, files are read again when somebody asks."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _run(self, job_id: str, work: Any) -> None:
        task = asyncio.create_task(self._guarded(job_id, work))
        self._running[job_id] = task
        task.add_done_callback(lambda _: self._running.pop(job_id, None))

    async def _guarded(self, job_id: str, work: Any) -> None:
        try:
            await work
        except asyncio.CancelledError:
            with suppress(Exception):
                await self.store.let_go(job_id)
            raise
        except Exception as error:
            _log.error("import.failed", job=job_id, exc_info=error)
            for state in (JobState.READING, JobState.APPLYING):
                with suppress(Exception):  # the database may be what failed; the job ends by its missing beat
                    await self.store.move(job_id, state, JobState.FAILED, message=words()["job_failed"])

    async def _read(
        self, job_id: str, kind: JobKind, filename: str, data: bytes, columns: Mapping[str, str] | None, apply: bool, rest: bool
    ) -> None:  # fmt: skip
        self._folder.mkdir(parents=True, exist_ok=True)
        async with self._one_at_a_time:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix="import-") as file:
                await asyncio.to_thread(_fill, file, data)
                del data
                reading = _Reading(self.store, self._importers[kind], job_id)
                refused = await reading.run([kind.value, file.name, filename, *_told(columns)])
        if refused:
            await self.store.move(job_id, JobState.READING, JobState.FAILED, message=refused)
            return
        found = {
            "ignored": reading.ignored,
            "columns": reading.columns,
            "done": reading.rows,
            "total": reading.rows,
        }
        job = await self.store.job(job_id)
        goes_in = apply and (rest or not job.problems)
        to = JobState.APPLYING if goes_in else JobState.READY
        if await self.store.move(job_id, JobState.READING, to, **found) and goes_in:
            await self._put(job)

    async def _put(self, job: Job) -> None:
        importer, after, done, total = self._importers[job.kind], 0, 0, 0
        while True:
            rows, left = await self.store.rows(job.id, None, after, _AT_ONCE)
            total = total or left
            if changing := [one for _, one in rows if one.verdict != "same"]:
                await self.store.refuse(job.id, await importer.put(changing, job.who, job.filename))
            done += len(rows)
            await self.store.beat(job.id, done, total)
            if len(rows) < _AT_ONCE:
                break
            after = rows[-1][0]
        await self.store.move(job.id, JobState.APPLYING, JobState.DONE, file=None)
        _log.info("import.done", job=job.id, kind=job.kind.value, rows=done)


class _Reading:
    """Listens to the child that reads a file, and compares what it tells."""

    def __init__(self, store: JobStore, importer: Importer, job_id: str) -> None:
        self._store, self._importer, self._job_id = store, importer, job_id
        self._edits: list[Mapping[str, Any]] = []
        self._problems: list[RowProblem] = []
        self._beaten = 0.0
        self.rows = 0
        self.ignored: list[str] = []
        self.columns: Mapping[str, str] | None = None
        self._refused = ""

    async def run(self, arguments: Sequence[str]) -> str:
        """Read until the child ends; return why the file was refused, or nothing."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "knowledge_base.exchange.child", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=_ROOT, limit=_LINE_BYTES,
        )  # fmt: skip
        assert child.stdout is not None
        try:
            async with asyncio.timeout(_READ_S):
                async for line in child.stdout:
                    await self._heard(json.loads(line))
                await self._compare()
                error = await child.stderr.read() if child.stderr else b""
                status = await child.wait()
        except TimeoutError:
            return words()["file_too_long"]
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if status != 0:  # below 0: killed for its memory or time
            _log.warning(
                "import.child_died",
                job=self._job_id,
                status=status,
                error=error[-2000:].decode("utf-8", "replace"),
            )
            return words()["file_too_long" if status < 0 else "file_unread"]
        return self._refused

    async def _heard(self, said: Mapping[str, Any]) -> None:
        if "progress" in said:
            done, total = said["progress"]
            now = asyncio.get_running_loop().time()
            if now - self._beaten > _BEAT_S:
                self._beaten = now
                await self._store.beat(self._job_id, done, max(done, total) if total else None)
        elif "edit" in said:
            self.rows += 1
            self._edits.append(said["edit"])
            if len(self._edits) >= _AT_ONCE:
                await self._compare()
        elif "problem" in said:
            self._problems.append(RowProblem(**said["problem"]))
        elif "ignored" in said:
            self.ignored = said["ignored"]
        elif "columns" in said:
            self.columns = said["columns"]
        elif "refused" in said:
            self._refused = said["refused"]

    async def _compare(self) -> None:
        planned, problems = await self._importer.plan(self._edits) if self._edits else ([], [])
        doubts = {edit["row"]: [RowProblem(**one) for one in edit.get("doubts", ())] for edit in self._edits}
        doubts |= {one.row: [] for one in planned if one.verdict == "same"}
        planned = [one for one in planned if not doubts[one.row]]
        found = [*self._problems, *problems, *(one for each in doubts.values() for one in each)]
        self.rows += len({one.row for one in self._problems})
        await self._store.add(self._job_id, planned, found)
        self._edits, self._problems = [], []


def _fill(file: Any, data: bytes) -> None:
    file.write(data)
    file.flush()


def _told(columns: Mapping[str, str] | None) -> list[str]:
    return [] if columns is None else [json.dumps(columns)]
