"""Work in the background stands behind everything that answers customers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import background
from core.background import Rests

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


@pytest.mark.parametrize(("waited_ms", "is_crowded"), [(0, False), (4, False), (6, True), (60, True)])
def test_work_rests_where_it_had_to_wait_for_its_turn(
    waited_ms: int, is_crowded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = tmp_path / "schedstat"
    monkeypatch.setattr(background, "_SPENT", spent)
    spent.write_text("1000000000 2000000000 70\n")
    rests = Rests()
    spent.write_text(f"{1_000_000_000 + 20_000_000} {2_000_000_000 + waited_ms * 1_000_000} 71\n")
    assert rests.rest() == pytest.approx(0.08 if is_crowded else 0.0)
    assert rests.rest() == 0.0  # it counts from the last rest on


def test_work_never_rests_where_nobody_keeps_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_SPENT", tmp_path / "none")
    assert Rests().rest() == 0.0


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this system does not keep /proc/self/schedstat"
)
def test_kernels_account_grows_with_the_work() -> None:
    ran_s, _ = background._spent()
    while time.thread_time() < 0.05:
        pass
    assert background._spent()[0] > ran_s
