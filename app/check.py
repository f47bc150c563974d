"""`app check`: exactly what CI runs before the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from app.paths import RASA_PYTHON, ROOT

_BIN = Path(sys.executable).parent
_RASA_DATA = ["--config", "config.yml", "--domain", "domain.yml", "--data", "bot/topics"]

CHECKS: dict[str, list[str]] = {
    "lint": [str(_BIN / "ruff"), "check", "."],
    "format": [str(_BIN / "ruff"), "format", "--check", "."],
    "types": [str(_BIN / "mypy"), "."],
    "import rules": [str(_BIN / "lint-imports")],
    "YAML": [str(_BIN / "yamllint"), "--strict", "."],
    "Rasa data": [str(RASA_PYTHON), "-m", "rasa", "data", "validate", *_RASA_DATA],
}


def check() -> int:
    """Run every check, say how long each took, and return 1 if one failed."""
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT)}
    environment |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    failed = []
    for name, command in CHECKS.items():
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{verdict:>6}  {name:<14} {time.monotonic() - started:5.1f} s", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print((done.stdout + done.stderr)[-6000:], flush=True)
    if failed:
        print(f"Put right: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0
