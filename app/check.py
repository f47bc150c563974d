"""`app check`: exactly what CI runs before the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from app.paths import RASA_PYTHON, ROOT

_BIN = Path(sys.executable).parent
_RASA_DATA = ["--config", "config.yml", "--domain", "domain.yml", "--data", "bot/topics"]

CHECKS: dict[str, list[str]] = {  # the long ones first: they run side by side
    "types": [str(_BIN / "mypy"), "."],
    "Rasa data": [str(RASA_PYTHON), "-m", "rasa", "data", "validate", *_RASA_DATA],
    "YAML": [str(_BIN / "yamllint"), "--strict", "."],
    "import rules": [str(_BIN / "lint-imports")],
    "lint": [str(_BIN / "ruff"), "check", "."],
    "format": [str(_BIN / "ruff"), "format", "--check", "."],
}


def check() -> int:
    """Run every check, say how long each took as it ends, and return 1 if one failed."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(_passes, name, command): name for name, command in CHECKS.items()}
        failed = [running[done] for done in as_completed(running) if not done.result()]
    if failed:
        print(f"Put right: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _passes(name: str, command: list[str]) -> bool:
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT)}
    environment |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    line = f"{'ok' if passed else 'FAILED':>6}  {name:<14} {time.monotonic() - started:5.1f} s"
    print(line if passed else f"{line}\n{(done.stdout + done.stderr)[-6000:]}", flush=True)
    return passed
