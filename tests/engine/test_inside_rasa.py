"""The parts that need Rasa itself run under its interpreter, as one unittest process."""

from __future__ import annotations

import os
import subprocess

import pytest

from app.paths import RASA_PYTHON, ROOT

MODULES = ("tests.engine.inside_rasa", "tests.engine.inside_rasa_less")


@pytest.mark.rasa
def test_the_engines_own_parts_hold_inside_rasa() -> None:
    if not RASA_PYTHON.exists():
        pytest.skip("Rasa's environment is missing; run: make rasa")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"SQLALCHEMY_SILENCE_UBER_WARNING": "1", "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(
        [str(RASA_PYTHON), "-W", "ignore", "-m", "unittest", *MODULES],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
