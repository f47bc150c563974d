"""Stock `rasa run` with the `rasa init` pipeline, trained on the same topics, using the same actions."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import httpx

from app.paths import RASA_PYTHON, ROOT
from app.steps import fingerprint, timed
from core.settings import Settings

CONFIG = ROOT / "benchmarks" / "stock" / "config.yml"
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONPATH": str(ROOT),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


def train_stock(folder: Path, data: list[Path]) -> Path:
    """Train the stock pipeline once for these inputs; return the model."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"stock-{fingerprint([CONFIG, ROOT / 'domain.yml', *data])[:12]}.tar.gz"
    if not model.exists():
        command = [str(RASA_PYTHON), "-m", "rasa", "train", "--config", str(CONFIG), "--domain", "domain.yml"]
        command += [
            "--data",
            *map(str, data),
            "--out",
            str(folder),
            "--fixed-model-name",
            model.name.split(".")[0],
        ]
        with timed("Training the stock pipeline (DIET, TED: some minutes on two cores, once)"):
            log = (folder / "train.log").open("wb")
            subprocess.run(
                command, cwd=ROOT, env={**os.environ, **_ENVIRONMENT}, check=True, stdout=log, stderr=log
            )
    return model


class StockRasa:
    """One stock server on loopback."""

    def __init__(self, model: Path, folder: Path, port: int, settings: Settings) -> None:
        self.base = f"http://127.0.0.1:{port}"
        endpoints = folder / "endpoints.yml"
        actions = f"http://127.0.0.1:{settings.port}/actions/webhook?token={settings.action_secret}"
        endpoints.write_text(f'action_endpoint:\n  url: "{actions}"\n', encoding="utf-8")
        credentials = folder / "credentials.yml"
        credentials.write_text("rest:\n", encoding="utf-8")
        command = [
            str(RASA_PYTHON),
            "-m",
            "rasa",
            "run",
            "--enable-api",
            "--model",
            str(model),
            "--port",
            str(port),
        ]
        command += [
            "--interface",
            "127.0.0.1",
            "--endpoints",
            str(endpoints),
            "--credentials",
            str(credentials),
        ]
        log = (folder / "stock.log").open("wb")
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **_ENVIRONMENT},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def wait_ready(self, timeout_s: float = 180.0) -> float:
        """Wait until a model is loaded; return the seconds since the start."""
        while time.monotonic() - self._started < timeout_s:
            try:
                if httpx.get(f"{self.base}/status", timeout=2.0).json().get("model_file"):
                    return time.monotonic() - self._started
            except (httpx.HTTPError, ValueError):
                time.sleep(0.2)
        raise TimeoutError("stock Rasa did not become ready; see its log in var/bench")

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
