"""Processes that tests start: whether they live, and waiting until something about them is so."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]


def is_alive(pid: int) -> bool:
    """Say whether a process still does something: one that nobody has buried does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(is_so: Callable[[], bool], at_most_s: float, every_s: float = 0.02) -> None:
    """Wait for a condition; fail when it does not come true."""
    deadline = time.monotonic() + at_most_s
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come true in {at_most_s:g} s"
        time.sleep(every_s)
