"""What falls is started again, and Ctrl-C leaves nothing behind: a real supervisor over tiny commands."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from app.paths import ROOT
from app.run import run
from core.settings import Settings
from tests.ports import free_port
from tests.processes import is_alive, wait_until

PROGRAM = """
import asyncio, json, sys
from app.supervise import Child, Patience, supervise
commands, patience = json.loads(sys.argv[1])
children = [
    Child(name, [command] if command.startswith("/") else ["sh", "-c", command], 0)
    for name, command in commands.items()
]
asyncio.run(supervise(children, patience=Patience(**patience)))
"""
AT_MOST_S = 30.0  # for what takes a moment on a machine at rest
SLEEPS = "echo $$ >> {pids}; exec sleep 120"
Start = Callable[..., "Supervisor"]


class Supervisor:
    """A supervisor in a process of its own; each child writes its process ids into a file of its name."""

    def __init__(self, folder: Path, scripts: dict[str, str], patience: dict[str, float]) -> None:
        self.folder, self._errors = folder, folder / "errors"
        commands = {
            name: script.format(pids=folder / name, folder=folder) for name, script in scripts.items()
        }
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, json.dumps([commands, patience])], cwd=ROOT, stderr=errors
            )

    def pids(self, name: str, count: int = 1) -> list[int]:
        """Wait until a child has been started so many times; return its process ids."""
        path = self.folder / name
        found: list[int] = []

        def enough() -> bool:
            found[:] = [int(line) for line in path.read_text().split()] if path.exists() else []
            return len(found) >= count

        wait_until(enough, AT_MOST_S)
        return found

    def waits_s(self, name: str, count: int) -> list[float]:
        """Wait until the supervisor has announced so many restarts of a child; return the first waits it named."""
        found: list[float] = []

        def enough() -> bool:
            said = re.findall(rf"{name} .*again in ([\d.]+) s", self._errors.read_text())
            found[:] = [float(wait) for wait in said]
            return len(found) >= count

        wait_until(enough, AT_MOST_S)
        return found[:count]

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(AT_MOST_S)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a supervisor over shell scripts; it is ended with the test, and so is what it started."""
    started: list[Supervisor] = []

    def start_one(scripts: dict[str, str], **patience: float) -> Supervisor:
        started.append(Supervisor(tmp_path, scripts, patience))
        return started[-1]

    yield start_one
    for supervisor in started:
        if supervisor.process.poll() is None:
            supervisor.interrupt()


def test_child_that_falls_is_started_again_and_the_others_are_left_alone(start: Start) -> None:
    supervisor = start({"falls": SLEEPS, "stays": SLEEPS}, first_wait_s=0.05)
    (stays,) = supervisor.pids("stays")
    psutil.Process(supervisor.pids("falls")[0]).kill()
    first, second = supervisor.pids("falls", 2)
    assert first != second
    assert [is_alive(pid) for pid in (first, second, stays)] == [False, True, True]
    assert supervisor.pids("stays") == [stays]


def test_child_that_falls_at_once_is_waited_for_longer_each_time_up_to_a_bound(start: Start) -> None:
    supervisor = start({"falls": "exit 3"}, first_wait_s=0.05, longest_wait_s=0.3)
    began = time.monotonic()
    assert supervisor.waits_s("falls", 5) == [0.1, 0.2, 0.3, 0.3, 0.3]
    assert time.monotonic() - began > 0.1 + 0.2 + 0.3 + 0.3 - 0.05  # it did wait


def test_child_that_lived_a_while_is_not_made_to_wait_longer(start: Start) -> None:
    supervisor = start({"falls": "sleep 0.2; exit 1"}, first_wait_s=0.05, steady_s=0.1)
    assert supervisor.waits_s("falls", 3) == [0.05, 0.05, 0.05]


def test_command_that_cannot_be_started_is_tried_until_it_can(start: Start, tmp_path: Path) -> None:
    supervisor = start({"later": "{folder}/program"}, first_wait_s=0.05, longest_wait_s=0.1)
    supervisor.waits_s("later", 2)
    program = tmp_path / "not-yet"
    program.write_text(f"#!/bin/sh\necho $$ >> {tmp_path}/later\nexec sleep 120\n")
    program.chmod(0o755)
    program.rename(tmp_path / "program")
    assert is_alive(supervisor.pids("later")[0])


def test_what_a_fallen_child_had_started_is_ended_before_its_next_start(start: Start) -> None:
    script = "sleep 120 & echo $! >> {folder}/grandchildren; echo $$ >> {pids}; wait"
    supervisor = start({"parent": script}, first_wait_s=0.05)
    (left_behind,) = supervisor.pids("grandchildren")
    psutil.Process(supervisor.pids("parent")[0]).kill()
    supervisor.pids("parent", 2)
    wait_until(lambda: not is_alive(left_behind), AT_MOST_S)


def test_ctrl_c_ends_the_children_one_after_the_other_the_last_first(start: Start) -> None:
    script = "trap 'echo {name} >> {{folder}}/order; exit 0' TERM; echo $$ >> {{pids}}; while :; do sleep 0.05; done"
    supervisor = start({name: script.format(name=name) for name in ("first", "second", "third")})
    pids = [supervisor.pids(name)[0] for name in ("first", "second", "third")]
    assert supervisor.interrupt() == 0
    assert (supervisor.folder / "order").read_text().split() == ["third", "second", "first"]
    assert not any(map(is_alive, pids))


def test_ctrl_c_ends_children_that_ignore_it_and_one_that_keeps_falling(start: Start) -> None:
    deaf = "trap '' TERM INT; echo $$ >> {pids}; while :; do sleep 0.05; done"
    supervisor = start({"deaf": deaf, "falls": "exit 1"}, stop_grace_s=0.3, longest_wait_s=60.0)
    (pid,) = supervisor.pids("deaf")
    supervisor.waits_s("falls", 1)
    assert supervisor.interrupt() == 0
    assert not is_alive(pid)


def test_taken_port_is_named_before_anything_is_started(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = somebody.getsockname()[1]
        ports = {"port": free_port(), "sandbox_port": taken, "wechat_simulator_port": free_port()}
        with pytest.raises(SystemExit) as left:
            run(settings.model_copy(update={**ports, "rasa_urls": (f"http://127.0.0.1:{free_port()}",)}))
    assert left.value.code == 1
    assert f"Port {taken} is in use" in capsys.readouterr().err
