"""`python -m app run` as a user starts it: it brings back a dialogue engine that is killed, and Ctrl-C ends everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from app.paths import RASA_PYTHON, ROOT
from app.supervise import first_taken_port
from app.train import outdated
from bot.service_texts import service_texts
from tests.processes import is_alive, wait_until
from tests.system.customer import Customer
from tests.system.stack import MODELS, Stack

pytestmark = pytest.mark.rasa

AT_MOST_S = 240.0  # Rasa's start, on a machine that has much else to do
END_S = 90.0


@pytest.fixture
def fresh(tmp_path: Path) -> Stack:
    """A fresh data folder on free ports, with the models that `make test` trained; nothing runs yet."""
    if not RASA_PYTHON.exists():
        pytest.skip("Rasa's environment is missing; run: make rasa")
    stack = Stack(tmp_path)
    (tmp_path / "stamps").symlink_to(MODELS / "stamps")
    if outdated(stack.settings):
        pytest.skip("the models are out of date; run: make train")
    return stack


@pytest.fixture
def running(fresh: Stack) -> Iterator[subprocess.Popen[bytes]]:
    """The command, started; what is left of it goes with the test."""
    environment = {**os.environ, **fresh.environment}
    with (fresh.folder / "run.log").open("wb") as log:
        command = [sys.executable, "-m", "app", "run"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    fresh.processes["run"] = process
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(END_S)


def test_killed_engine_comes_back_by_itself_and_ctrl_c_leaves_nothing_behind(
    fresh: Stack, running: subprocess.Popen[bytes]
) -> None:
    fresh.wait_ready(AT_MOST_S)
    customer = Customer(fresh)
    assert "电子发票" in customer.say("发票怎么开")
    children = psutil.Process(running.pid).children()
    (engine,) = (child for child in children if "bot.engine.server" in child.cmdline())
    engine.kill()
    assert customer.say("携号转网要什么条件") == service_texts().text("outage")
    wait_until(lambda: "120天" in customer.say(""), AT_MOST_S, every_s=0.3)
    assert "电子发票" in customer.say("发票怎么开")

    children = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    assert running.wait(END_S) == 0
    assert [child for child in children if is_alive(child.pid)] == []
    assert first_taken_port([child.port for child in fresh.children.values()]) is None
    said = fresh.log("run")
    assert "Traceback" not in said
    assert said.count("starting it again") == 1
