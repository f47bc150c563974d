"""Fixtures: every contract test runs on both systems, each put back to its seed first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bss.port import Bss
from bss.sandbox.store import Store
from core.clock import SystemClock
from tests.bss.systems import SEED, InProcess, OverHttp, Server, System, start_sandbox, stop_sandbox


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One sandbox server for the whole run."""
    running = start_sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.db")
    yield running
    stop_sandbox(running)


@pytest.fixture(scope="session")
async def over_http_shared(server: Server) -> AsyncIterator[OverHttp]:
    system = OverHttp(server.base_url)
    yield system
    await system.bss.close()
    await system.http.aclose()


@pytest.fixture
async def over_http(over_http_shared: OverHttp) -> OverHttp:
    """The HTTP system, put back to its seed."""
    (await over_http_shared.http.post("/sandbox/reset")).raise_for_status()
    return over_http_shared


@pytest.fixture(scope="session")
async def in_process_shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InProcess]:
    store = Store(tmp_path_factory.mktemp("embedded") / "sandbox.db", SystemClock(), SEED)
    await store.open()
    yield InProcess(store)
    await store.close()


@pytest.fixture
async def in_process(in_process_shared: InProcess) -> InProcess:
    """The embedded system, put back to its seed."""
    await in_process_shared.store.reset()
    return in_process_shared


@pytest.fixture(params=["tmf", "embedded"])
def system(request: pytest.FixtureRequest) -> System:
    """Each system in turn."""
    name = {"tmf": "over_http", "embedded": "in_process"}[request.param]
    found: System = request.getfixturevalue(name)
    return found


@pytest.fixture
def bss(system: System) -> Bss:
    """The port of the system under test."""
    return system.bss
