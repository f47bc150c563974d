"""Work that may wait: a process that gives way to those who answer customers."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_NICE = 10  # a tenth of a core while customers need all of it
_AUTOGROUP = Path("/proc/self/autogroup")


def give_way() -> None:
    """Let everything else on this machine go first, from now on.

    Linux weighs sessions before the processes in one (sched(7), autogroup): inside the service's session niceness would
    count against the service alone, never against Rasa. So this process gets a session of its own, and its niceness there.
    """
    os.nice(_NICE)
    with suppress(OSError):  # it leads a group already, or sessions are not weighed here
        os.setsid()
        _AUTOGROUP.write_text(str(_NICE), encoding="ascii")
