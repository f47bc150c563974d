"""The child process that builds and examines a release, as seen from the service that waits for it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from core import log
from core.errors import StaffError
from core.offering import Offering
from core.release_rules import GateLimits
from knowledge_base.content.gate_rows import finding_from, summary_from
from knowledge_base.content.model import Finding, GateSummary, ReleaseId
from knowledge_base.content.offerings import written_offerings

_log = log.get(__name__)
_LINE = 256 * 1024 * 1024  # bytes of one line at most: the findings come in one
_STOP_S = 2.0

Progress = Callable[[Mapping[str, object]], Awaitable[bool]]
"""Hears how far it has come; False: give up, it is not ours any more."""


@dataclass(frozen=True, slots=True)
class Built:
    """What became of a build: the gate's word, or why it failed; both empty where only a folder was wanted."""

    articles: int = 0
    gate: GateSummary | None = None
    findings: tuple[Finding, ...] = ()
    error: str = ""  # {"code", "detail", "fields"} as JSON
    left_out: tuple[str, ...] = ()  # titles of drafts that could not be filled in


class Builder:
    """Starts the worker; one at a time in a process, so that a machine is not taken from its customers."""

    def __init__(self, module: str) -> None:
        self._command = [sys.executable, "-m", module]
        self._one = asyncio.Lock()

    async def build(
        self,
        release_id: ReleaseId,
        base: ReleaseId | None,
        limits: GateLimits | None,
        environment: Mapping[str, str],
        progress: Progress,
        *,
        before: ReleaseId | None = None,
        drafts: Sequence[Offering] | None = None,
    ) -> Built | None:
        """Build a release on another one's folder and let the gate examine it; None where it was given up.

        The gate compares it with `before`, else with what it was built on. With `drafts`, the catalogue of now, no release is
        built but the drafts as they stand. Raises RuntimeError when the child ends without a word.
        """
        asked = asdict(limits) if limits else None
        job = {
            "release": release_id,
            "base": base,
            "before": before,
            "limits": asked,
            "drafts": drafts is not None,
            "offerings": written_offerings(drafts or ()),
        }
        async with self._one:
            child = await asyncio.create_subprocess_exec(
                *self._command,
                env=dict(environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE,
            )
            try:
                return await self._listen(child, json.dumps(job), progress)
            finally:
                await _end(child)

    async def _listen(self, child: asyncio.subprocess.Process, job: str, progress: Progress) -> Built | None:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the child has no pipes")
        child.stdin.write(job.encode())
        child.stdin.close()
        async for line in child.stdout:
            said = _read(line)
            if "step" in said:
                if not await progress(said):
                    return None
            elif "failed" in said:
                return Built(error=json.dumps(said["failed"], ensure_ascii=False))
            elif "report" in said:
                findings = tuple(finding_from(entry) for entry in said["findings"])
                return Built(said["articles"], summary_from(said["report"]), findings)
            elif "built" in said:
                return Built(left_out=tuple(said["left_out"]))
        raise RuntimeError(f"the build ended with status {await child.wait()} and no result")


def said_error(error: str) -> StaffError:
    """Return the error a worker told of; StaffError("release.not_built") where it told of none."""
    try:
        said = json.loads(error)
        return StaffError(said["code"], said["detail"], **said["fields"])
    except (ValueError, KeyError, TypeError):
        return StaffError("release.not_built", error)


async def go_on(_said: Mapping[str, object]) -> bool:
    """Hear how far it has come and let it go on."""
    return True


def _read(line: bytes) -> dict[str, Any]:
    """Read one line; what is not ours (a library that prints) says nothing."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        try:
            await asyncio.wait_for(child.wait(), _STOP_S)
        except TimeoutError:
            with suppress(ProcessLookupError):  # it ended just now
                child.kill()
            await child.wait()
