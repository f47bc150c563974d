"""Real conversations and a real sandbox in process under the actions; only the knowledge base is a stand-in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.services import Services
from bss.embedded import EmbeddedBss
from bss.sandbox.store import Store
from conversations.identity import Identity
from conversations.model import Inbound
from conversations.operating import Operating
from conversations.pending import PendingActions
from conversations.transcript import Transcript
from conversations.vault import Vault
from core.clock import FixedClock
from core.database import Database
from core.ids import ConversationId, Msisdn
from core.settings import Settings
from core.text import MSISDN
from tests.actions.stage import ShelfOfArticles, Stage
from tests.actions.systems import Down
from tests.conftest import NOW

NUMBER, OTHER = Msisdn("13800000001"), Msisdn("13800000002")


@pytest.fixture(scope="session")
async def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sandbox file seeded once and copied for each test."""
    path = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    store = Store(path, FixedClock(NOW), Settings(_env_file=None).sandbox_port)  # type: ignore[call-arg]
    await store.open()
    await store.close()
    return path


@pytest.fixture
async def store(seeded: Path, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Store]:
    """The sandbox's store."""
    path = tmp_path / "sandbox.db"
    shutil.copyfile(seeded, path)
    opened = Store(path, clock, Settings(_env_file=None).sandbox_port)  # type: ignore[call-arg]
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def knowledge() -> ShelfOfArticles:
    return ShelfOfArticles()


@pytest.fixture
async def services(
    sqlite_url: str, store: Store, clock: FixedClock, settings: Settings, knowledge: ShelfOfArticles
) -> AsyncIterator[Services]:
    """What the actions stand on."""
    db = Database(sqlite_url)
    yield Services(
        bss=EmbeddedBss(store),
        retriever=knowledge,
        vault=Vault(db, clock, settings),
        identity=Identity(db, clock, settings),
        pending=PendingActions(db, clock, settings),
        transcript=Transcript(db, clock, settings),
        hours=Operating(db, clock),
        clock=clock,
        settings=settings,
    )
    await db.close()


@pytest.fixture
def down(store: Store) -> Down:
    """The same billing system while it answers nothing."""
    return Down(store)


@pytest.fixture
async def stage(services: Services) -> Stage:
    """A conversation that has just begun."""
    received = await services.transcript.receive(Inbound("web", "somebody", "你好"))
    return Stage(services, received.conversation.id)


@pytest.fixture
async def proven(stage: Stage) -> Stage:
    """A conversation in which the customer has proven 13800000001."""
    code = await stage.services.identity.issue_code(stage.conversation_id, NUMBER)
    assert (await stage.services.identity.check_code(stage.conversation_id, code)).is_ok
    return stage


async def token(services: Services, conversation_id: ConversationId, number: str = NUMBER) -> str:
    """Return the token under which the dialogue knows a number."""
    return await services.vault.token_for(conversation_id, MSISDN, number)
