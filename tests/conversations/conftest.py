"""What the tests of conversations share: the repositories on a fresh database, and one customer's conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from conversations.directory import Directory
from conversations.identity import Identity
from conversations.model import Inbound
from conversations.outbox import Outbox
from conversations.pending import PendingActions
from conversations.transcript import Transcript
from conversations.vault import Vault
from conversations.worklist import Worklist
from core.clock import FixedClock
from core.database import Database
from core.ids import ConversationId
from core.settings import Settings
from tests.conversations.floor import Floor


@dataclass
class Repositories:
    """Every repository of conversations."""

    db: Database
    clock: FixedClock
    settings: Settings

    def __post_init__(self) -> None:
        self.transcript = Transcript(self.db, self.clock, self.settings)
        self.directory = Directory(self.db, self.clock, self.settings)
        self.vault = Vault(self.db, self.clock, self.settings)
        self.identity = Identity(self.db, self.clock, self.settings)
        self.pending = PendingActions(self.db, self.clock, self.settings)
        self.worklist = Worklist(self.db, self.clock)
        self.outbox = Outbox(self.db, self.clock)

    async def conversation(self, user: str = "anna", channel: str = "rest") -> ConversationId:
        """Open a customer's conversation."""
        return ConversationId((await self.directory.current(channel, user)).id)


@pytest.fixture
def repositories(database: Database, clock: FixedClock, settings: Settings) -> Repositories:
    """The repositories on a fresh database, once on SQLite and once on PostgreSQL."""
    return Repositories(database, clock, settings)


@pytest.fixture
def floor(database: Database, clock: FixedClock, settings: Settings) -> Floor:
    """A service process with a desk."""
    return Floor(database, clock, settings)


@pytest.fixture
async def other_floor(
    floor: Floor, database_url: str, clock: FixedClock, settings: Settings
) -> AsyncIterator[Floor]:
    """Another service process on the same database, with its own connections."""
    db = Database(database_url)
    yield Floor(db, clock, settings)
    await db.close()


def says(text: str, message_id: str | None = None, user: str = "anna") -> Inbound:
    """A customer's message."""
    return Inbound("rest", user, text, message_id)
