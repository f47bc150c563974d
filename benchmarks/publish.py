"""Publishing under load: customers ask the whole product without a pause while releases are made, tested and published.

    .venv/bin/python -m benchmarks.publish [--customers 50] [--publishes 20] [--quiet-s 30] [--processes 1|2]

Every answer is compared: the changing article's must be one of the versions that were ever live, the other's must stay.
With two processes, on a private PostgreSQL, customers ask both and releases are made at the first: it is measured, too,
when the second one gives the new answer.
Prints the figures and exits with status 1 when a request failed or an answer was neither.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.soak import second_service
from tests.fixtures_postgres import run_sql, running_cluster
from tests.system.stack import Stack

QUESTION, STEADY = "云梯安装服务怎么预约", "携号转网要什么条件"
ARTICLE = {
    "id": "crane-lift",
    "title": QUESTION,
    "category": "测试",
    "questions": ["云梯上门安装要预约吗", "预约云梯安装"],
}
_TIMEOUT_S = 60.0


@dataclass
class Seen:
    """What the customers met in one phase."""

    latencies_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Return the phase in one line."""
        cuts = statistics.quantiles(self.latencies_ms, n=20)
        return (
            f"{name}: {len(self.latencies_ms)} answers, p50 {statistics.median(self.latencies_ms):.0f} ms, "
            f"p95 {cuts[18]:.0f} ms, {len(self.failures)} failed, {len(self.wrong)} wrong"
        )


class Crowd:
    """Customers who ask one after the other, for ever."""

    def __init__(self, bases: Sequence[str], count: int) -> None:
        self._bases, self._count = bases, count
        self.seen, self.allowed, self.steady = Seen(), set[str](), ""

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until told to stop."""
        async with AsyncExitStack() as opened:
            doors = [
                await opened.enter_async_context(
                    httpx.AsyncClient(base_url=base, timeout=_TIMEOUT_S, trust_env=False)
                )
                for base in self._bases
            ]
            asking = (self._ask(doors[number % len(doors)], number, stop) for number in range(self._count))
            await asyncio.gather(*asking)

    async def _ask(self, http: httpx.AsyncClient, number: int, stop: asyncio.Event) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            question = QUESTION if (number + turn) % 2 else STEADY
            allowed = set(
                self.allowed
            )  # what may be live when the question is sent; later versions come to it
            started = time.perf_counter()
            try:
                said = await ask(http, f"crowd-{number}-{turn // 20}", question)
            except (httpx.HTTPError, ValueError) as error:
                self.seen.failures.append(f"{type(error).__name__}: {error}")
                continue
            self.seen.latencies_ms.append((time.perf_counter() - started) * 1000)
            expected = allowed | self.allowed if question == QUESTION else {self.steady}
            if said not in expected:
                self.seen.wrong.append(said)


async def ask(http: httpx.AsyncClient, sender: str, question: str) -> str:
    """Say something over the REST channel; return the text of the answer."""
    answer = await http.post("/webhooks/rest/webhook", json={"sender": sender, "message": question})
    answer.raise_for_status()
    return "\n".join(str(each.get("text")) for each in answer.json())


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of one release."""

    tested: float  # building and testing
    live: float  # going live: until the call returned
    everywhere: float  # from the call on, until the last process answered with it


class Press:
    """Writes, tests and publishes one version after the other."""

    def __init__(self, http: httpx.AsyncClient, last_door: str) -> None:
        self._http, self._last_door, self._version = http, last_door, 0

    async def publish(self, answer: str, crowd: Crowd) -> Spent:
        """Publish an answer."""
        body = {**ARTICLE, "answer": answer}
        if self._version == 0:
            saved = await self._call("POST", "/articles", body)
        else:
            saved = await self._call("PUT", f"/articles/{ARTICLE['id']}", {**body, "version": self._version})
        self._version = saved["version"]
        started = time.perf_counter()
        release = await self._call("POST", "/releases", {})
        while release["state"] in ("drafted", "testing"):
            await asyncio.sleep(0.2)
            release = await self._call("GET", f"/releases/{release['id']}")
        tested = time.perf_counter()
        if release["state"] != "ready":
            raise SystemExit(f"the release is {release['state']}: {release}")
        crowd.allowed.add(answer)
        await self._call("POST", f"/releases/{release['id']}/publish", {})
        live = time.perf_counter()
        async with httpx.AsyncClient(
            base_url=self._last_door, timeout=_TIMEOUT_S, trust_env=False
        ) as last_door:
            while await ask(last_door, f"watcher-{self._version}", QUESTION) != answer:
                await asyncio.sleep(0.02)
        return Spent(tested - started, live - tested, time.perf_counter() - tested)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self._http.request(method, f"/api/knowledge{path}", json=body)
        answer.raise_for_status()
        return answer.json()


