"""Run by `test_inside_rasa.py` under Rasa's interpreter (Python 3.10, unittest): stores, locks, validation, circuit."""

from __future__ import annotations

import asyncio
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine import validation
from bot.engine.circuit import end_turn
from bot.engine.lock_store import AsyncLockStore
from bot.engine.tracker_store import LiveTrackerStore

DOMAIN = Domain.from_yaml(
    'version: "3.1"\nintents: [greet]\nslots:\n  amount:\n    type: float\n    mappings: [{type: custom}]\n'
)


class TrackerStoreTest(unittest.IsolatedAsyncioTestCase):
    """The store that keeps live trackers."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = str(Path(folder.name) / "trackers.db")
        self.store = self.open()

    def open(self, live: int = 100) -> LiveTrackerStore:
        return LiveTrackerStore(domain=DOMAIN, db=self.file, live=live)

    async def talk(self, store: LiveTrackerStore, sender: str, text: str) -> DialogueStateTracker:
        tracker = await store.get_or_create_tracker(sender)
        tracker.update(UserUttered(text, {"name": "greet", "confidence": 1.0}))
        tracker.update(SlotSet("amount", float(len(text))))
        tracker.update(ActionExecuted("action_listen"))
        await store.save(tracker)
        return tracker

    def rows(self) -> int:
        with self.store.session_scope() as session:
            return int(session.query(self.store.SQLEvent).count())

    async def test_a_restart_loses_nothing(self) -> None:
        await self.talk(self.store, "a", "你好")
        await self.talk(self.store, "a", "充五十")
        found = await self.open().retrieve("a")
        assert found is not None
        self.assertEqual(found.get_slot("amount"), 3.0)
        self.assertEqual([e.text for e in found.events if isinstance(e, UserUttered)], ["你好", "充五十"])

    async def test_only_new_events_are_written(self) -> None:
        await self.talk(self.store, "a", "你好")
        before = self.rows()
        await self.talk(self.store, "a", "再见")
        self.assertEqual(self.rows() - before, 3)

    async def test_a_turn_that_failed_half_way_is_forgotten(self) -> None:
        tracker = await self.talk(self.store, "a", "你好")
        tracker.update(SlotSet("amount", 99.0))  # never saved
        found = await self.store.retrieve("a")
        assert found is not None
        self.assertEqual(found.get_slot("amount"), 2.0)

    async def test_what_no_longer_fits_in_memory_comes_from_disk(self) -> None:
        store = self.open(live=1)
        await self.talk(store, "a", "你好")
        await self.talk(store, "b", "充五十")
        await self.talk(store, "a", "再充一百")
        found = await self.open().retrieve("a")
        assert found is not None
        self.assertEqual(len([e for e in found.events if isinstance(e, UserUttered)]), 2)


class LockStoreTest(unittest.IsolatedAsyncioTestCase):
    """One message of a conversation at a time, without waiting a second."""

    async def test_messages_of_one_conversation_follow_each_other_at_once(self) -> None:
        store, order = AsyncLockStore(), []  # type: ignore[var-annotated]

        async def handle(name: int) -> None:
            async with store.lock("a"):
                order.append(name)
                await asyncio.sleep(0.01)
                order.append(name)

        started = time.monotonic()
        await asyncio.gather(*(handle(name) for name in range(3)))
        self.assertEqual(order, [0, 0, 1, 1, 2, 2])
        self.assertLess(time.monotonic() - started, 0.9)
        self.assertEqual(store._locks, {})

    async def test_conversations_do_not_wait_for_each_other(self) -> None:
        store = AsyncLockStore()
        async with store.lock("a"), store.lock("b", lock_lifetime=0.2):
            pass


class ValidationTest(unittest.TestCase):
    """The compiled check refuses what Rasa's own refuses, in the same words."""

    GOOD: list[dict[str, Any]] = [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "amount", "value": 5}], "responses": [{"text": "x"}]},
        {"events": [{"event": "followup", "name": "action_listen"}], "responses": []},
    ]
    BAD: list[dict[str, Any]] = [
        {"events": [{"name": "amount"}], "responses": []},
        {"events": "none", "responses": []},
        {"events": [], "responses": ["text"]},
        {"events": [{"event": "slot"}], "responses": []},
    ]

    def setUp(self) -> None:
        own = RemoteAction._validate_action_result
        self.addCleanup(setattr, RemoteAction, "_validate_action_result", own)
        self.action = RemoteAction("action_x", None)

    def verdict(self, result: dict[str, Any]) -> str:
        try:
            self.action._validate_action_result(result)
        except ValidationError as error:
            return str(error.message)
        return "ok"

    def test_verdicts_are_rasas_own(self) -> None:
        own = [self.verdict(result) for result in self.GOOD + self.BAD]
        validation.install()
        self.assertEqual([self.verdict(result) for result in self.GOOD + self.BAD], own)
        self.assertEqual(own[:3], ["ok"] * 3)
        self.assertNotIn("ok", own[3:])


class CircuitTest(unittest.TestCase):
    """A turn that ran into too many actions ends, and the next message is answered."""

    def test_the_conversation_listens_again(self) -> None:
        tracker = DialogueStateTracker.from_events("a", [ActionExecuted("action_x")] * 10, slots=DOMAIN.slots)
        end_turn(tracker, None, None)
        self.assertEqual(tracker.latest_action_name, "action_listen")
