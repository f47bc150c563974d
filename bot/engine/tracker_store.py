"""Rasa's SQL tracker store, which keeps the live trackers in memory and writes only what is new.

Reading, decoding and replaying the whole tracker for every message costs more with every turn (91-95 ms a message
after some hundred turns). It is right only while one process owns a conversation, which the gateway's hashing gives.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from typing import Any, List, Optional, Tuple

import sqlalchemy as sa
import ujson
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import StaticPool

_LIVE = 2_000  # conversations kept in memory


class LiveTrackerStore(SQLTrackerStore):
    """`host` is a SQLAlchemy URL, or empty with `db` a SQLite file; `live` conversations stay in memory."""

    def __init__(self, *args: Any, live: int = _LIVE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most = live
        events = self.SQLEvent.__table__
        self._insert = sa.insert(events)
        self._any = sa.select(events.c.id).where(events.c.sender_id == sa.bindparam("sender")).limit(1)
        # sender id -> (tracker, how many of its events are stored); no tracker where none has been stored
        self._live: OrderedDict[str, Tuple[Optional[DialogueStateTracker], int]] = OrderedDict()
        if self.engine.dialect.name == "sqlite":
            self._keep_connection()

    def _keep_connection(self) -> None:
        """Use one connection for good: for a SQLite file SQLAlchemy 1.4 opens one for every session."""
        url = self.engine.url
        self.engine.dispose()
        self.engine = sa.create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _configure_sqlite)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Return the live tracker, or read it; one that a failed turn left half changed is read anew."""
        tracker, stored = self._live.pop(sender_id, (None, 0))
        if tracker is None or len(tracker.events) != stored:
            tracker = await super().retrieve(sender_id) if self._is_known(sender_id) else None
        self._keep(sender_id, tracker)
        return tracker

    def _is_known(self, sender_id: str) -> bool:
        """Say whether anything is stored: cheaper than to read nothing, and every conversation begins with that."""
        with self.engine.connect() as connection:
            return connection.execute(self._any, {"sender": sender_id}).first() is not None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that are new, in one statement."""
        await self.stream_events(tracker)
        events = self._unsaved(tracker)
        if events:
            rows = [_row(tracker.sender_id, event) for event in events]
            with self.engine.begin() as connection:  # a session of the ORM costs more than the insert
                connection.execute(self._insert, rows)
        self._keep(tracker.sender_id, tracker)

    def _unsaved(self, tracker: DialogueStateTracker) -> List[Any]:
        live, stored = self._live.get(tracker.sender_id, (None, -1))
        if live is tracker or stored == 0:
            return list(itertools.islice(tracker.events, stored, None))
        if not tracker.events:
            return []
        with self.session_scope() as session:
            return list(self._additional_events(session, tracker))

    def _keep(self, sender_id: str, tracker: Optional[DialogueStateTracker]) -> None:
        self._live[sender_id] = (tracker, len(tracker.events) if tracker is not None else 0)
        self._live.move_to_end(sender_id)
        while len(self._live) > self._most:
            self._live.popitem(last=False)


def _row(sender_id: str, event: Any) -> dict:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": ujson.dumps(data, ensure_ascii=False),
    }


def _configure_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