async def measure(stack: Stack, bases: Sequence[str], customers: int, publishes: int, quiet_s: float) -> int:
    """Run both phases and print what they met; return the exit status."""
    headers = {"Authorization": f"Bearer {stack.settings.staff_secret}"}
    async with httpx.AsyncClient(
        base_url=stack.base, headers=headers, timeout=_TIMEOUT_S, trust_env=False
    ) as http:
        press, crowd = Press(http, bases[-1]), Crowd(bases, customers)
        await press.publish("第0版：请提前一天预约。", crowd)
        crowd.steady = await ask(http, "steady", STEADY)
        quiet, _ = await _phase(crowd, asyncio.sleep(quiet_s))
        busy, spent = await _phase(crowd, _publish_all(press, crowd, publishes))
    print(quiet.line("quiet"))
    print(busy.line(f"during {publishes} publishes"))
    ratio = (
        statistics.quantiles(busy.latencies_ms, n=20)[18] / statistics.quantiles(quiet.latencies_ms, n=20)[18]
    )
    print(f"p95 during / quiet: {ratio:.2f}")
    print(f"building and testing: median {statistics.median(each.tested for each in spent):.1f} s")
    print(f"going live: median {statistics.median(each.live for each in spent) * 1000:.0f} ms")
    everywhere = [each.everywhere for each in spent]
    print(
        f"answered by every process: median {statistics.median(everywhere):.2f} s, at most {max(everywhere):.2f} s"
    )
    for name, found in (("failed", quiet.failures + busy.failures), ("wrong", quiet.wrong + busy.wrong)):
        for line in found[:5]:
            print(f"  {name}: {line[:200]}")
    return 1 if quiet.failures or busy.failures or quiet.wrong or busy.wrong else 0


async def _publish_all(press: Press, crowd: Crowd, publishes: int) -> list[Spent]:
    return [
        await press.publish(f"第{number}版：请提前一天预约。", crowd) for number in range(1, publishes + 1)
    ]


async def _phase(crowd: Crowd, meanwhile: Any) -> tuple[Seen, Any]:
    crowd.seen, stop = Seen(), asyncio.Event()
    running = asyncio.create_task(crowd.run(stop))
    result = await meanwhile
    stop.set()
    await running
    return crowd.seen, result


def main() -> int:
    """Start the product on free ports, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--quiet-s", type=float, default=30.0)
    parser.add_argument("--processes", type=int, default=1, choices=(1, 2))
    options = parser.parse_args()
    overrides = {"TONGDA_MESSAGES_PER_MINUTE": "0"}
    with ExitStack() as cleanup:
        if options.processes > 1:
            cluster = cleanup.enter_context(running_cluster())
            if isinstance(cluster, str):
                raise SystemExit(cluster)
            asyncio.run(run_sql(cluster, "CREATE DATABASE publishing"))
            overrides["TONGDA_DATABASE_URL"] = cluster.url("publishing")
        stack = Stack(Path(tempfile.mkdtemp(prefix="tongda-publish-")), overrides)
        cleanup.callback(stack.stop_all)
        stack.start_all()
        bases = [stack.base]
        if options.processes > 1:
            bases.append(f"http://127.0.0.1:{second_service(stack)}")
            cleanup.callback(stack.stop, "service2")
        return asyncio.run(measure(stack, bases, options.customers, options.publishes, options.quiet_s))


if __name__ == "__main__":
    sys.exit(main())
