"""Every interleaving: customers, a slow bot, two agents, silence, a crash and a restart.

Never a bot's message after a person has taken over; nothing lost, doubled or out of order; one question for a rating
for each conversation with a wish that has ended; the queue serves who came first.

The suite plays a few examples, the same every time. A long run plays as many others as it is told to, and says how many
steps that were: ``TONGDA_MACHINE_EXAMPLES=300 .venv/bin/python -m pytest tests/bot/test_people_machine.py --timeout=0``.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings

from tests.bot.people_machine import Machine
from tests.conftest import POSTGRES_TEMPLATE
from tests.fixtures_postgres import Cluster, run_sql

_LONG = os.environ.get("TONGDA_MACHINE_EXAMPLES")
_STEPS = 40


class PostgresMachine(Machine):
    """The same people, on PostgreSQL: locks between connections, leases that only time ends, notifications."""

    database = "PostgreSQL"
    cluster: ClassVar[Cluster]

    def fresh_database(self) -> str:
        self.name = f"machine_{uuid.uuid4().hex[:12]}"
        copied = f"CREATE DATABASE {self.name} TEMPLATE {POSTGRES_TEMPLATE} STRATEGY FILE_COPY"
        self.wait(run_sql(self.cluster, copied))
        return self.cluster.url(self.name)

    def close(self) -> None:
        self.wait(self.process.stop())
        self.wait(run_sql(self.cluster, f"DROP DATABASE {self.name} WITH (FORCE)"))
        self.loop.close()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def people_on_postgres(postgres_template: Cluster) -> None:
    """Let the machine make its databases in the session's cluster."""
    PostgresMachine.cluster = postgres_template


@pytest.fixture(scope="module", autouse=True)
def steps_are_told(request: pytest.FixtureRequest) -> Iterator[None]:
    """Say how much was played."""
    yield
    plugins = request.config.pluginmanager
    reporter, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")
    if reporter is None:  # a worker of pytest-xdist has none
        return
    with capture.global_and_fixture_disabled():
        for database, steps in Machine.steps.items():
            reporter.write_line(f"\n{database}: {Machine.examples[database]} examples, {steps} steps")


def _settings(few: int) -> settings:
    return settings(
        max_examples=int(_LONG) if _LONG else few,
        stateful_step_count=_STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=not _LONG,
        print_blob=True,
    )


TestPeople = Machine.TestCase
TestPeople.settings = _settings(10)
TestPeopleOnPostgres = pytest.mark.postgres(
    pytest.mark.usefixtures("people_on_postgres")(PostgresMachine.TestCase)
)
TestPeopleOnPostgres.settings = _settings(2)
