"""Work that may wait: a process that gives way to those who answer customers."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_NICE = 10  # a tenth of a core while customers need all of it
_AUTOGROUP = Path("/proc/self/autogroup")
_SPENT = Path("/proc/self/schedstat")  # nanoseconds on a processor, and waiting for one
_CROWDED = 0.25  # of the time it ran, spent waiting for a processor: from there on others need the machine
_REST = 4.0  # times as long as it ran


def give_way() -> None:
    """Let everything else on this machine go first, from now on.

    Linux weighs sessions before the processes in one (sched(7), autogroup): inside the service's session niceness would
    count against the service alone, never against Rasa. So this process gets a session of its own, and its niceness there.
    """
    os.nice(_NICE)
    with suppress(OSError):  # it leads a group already, or sessions are not weighed here
        os.setsid()
        _AUTOGROUP.write_text(str(_NICE), encoding="ascii")


class Rests:
    """Leaves a crowded machine to the others between two stretches of work.

    Standing back in the queue is not enough there: what runs in the gaps still takes caches and memory from those who
    answer, and every message then takes a third longer. On a machine with time to spare nothing waits.
    """

    def __init__(self) -> None:
        self._ran_s, self._waited_s = _spent()

    def rest(self) -> float:
        """Sleep where this process had to wait for its turn since the last call; return the seconds slept."""
        ran_s, waited_s = _spent()
        stretch_s = ran_s - self._ran_s
        slept_s = stretch_s * _REST if waited_s - self._waited_s > stretch_s * _CROWDED else 0.0
        time.sleep(slept_s)
        self._ran_s, self._waited_s = _spent()
        return slept_s


def _spent() -> tuple[float, float]:
    """Return the seconds this process ran and waited to run (Linux, Documentation/scheduler/sched-stats.rst); else zeros."""
    try:
        ran, waited, _ = _SPENT.read_text(encoding="ascii").split()
    except OSError:  # not kept here
        return 0.0, 0.0
    return int(ran) / 1e9, int(waited) / 1e9
