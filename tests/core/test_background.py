"""Work in the background stands behind everything that answers customers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_TELLS = """
import json, os
from pathlib import Path
from core.background import give_way
give_way()
group = Path("/proc/self/autogroup")
print(json.dumps([os.nice(0), os.getsid(0) == os.getpid(), group.read_text() if group.exists() else ""]))
"""


def test_process_that_gives_way_is_nice_in_a_session_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", _TELLS], capture_output=True, check=True, text=True)
    niceness, leads_its_session, group = json.loads(done.stdout)
    assert niceness == min(os.nice(0) + 10, 19)
    assert leads_its_session
    if group and Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1":
        assert group.split()[-2:] == ["nice", "10"]
    else:
        pytest.skip("sessions are not weighed by this kernel")
