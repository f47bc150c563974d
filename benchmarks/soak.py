"""A soak: customers and agents over the real sockets for minutes, with a service restart in the middle.

    python -m benchmarks.soak [--minutes 5] [--customers 200] [--agents 10] [--processes 1|2]

With two processes the service runs on a private PostgreSQL behind a proxy that hands each connection to the next
process. Prints one JSON object: what was sent, delivered and stored, whether order was kept, and how long a customer's
words took to the agent's desk, before and after the restart.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx

from benchmarks.soak_clients import Agent, Book, Customer
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
_SETTLE_S = 8.0
_AROUND_RESTART_S = 10.0


class Proxy:
    """Hands each connection to the next process that takes it."""

    def __init__(self, ports: list[int]) -> None:
        self.ports, self.port, self._turn = ports, free_port(), itertools.count()

    async def start(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        for offset in range(len(self.ports)):
            try:
                up = await asyncio.open_connection(
                    "127.0.0.1", self.ports[(first + offset) % len(self.ports)]
                )
                break
            except OSError:
                continue
        else:
            writer.close()
            return
        with suppress(asyncio.CancelledError):  # the run is over
            await asyncio.gather(_pipe(reader, up[1]), _pipe(up[0], writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (OSError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--processes", type=int, default=1, choices=(1, 2))
    options = parser.parse_args()
    random.seed(7)
    with ExitStack() as cleanup:
        overrides = {
            "TONGDA_IDLE_CHECK_S": "3600",
            "TONGDA_IDLE_CLOSE_S": "7200",
            "TONGDA_LOG_LEVEL": "ERROR",
        }
        if options.processes > 1:
            cluster = cleanup.enter_context(running_cluster())
            if isinstance(cluster, str):
                raise SystemExit(cluster)
            asyncio.run(run_sql(cluster, "CREATE DATABASE soak"))
            overrides["TONGDA_DATABASE_URL"] = cluster.url("soak")
        stack = Stack(Path(tempfile.mkdtemp(prefix="tongda-soak-")), overrides)
        cleanup.callback(stack.stop_all)
        stack.start_all()
        ports = [stack.settings.port]
        if options.processes > 1:
            ports.append(second_service(stack))
            cleanup.callback(stack.stop, "service2")
        print(json.dumps(asyncio.run(_soak(options, stack, ports)), ensure_ascii=False, indent=1))


def second_service(stack: Stack) -> int:
    """Start another service process on the same database, and wait for it."""
    port, child = free_port(), stack.children["service"]
    stack.children["service2"] = type(child)(
        "service2", child.command, port, child.log, {**child.environment, "TONGDA_PORT": str(port)}
    )
    stack.start("service2")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2.0).status_code == 200:
                return port
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError(stack.log("service2")[-2000:])


async def _soak(options: argparse.Namespace, stack: Stack, ports: list[int]) -> dict[str, Any]:
    proxy = Proxy(ports)
    server = await proxy.start()
    base, book = f"http://127.0.0.1:{proxy.port}", Book()
    logins = await _hire(stack.settings, options.agents, options.customers)
    agents = [Agent(base, login, _PASSWORD, book) for login in logins]
    for agent in agents:
        await agent.sign_in()
    working = [asyncio.create_task(agent.work()) for agent in agents]
    customers = [Customer(base, number, book) for number in range(options.customers)]
    for customer in customers:
        await customer.start()
    began = time.time()
    until = began + options.minutes * 60
    talking = [asyncio.create_task(customer.talk(until, every_s=6.0)) for customer in customers]
    await asyncio.sleep(options.minutes * 30)
    restarted = time.time()
    await asyncio.to_thread(stack.stop, "service")
    stopped = time.time()
    await asyncio.to_thread(stack.start, "service")
    await asyncio.to_thread(stack.wait_ready)
    ready = time.time()
    await asyncio.wait(talking, timeout=options.minutes * 30 + 60)
    await asyncio.sleep(_SETTLE_S)
    for agent in agents:
        await agent.finish()
    await asyncio.sleep(_SETTLE_S / 2)
    for customer in customers:
        await customer.read_on()
    found = {"stop_s": round(stopped - restarted, 1), **_judge(book, customers, agents, restarted, ready)}
    for task in working:
        task.cancel()
    await asyncio.gather(*(customer.client.disconnect() for customer in customers), return_exceptions=True)
    server.close()
    return {"customers": options.customers, "agents": options.agents, "processes": len(ports), **found}


async def _hire(settings: Settings, count: int, customers: int) -> list[str]:
    db, clock = Database(settings.database), SystemClock()
    roster = Roster(db, clock)
    accounts = Accounts(db, clock, settings, roster, Audit(db, clock))
    logins = [f"soak{number}" for number in range(count)]
    for login in logins:
        member = await roster.add(login, login, [Role.AGENT], tuple(Skill), min(50, customers // count + 5))
        await accounts.give_password(member.id, _PASSWORD)
    await db.close()
    return logins


def _judge(
    book: Book, customers: list[Customer], agents: list[Agent], restarted: float, ready: float
) -> dict[str, Any]:
    delays = {
        text: book.agent_saw[text] - at for text, at in book.customer_sent.items() if text in book.agent_saw
    }
    said = {text for text in book.customer_sent if text.startswith("客户")}
    stored = [line["text"] for c in customers for line in c.lines.values() if line["sender"] == "customer"]
    before = [d for text, d in delays.items() if text in said and book.customer_sent[text] < restarted - 1]
    after = [
        d for text, d in delays.items()
        if text in said and book.customer_sent[text] > ready + _AROUND_RESTART_S
    ]  # fmt: skip
    return {
        "customer_sent": len(said),
        "customer_stored": sum(text.startswith("客户") for text in stored),
        "desk_showed": len(said & set(book.agent_saw)),
        "agent_sent": len(book.agent_sent),
        "agent_delivered": len(set(book.agent_sent) & set(book.customer_saw)),
        "stored_twice": len(stored) - len({(id(c), x["seq"]) for c in customers for x in c.lines.values() if x["sender"] == "customer"}),
        "order_kept": all(_in_order(customer) for customer in customers),
        "gaps": sum(sorted(c.lines) != list(range(1, len(c.lines) + 1)) for c in customers),
        "served": sum(customer.served.is_set() for customer in customers),
        "restart_s": round(ready - restarted, 1),
        "before": _delays(before),
        "after": _delays(after),
        "errors": len(book.errors),
        "error_kinds": sorted({error[:80] for error in book.errors})[:6],
    }  # fmt: skip


def _in_order(customer: Customer) -> bool:
    lines = [line["text"] for _, line in sorted(customer.lines.items()) if line["sender"] == "customer"]
    return lines == customer.sent


def _delays(found: list[float]) -> dict[str, float]:
    if len(found) < 2:
        return {"messages": len(found)}
    cuts = statistics.quantiles(found, n=100)
    return {
        "messages": len(found),
        "p50_ms": round(statistics.median(found) * 1000, 1),
        "p95_ms": round(cuts[94] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
    }


if __name__ == "__main__":
    main()
