"""The whole product as a customer meets it: real Rasa, real sandbox, real service, on free loopback ports.

It runs the very processes that `make run` supervises, on the models `make test` trained, with fresh databases.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.paths import ROOT
from app.run import children
from app.supervise import Child
from core.settings import Settings
from tests.ports import free_port

MODELS = ROOT / "var"  # where `app train` leaves the models


@dataclass
class Stack:
    """The running processes and how to talk to them."""

    folder: Path
    overrides: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("models", "knowledge"):
            (self.folder / name).symlink_to(MODELS / name)
        self.environment = {
            "TONGDA_DATA_DIR": str(self.folder),
            "TONGDA_PORT": str(free_port()),
            "TONGDA_SANDBOX_PORT": str(free_port()),
            "TONGDA_WECHAT_SIMULATOR_PORT": str(free_port()),
            "TONGDA_RASA_URLS": f"http://127.0.0.1:{free_port()}",
            "TONGDA_LOG_LEVEL": "WARNING",
            **self.overrides,
        }
        values = {name.removeprefix("TONGDA_").lower(): value for name, value in self.environment.items()}
        self.settings = Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]
        self.base = f"http://127.0.0.1:{self.settings.port}"
        self.sandbox = f"http://127.0.0.1:{self.settings.sandbox_port}"
        self.wechat = f"http://127.0.0.1:{self.settings.wechat_simulator_port}"
        self.children: dict[str, Child] = {
            kind: group[0] for kind, group in children(self.settings).items() if group
        }

    def start(self, kind: str) -> None:
        """Start one kind of process: sandbox, wechat, rasa or service."""
        child = self.children[kind]
        log = (self.folder / f"{kind}.log").open("ab")
        self.processes[kind] = subprocess.Popen(
            child.command,
            cwd=ROOT,
            env=child.whole_environment(**self.environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def stop(self, kind: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End one process group and wait for it."""
        process = self.processes.pop(kind, None)
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=5)

    def start_all(self) -> Stack:
        """Start everything and wait until the service says it is ready."""
        for kind in self.children:
            self.start(kind)
        self.wait_ready()
        return self

    def stop_all(self) -> None:
        """End everything that was started here."""
        for kind in ("service", "rasa", "wechat", "sandbox"):
            self.stop(kind)

    def wait_ready(self, timeout_s: float = 240.0) -> None:
        """Wait for /readyz; a process that ended by itself is reported with the end of its log."""
        deadline = time.monotonic() + timeout_s
        last: object = None
        while time.monotonic() < deadline:
            for kind, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{kind} ended with {process.returncode}:\n{self.log(kind)[-3000:]}")
            try:
                answer = httpx.get(f"{self.base}/readyz", timeout=10.0)
                if answer.status_code == 200:
                    return
                last = answer.text
            except httpx.HTTPError as error:
                last = error
            time.sleep(0.2)
        raise TimeoutError(f"not ready after {timeout_s} s: {last}\n{self.log('service')[-3000:]}")

    def log(self, kind: str) -> str:
        """Return what a process printed."""
        path = self.folder / f"{kind}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    # --- as a customer ---------------------------------------------------------------------------------------

    def send(self, sender: str, message: str) -> list[dict[str, Any]]:
        """Say something over the REST channel and return the answers."""
        answer = httpx.post(
            f"{self.base}/webhooks/rest/webhook", json={"sender": sender, "message": message}, timeout=60.0
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    # --- as a tester -----------------------------------------------------------------------------------------

    def last_code(self, number: str) -> str:
        """Return the newest one-time code sent to a number."""
        messages = self._sandbox_rows("sms", number)
        found = (re.search(r"验证码\D*(\d{6})", message["text"]) for message in messages)
        return next(hit[1] for hit in found if hit)

    def ledger(self, number: str) -> list[dict[str, Any]]:
        """Return the completed charges and top-ups of a number."""
        return self._sandbox_rows("ledger", number)

    def _sandbox_rows(self, what: str, number: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.sandbox}/sandbox/{what}", params={"msisdn": number}, timeout=30.0)
        rows: list[dict[str, Any]] = answer.raise_for_status().json()
        return rows

    def settle(self, payment_id: str, outcome: str) -> None:
        """Play the payment page: success, fail or timeout."""
        httpx.post(f"{self.sandbox}/sandbox/payments/{payment_id}/{outcome}", timeout=30.0).raise_for_status()

    def fault(self, **fault: object) -> None:
        """Make the billing system slow, failing or malformed for a while."""
        httpx.post(f"{self.sandbox}/sandbox/faults", json=fault, timeout=30.0).raise_for_status()

    def clear_faults(self) -> None:
        """Let the billing system work again."""
        httpx.delete(f"{self.sandbox}/sandbox/faults", timeout=30.0).raise_for_status()

    def reset(self) -> None:
        """Bring the sandbox back to its seed."""
        httpx.post(f"{self.sandbox}/sandbox/reset", timeout=60.0).raise_for_status()
