"""Content on each kind of database, with an audit log that is read back."""

from __future__ import annotations

import pytest

from console.audit import Audit
from core.clock import FixedClock
from core.database import Database
from knowledge_base.content.store import Content


@pytest.fixture
def audit(database: Database, clock: FixedClock) -> Audit:
    """The audit log."""
    return Audit(database, clock)


@pytest.fixture
def content(database: Database, clock: FixedClock, audit: Audit) -> Content:
    """The drafts."""
    return Content(database, clock, audit.note)
