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

_STOP_GRACE_S = 15.0
_STEADY_S = 30.0  # a process that lived this long is restarted without a growing wait


# A message needs a few small matrix products: spread over threads they mostly wait for each other (1.4 times the messages
# a second on two cores without). Whoever sets these variables outside knows better.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


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
    children: list[Child], when_started: Callable[[], Coroutine[None, None, None]] | None = None
) -> None:
    """Run every child until SIGINT or SIGTERM; a child that ends by itself is started again."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    tasks = [asyncio.create_task(_keep_running(child, stopping)) for child in children]
    if when_started is not None:
        tasks.append(asyncio.create_task(when_started()))
    await stopping.wait()
    print("\n正在停止……", flush=True)
    for child in reversed(children):  # the service first: it still answers while the others are up
        await _stop(child)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_running(child: Child, stopping: asyncio.Event) -> None:
    wait_s = 0.5
    while not stopping.is_set():
        started = time.monotonic()
        code = await _run_once(child)
        if stopping.is_set():
            return
        wait_s = 0.5 if time.monotonic() - started > _STEADY_S else min(wait_s * 2, 15.0)
        where = f"; its log: {child.log}" if child.log else ""
        print(
            f"{child.name} ended with status {code}; starting it again in {wait_s:.0f} s{where}",
            file=sys.stderr,
        )
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait_s)


async def _run_once(child: Child) -> int:
    output = None
    if child.log is not None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        output = child.log.open("ab")
    try:
        child.process = await asyncio.create_subprocess_exec(
            *child.command,
            cwd=ROOT,
            env=child.whole_environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the others in order
        )
        return await child.process.wait()
    finally:
        if output is not None:
            output.close()


async def _stop(child: Child) -> None:
    process = child.process
    if process is None or process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _STOP_GRACE_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
