"""The systems under test: a real sandbox server over HTTP, and the store in process."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from bss.embedded import EmbeddedBss
from bss.port import Bss
from bss.sandbox import ledger, messages, topups
from bss.sandbox.store import Store
from bss.tmf import TmfBss
from core.clock import SystemClock
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SEED = 20260101
START_S = 60


@dataclass
class Server:
    """A running `python -m bss.sandbox`."""

    process: subprocess.Popen[bytes]
    base_url: str
    started_s: float


def start_sandbox(db: Path, *options: str) -> Server:
    """Start a sandbox on a free port and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "bss.sandbox", "--port", str(port), "--db", str(db), "--seed", str(SEED)]
    begun = time.monotonic()
    process = subprocess.Popen([*command, *options], cwd=ROOT)
    base_url = f"http://127.0.0.1:{port}"
    while time.monotonic() - begun < START_S and process.poll() is None:
        try:
            if httpx.get(f"{base_url}/sandbox/health", trust_env=False).status_code == 200:
                return Server(process, base_url, time.monotonic() - begun)
        except httpx.TransportError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError("the sandbox did not start")


def stop_sandbox(server: Server) -> int:
    """Ask a sandbox to stop and return its exit status."""
    server.process.send_signal(signal.SIGTERM)
    return server.process.wait(timeout=30)


class System(Protocol):
    """A billing system under test: the port, and what a tester may do behind its back."""

    bss: Bss
    name: str

    async def pay(self, topup_id: str, outcome: str) -> None: ...

    async def ledger(self, number: str) -> list[dict[str, Any]]: ...

    async def sms(self, number: str) -> list[dict[str, str]]: ...


class OverHttp:
    """The TM Forum adapter against the running server."""

    name = "tmf"

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.bss: Bss = TmfBss(base_url, "", 3.0, SystemClock())
        self.http = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=30)

    async def pay(self, topup_id: str, outcome: str) -> None:
        await self.http.post(f"/sandbox/payments/{topup_id}/{outcome}")

    async def ledger(self, number: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.http.get(f"/sandbox/ledger?msisdn={number}")).json()
        return rows

    async def sms(self, number: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = (await self.http.get(f"/sandbox/sms?msisdn={number}")).json()
        return rows

    async def fault(self, **fault: object) -> None:
        """Make the server misbehave."""
        (await self.http.post("/sandbox/faults", json=fault)).raise_for_status()


class InProcess:
    """The embedded adapter on its own store."""

    name = "embedded"

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bss: Bss = EmbeddedBss(store)

    async def pay(self, topup_id: str, outcome: str) -> None:
        await self.store.do(topups.pay, topup_id, outcome)

    async def ledger(self, number: str) -> list[dict[str, Any]]:
        return await self.store.do(ledger.entries, number)

    async def sms(self, number: str) -> list[dict[str, str]]:
        return await self.store.do(messages.outbox, number)


async def gather(*calls: Any) -> list[Any]:
    """Run calls at once and return results and exceptions alike."""
    return list(await asyncio.gather(*calls, return_exceptions=True))
