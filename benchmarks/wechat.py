"""Many WeChat users at once, on a bad day: is every message answered exactly once, in order, inside WeChat's limits?

    python -m benchmarks.wechat [--users 500] [--messages 6] [--minutes 6] [--mode safe]

Two service processes on a private PostgreSQL behind a proxy; the simulator as WeChat; a dialogue engine whose answers
take 0 to 12 seconds. Callbacks are delivered twice, late and out of order (with --lossy some replies are lost), tokens expire, the API
answers 45015 and -1, is slow and breaks off now and then, and one process is killed with SIGKILL and started again. Some users
ask for a person, get more words from the agent than the allowance holds, and are asked for a rating. Prints one JSON
object, judged by what the users' phones show and by the simulator's own books.

A message whose connection broke after WeChat had shown it is sent again, because nobody can tell: such lines are counted
apart, and everything must be shown once, in order, without them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from app.paths import ROOT
from benchmarks.soak import Proxy, second_service
from benchmarks.soak_clients import Book
from benchmarks.wechat_judge import judge
from benchmarks.wechat_users import Clerk, Phone
from console.accounts import Accounts
from console.audit import Audit
from conversations.desk_model import Role, Skill
from conversations.staff import Roster
from core.clock import SystemClock
from core.database import Database
from core.settings import Settings
from tests.fixtures_postgres import run_sql, running_cluster
from tests.ports import free_port
from tests.system.stack import Stack

_PASSWORD = "soak-password-9"
_ENGINES = 8  # a process's share of conversations in work is limited for each of them
_PERSON_EVERY = 12  # of so many users one asks for a person
_FOLLOWS_EVERY_S = 0.05
_DOWN_S = 4.0
_SETTLE_S = 60.0
_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "duplicate", "share": 0.1},
    {"kind": "hold", "share": 0.05, "delay_s": 2.0},
    {"kind": "errcode", "errcode": 45015, "api": "custom/send", "share": 0.01},
    {"kind": "errcode", "errcode": -1, "api": "custom/send", "share": 0.02},
    {"kind": "slow", "api": "custom/send", "share": 0.03, "delay_s": 2.0},
    {"kind": "cut", "api": "custom/send", "share": 0.01},
    {"kind": "cut", "api": "custom/send", "share": 0.01, "after": True},
)


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--messages", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--mode", choices=["plain", "compatible", "safe"], default="safe")
    parser.add_argument("--slowest", type=float, default=12.0)
    parser.add_argument("--lossy", action="store_true", help="some passive replies get lost on their way")
    parser.add_argument("--calm", action="store_true", help="without faults and without the kill")
    options = parser.parse_args()
    with ExitStack() as cleanup:
        cluster = cleanup.enter_context(running_cluster())
        if isinstance(cluster, str):
            raise SystemExit(cluster)
        asyncio.run(run_sql(cluster, "CREATE DATABASE wechat"))
        engine = _start_engine(options.slowest)
        cleanup.callback(engine[0].terminate)
        folder = Path(tempfile.mkdtemp(prefix="tongda-wechat-"))
        stack = Stack(
            folder,
            {
                "TONGDA_DATABASE_URL": cluster.url("wechat"),
                "TONGDA_RASA_URLS": ",".join(f"{engine[1]}/{number}" for number in range(_ENGINES)),
                "TONGDA_IDLE_CHECK_S": "3600",
                "TONGDA_IDLE_CLOSE_S": "7200",
                "TONGDA_LOG_LEVEL": "WARNING",
            },
        )
        cleanup.callback(stack.stop_all)
        for kind in ("sandbox", "wechat", "service"):
            stack.start(kind)
        stack.wait_ready()
        ports = [stack.settings.port, second_service(stack)]
        cleanup.callback(stack.stop, "service2")
        print(f"logs: {folder}", file=sys.stderr)
        print(json.dumps(asyncio.run(_run(options, stack, ports)), ensure_ascii=False, indent=1))


def _start_engine(slowest_s: float) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.slow_rasa",
        "--port",
        str(port),
        "--slowest",
        str(slowest_s),
    ]
    return subprocess.Popen(command, cwd=ROOT), f"http://127.0.0.1:{port}"


async def _run(options: argparse.Namespace, stack: Stack, ports: list[int]) -> dict[str, Any]:
    proxy = Proxy(ports)
    server = await proxy.start()
    async with httpx.AsyncClient(base_url=stack.wechat, timeout=30, trust_env=False) as http:
        account = {"callback_url": f"http://127.0.0.1:{proxy.port}/wechat/demo", "mode": options.mode}
        (await http.post("/simulator/account", json=account)).raise_for_status()
        clerks = await _clerks(stack.settings, proxy.port, options)
        working = [asyncio.create_task(clerk.work()) for clerk in clerks]
        phones = [
            Phone(http, number, options.messages, number % _PERSON_EVERY == 0)
            for number in range(options.users)
        ]
        for phone in phones:
            await phone.follow()
            await asyncio.sleep(_FOLLOWS_EVERY_S)
        began = time.monotonic()
        disturbing = asyncio.create_task(_disturb(options, stack, http))
        await asyncio.gather(*(phone.talk(options.minutes * 60) for phone in phones))
        killed = await disturbing
        talked_s = time.monotonic() - began
        await http.delete("/simulator/faults")
        await _settle(http, phones)
        found = await judge(http, phones, stack.settings)
        for task in working:
            task.cancel()
        server.close()
    load = round(os.getloadavg()[1], 1)  # of the machine, whoever else works on it
    head = {
        "users": options.users,
        "processes": len(ports),
        "mode": options.mode,
        "talked_s": round(talked_s, 1),
        "load_5_min": load,
    }
    return {**head, **killed, **found, "desk_errors": sorted({e for c in clerks for e in c.book.errors})[:5]}


async def _clerks(settings: Settings, port: int, options: argparse.Namespace) -> list[Clerk]:
    db, clock = Database(settings.database), SystemClock()
    roster = Roster(db, clock)
    accounts = Accounts(db, clock, settings, roster, Audit(db, clock))
    clerks = []
    for number in range(2):
        member = await roster.add(f"clerk{number}", f"客服{number}", [Role.AGENT], tuple(Skill), 50)
        await accounts.give_password(member.id, _PASSWORD)
        base = f"http://127.0.0.1:{port}"
        clerks.append(Clerk(base, f"clerk{number}", _PASSWORD, Book(), options.messages))
        await clerks[-1].sign_in()
    await db.close()
    return clerks


async def _disturb(options: argparse.Namespace, stack: Stack, http: httpx.AsyncClient) -> dict[str, Any]:
    """Let things go wrong all along, and kill one process in the middle."""
    if options.calm:
        return {}
    seconds = options.minutes * 60
    lossy = ({"kind": "drop_reply", "share": 0.03},) if options.lossy else ()
    for fault in (*_FAULTS, *lossy):
        (await http.post("/simulator/faults", json={**fault, "for_s": seconds})).raise_for_status()
    expiring = asyncio.create_task(_expire(http, seconds / 6))
    await asyncio.sleep(seconds * 0.4)
    await asyncio.to_thread(stack.stop, "service", signal.SIGKILL)
    await asyncio.sleep(_DOWN_S)
    began = time.monotonic()
    await asyncio.to_thread(stack.start, "service")
    await asyncio.to_thread(stack.wait_ready)
    ready_s = time.monotonic() - began
    await asyncio.sleep(seconds * 0.5 - _DOWN_S)
    expiring.cancel()
    return {"killed_for_s": round(_DOWN_S + ready_s, 1)}


async def _expire(http: httpx.AsyncClient, every_s: float) -> None:
    for kind in ("expire_tokens", "revoke_tokens") * 50:
        await asyncio.sleep(every_s)
        await http.post("/simulator/faults", json={"kind": kind})


async def _settle(http: httpx.AsyncClient, phones: list[Phone]) -> None:
    """Wait until every phone shows what it must; who still waits at the end writes once more."""
    for _ in range(2):
        until = time.monotonic() + _SETTLE_S
        waiting = phones
        while waiting and time.monotonic() < until:
            waiting = [phone for phone in waiting if not set(phone.expected()) <= set(await phone.shown())]
            await asyncio.sleep(1.0)
        for phone in waiting:
            missing = sorted(set(phone.expected()) - set(await phone.shown()))
            print(f"{phone.openid} still waits for {missing}", file=sys.stderr)
            await phone.nudge()
        if not waiting:
            break
    await asyncio.sleep(3.0)  # what should not come would come now


if __name__ == "__main__":
    main()
