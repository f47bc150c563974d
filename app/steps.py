"""A build step that runs only when what it is made from has changed, and says how long it took."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn


def fingerprint(inputs: Iterable[Path], extra: str = "") -> str:
    """Hash the contents of files and folders, in a fixed order, together with `extra`."""
    digest = hashlib.sha256(extra.encode())
    for path in sorted(_files(inputs)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(inputs: Iterable[Path]) -> Iterator[Path]:
    for path in inputs:
        if path.is_dir():
            yield from (f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
        else:
            yield path


@dataclass(frozen=True, slots=True)
class Step:
    """One product of the build and what it is made from."""

    name: str
    title: str
    inputs: tuple[Path, ...]
    output: Path
    build: Callable[[], Awaitable[None]]
    extra: str = ""

    def is_current(self, stamps: Path) -> bool:
        """Say whether the output is there and was made from what its inputs are now."""
        stamp = stamps / self.name
        return self.output.exists() and stamp.exists() and stamp.read_text() == self._wanted()

    async def run(self, stamps: Path, force: bool = False) -> bool:
        """Build if the output is missing or its inputs changed; say whether it was built."""
        if not force and self.is_current(stamps):
            return False
        stamp, wanted = stamps / self.name, self._wanted()  # what changes meanwhile is built the next time
        stamp.unlink(missing_ok=True)  # a build that is cut short leaves nothing that looks complete
        with timed(self.title):
            await self.build()
        _write(stamp, wanted)
        return True

    def _wanted(self) -> str:
        return fingerprint(self.inputs, self.extra)


def _write(stamp: Path, wanted: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


@contextmanager
def timed(title: str) -> Iterator[None]:
    """Print a title, and the seconds when the block is done."""
    started = time.monotonic()
    print(f"==> {title}", flush=True)
    yield
    print(f"    {title}: done in {time.monotonic() - started:.1f} s", flush=True)


def fail(message: str) -> NoReturn:
    """Print what to do and leave with status 1."""
    print(f"\n{message}", file=sys.stderr, flush=True)
    raise SystemExit(1)
