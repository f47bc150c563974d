"""`app run`: start the processes, restart one that falls, stop them all together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.paths import ROOT

# A message needs a few small matrix products: spread over threads they mostly wait for each other (1.4 times the messages
# a second on two cores without). Whoever sets these variables outside knows better.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits, in seconds."""

    first_wait_s: float = 0.5  # doubled each time a process falls soon after its start
    longest_wait_s: float = 15.0
    steady_s: float = 30.0  # a process that lived this long is restarted without a growing wait
    stop_grace_s: float = 15.0  # for one process to end by itself


@dataclass(slots=True)
class Child:
    """One supervised process and the file its output goes to (None: this terminal)."""

    name: str
    command: list[str]
    port: int
    log: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    def whole_environment(self, **more: str) -> dict[str, str]:
        """Return what the process is started with: this one's variables, `more`, and its own."""
        return {**_ONE_THREAD, **os.environ, "PYTHONPATH": str(ROOT), **more, **self.environment}


def first_taken_port(ports: list[int], host: str = "127.0.0.1") -> int | None:
    """Return the first of `ports` that somebody else already listens on, or None."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return port
    return None


async def supervise(
    children: list[Child],
    when_started: Callable[[], Coroutine[None, None, None]] | None = None,
    patience: Patience = Patience(),
) -> None:
    """Run every child until SIGINT or SIGTERM; a child that ends by itself is started again."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    tasks = [asyncio.create_task(_keep_running(child, stopping, patience)) for child in children]
    if when_started is not None:
        tasks.append(asyncio.create_task(when_started()))
    await stopping.wait()
    print("\n正在停止……", flush=True)
    for child in reversed(children):  # the service first: it still answers while the others are up
        await _stop(child, patience.stop_grace_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_running(child: Child, stopping: asyncio.Event, patience: Patience) -> None:
    wait_s = patience.first_wait_s
    where = f"; its log: {child.log}" if child.log else ""
    while not stopping.is_set():
        started = time.monotonic()
        try:
            how = f"ended with status {await _run_once(child)}"
        except OSError as error:  # the machine has no process to spare, or the program is not there
            how = f"could not be started ({error})"
        if stopping.is_set():
            return
        is_steady = time.monotonic() - started > patience.steady_s
        wait_s = patience.first_wait_s if is_steady else min(wait_s * 2, patience.longest_wait_s)
        print(f"{child.name} {how}; starting it again in {wait_s:g} s{where}", file=sys.stderr, flush=True)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait_s)


async def _run_once(child: Child) -> int:
    output = None
    if child.log is not None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        output = child.log.open("ab")
    try:
        process = child.process = await asyncio.create_subprocess_exec(
            *child.command,
            cwd=ROOT,
            env=child.whole_environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the others in order
        )
        try:
            return await process.wait()
        finally:
            _signal(process, signal.SIGKILL)  # what it started itself: nobody else ends that
    finally:
        if output is not None:
            output.close()


async def _stop(child: Child, grace_s: float) -> None:
    process = child.process
    if process is None or process.returncode is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), grace_s)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: asyncio.subprocess.Process, which: signal.Signals) -> None:
    """Send a signal to a process and to all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, which)
