"""Run by `test_inside_rasa.py` under Rasa's interpreter: what we do with less work than Rasa does comes to the same."""

from __future__ import annotations

import ast
import asyncio
import inspect
import random
import tempfile
import unittest
from pathlib import Path
from typing import Any

from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import ActionNotFoundException, Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.engine import action_call, rules, trackers, unneeded
from bot.engine.action_endpoint import ActionEndpoint
from bot.engine.trackers import fork

FORMS = ["topup_form", "plan_form", "fault_form"]


def said(dice: random.Random, domain: Domain) -> UserUttered:
    intent = dice.choice(domain.intents)
    entities = [{"entity": "amount_fen", "value": 5000}] if dice.random() < 0.3 else []
    return UserUttered(f"text {dice.random()}", {"name": intent, "confidence": 0.9}, entities, {})


def turn(dice: random.Random, domain: Domain) -> list[Event]:
    """Return the events of one turn, as Rasa and our actions write them."""
    action = dice.choice([*domain.user_actions, *FORMS])
    slot = dice.choice([each.name for each in domain.slots])
    kinds: list[list[Event]] = [
        [
            ActionExecuted(action),
            SlotSet(slot, dice.choice([None, 1.0, "x", ["x"]])),
            BotUttered("好", {"buttons": []}),
        ],
        [
            ActionExecuted(dice.choice(FORMS)),
            ActiveLoop(dice.choice(FORMS)),
            SlotSet("requested_slot", "topup_amount"),
        ],
        [ActionExecutionRejected(dice.choice(FORMS)), ActionExecuted(action)],
        [LoopInterrupted(True), ActionExecuted(dice.choice(FORMS))],
        [
            ActionExecuted(dice.choice(FORMS)),
            ActiveLoop(None),
            FollowupAction(action),
            ActionExecuted(action),
        ],
        [ActionExecuted(action), FollowupAction("action_listen")],
    ]
    events = [said(dice, domain), DefinePrevUserUtteredFeaturization(False)]
    for _ in range(dice.randint(1, 3)):
        events += dice.choice(kinds)
    if dice.random() < 0.05:
        events.append(Restarted())
    return [*events, ActionExecuted("action_listen")]


def talk(dice: random.Random, domain: Domain) -> DialogueStateTracker:
    """Return a conversation that may end anywhere in a turn."""
    events = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    for _ in range(dice.randint(0, 8)):
        events += turn(dice, domain)
    last = turn(dice, domain)
    events += last[: dice.randint(0, len(last))]
    return DialogueStateTracker.from_events("a", events, slots=domain.slots, domain=domain)


class TrainedTest(unittest.TestCase):
    """What needs the product's domain and rules."""

    domain: Domain
    policy: RulePolicy

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        storage, metadata = LocalModelStorage.from_model_archive(
            Path(folder.name), Path("var/models/rasa.tar.gz")
        )
        cls.domain = metadata.domain
        resource = next(
            node.resource for name, node in metadata.predict_schema.nodes.items() if "RulePolicy" in name
        )
        config = next(
            node.config for name, node in metadata.predict_schema.nodes.items() if "RulePolicy" in name
        )
        context = ExecutionContext(GraphSchema({}), "test")
        cls.policy = RulePolicy.load(
            {**RulePolicy.get_default_config(), **config}, storage, resource or Resource("x"), context
        )

    def conversations(self, count: int = 300) -> list[DialogueStateTracker]:
        return [talk(random.Random(number), self.domain) for number in range(count)]


class ForkTest(TrainedTest):
    """A tracker copied without a replay is what the replay gives, and lives a life of its own."""

    def install(self) -> None:
        """Let Rasa copy our way for the rest of the test."""
        for name in ("copy", "_set_slot", "_reset_slots"):
            self.addCleanup(setattr, DialogueStateTracker, name, getattr(DialogueStateTracker, name))
        self.addCleanup(setattr, FormAction, "_temporary_tracker", FormAction._temporary_tracker)
        self.addCleanup(delattr, Slot, "__copy__")
        trackers.install()

    def assert_alike(self, ours: DialogueStateTracker, own: DialogueStateTracker) -> None:
        """Compare two trackers in everything but the times of their events."""
        for event, same in zip(ours.events, own.events, strict=True):
            event.timestamp = same.timestamp
        self.assertEqual(ours.current_state(EventVerbosity.ALL), own.current_state(EventVerbosity.ALL))
        self.assertEqual(ours.active_loop, own.active_loop)
        self.assertEqual(ours.latest_bot_utterance, own.latest_bot_utterance)
        self.assertEqual(
            {name: slot.has_been_set for name, slot in ours.slots.items()},
            {name: slot.has_been_set for name, slot in own.slots.items()},
        )

    def test_it_is_what_a_replay_gives(self) -> None:
        for tracker in self.conversations():
            self.assert_alike(fork(tracker), tracker.travel_back_in_time(float("inf")))

    def test_a_conversation_is_the_same_with_slots_that_are_shared(self) -> None:
        own = self.conversations()
        self.install()
        for ours, theirs in zip(self.conversations(), own, strict=True):
            self.assert_alike(ours, theirs)

    def test_a_form_shows_its_actions_what_rasa_would_show_them(self) -> None:
        form, talks = FormAction("topup_form", None), self.conversations()
        more = [SlotSet("topup_amount", 100.0), ActiveLoop(None)]
        own = [form._temporary_tracker(tracker, more, self.domain) for tracker in talks]
        self.install()
        for tracker, theirs in zip(talks, own, strict=True):
            self.assert_alike(form._temporary_tracker(tracker, more, self.domain), theirs)

    def test_what_happens_to_it_leaves_the_original_alone(self) -> None:
        self.install()
        for number, tracker in enumerate(self.conversations(100)):
            before, loop = tracker.current_state(EventVerbosity.ALL), repr(tracker.active_loop)
            copied = fork(tracker)
            copied.update_with_events(turn(random.Random(number), self.domain), self.domain)
            self.assertNotEqual(copied.current_state(EventVerbosity.ALL), before)
            self.assertEqual(tracker.current_state(EventVerbosity.ALL), before)
            self.assertEqual(repr(tracker.active_loop), loop)


class RulesTest(TrainedTest):
    """Looking only as far as a rule can reach predicts what looking at everything predicts."""

    def test_the_last_states_are_the_end_of_all_states(self) -> None:
        for tracker in self.conversations():
            every = self.domain.states_for_tracker_history(tracker)
            for count in (1, 3, 1000):
                self.assertEqual(rules.last_states(tracker, self.domain, count), every[-count:])

    def test_predictions_are_rasas_own(self) -> None:
        trackers = self.conversations(600)
        own = [self.policy._predict(tracker, self.domain)[0] for tracker in trackers]
        for name in ("_find_action_from_rules", "_prediction_states"):
            self.addCleanup(setattr, RulePolicy, name, getattr(RulePolicy, name))
        rules.install()
        ours = [self.policy._predict(tracker, self.domain)[0] for tracker in trackers]
        self.assertEqual(ours, own)
        self.assertGreater(len({prediction.max_confidence_index for prediction in own}), 10)

    def test_rules_of_ours_do_not_read_text_and_one_that_does_is_seen(self) -> None:
        self.assertFalse(rules.Reach.of(self.policy).reads_text)
        listened = {"prev_action": {"action_name": "action_listen"}}
        self.assertTrue(rules._reads_text({**listened, "user": {"text": "你好"}}))
        self.assertTrue(rules._reads_text(listened))
        self.assertFalse(rules._reads_text({**listened, "user": {"intent": "faq"}}))


class ToldTest(TrainedTest):
    """Actions are told a part of what Rasa would tell them: all that they read."""

    READ: dict[str, set[str]] = {
        "user": {"text", "metadata", "parse_data"},
        "bot": {"text", "data", "metadata"},
        "slot": {"name", "value"},
        "action": {"name"},
        "active_loop": {"name"},
        "action_execution_rejected": {"name"},
    }
    UNREAD = {"latest_event_time", "latest_input_channel", "latest_action"}  # by the SDK and by our actions

    def test_what_they_are_told_is_what_rasa_would_tell(self) -> None:
        action = RemoteAction("action_x", ActionEndpoint("http://127.0.0.1", ""))
        for tracker in self.conversations(100):
            own = action._action_call_format(tracker, self.domain)
            ours = action_call.call_format(action, tracker, self.domain)
            whole, events = own["tracker"].pop("events"), ours["tracker"].pop("events")
            self.assertTrue(_is_part(ours, own))
            self.assertEqual(ours.keys(), own.keys())
            self.assertEqual(own["tracker"].keys() - ours["tracker"].keys(), self.UNREAD)
            for event, rasas in zip(events, whole, strict=True):
                self.assertEqual(event.keys() - {"event"}, self.READ.get(event["event"], set()))
                self.assertTrue(_is_part(event, rasas), event)

    def test_buttons_cards_and_the_name_of_what_was_said_are_told(self) -> None:
        data = {
            "buttons": [{"title": "好", "payload": "/affirm"}],
            "custom": {"type": "about"},
            "image": None,
        }
        said = BotUttered("好", data, {"utter_action": "utter_x", "amount": "50", "model_id": "m"})
        self.assertEqual(
            action_call.told(said),
            {
                "event": "bot",
                "text": "好",
                "data": {"buttons": data["buttons"], "custom": data["custom"]},
                "metadata": {"utter_action": "utter_x"},
            },
        )


class UnneededTest(TrainedTest):
    """What is left out changes nothing but the time."""

    def test_modules_copy_for_debug_lines_alone(self) -> None:
        for module in unneeded.LOGGING_COPIES:
            tree = ast.parse(inspect.getsource(module))
            used = {
                node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_copy(node.value)
            }
            logged = {
                inner
                for call in ast.walk(tree)
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "structlogger.debug"
                for inner in ast.walk(call)
                if isinstance(inner, ast.Attribute) and _is_copy(inner.value)
            }
            self.assertEqual(used, logged, module.__name__)
            self.assertTrue(used)

    def test_slots_are_looked_through_where_one_maps_something(self) -> None:
        self.assertFalse(unneeded._maps_anything(self.domain))
        for mapping in ("{type: from_entity, entity: amount}", "{type: custom, action: action_x}"):
            text = f'version: "3.1"\nentities: [amount]\nactions: [action_x]\nslots:\n  a: {{type: any, mappings: [{mapping}]}}\n'
            self.assertTrue(unneeded._maps_anything(Domain.from_yaml(text)))

    def test_an_action_found_again_is_of_the_kind_that_rasa_makes(self) -> None:
        endpoint = object()
        for name in self.domain.action_names_or_texts:
            made, ours = (
                find(name, self.domain, endpoint) for find in (unneeded._action_for, unneeded.action_for)
            )
            self.assertEqual((type(ours), vars(ours)), (type(made), vars(made)))
            self.assertIs(unneeded.action_for(name, self.domain, endpoint), ours)
            self.assertIsNot(unneeded.action_for(name, self.domain, None), ours)
        with self.assertRaises(ActionNotFoundException):
            unneeded.action_for("action_of_nobody", self.domain, endpoint)

    def test_a_domain_is_empty_or_not_whenever_it_is_asked(self) -> None:
        for domain, is_empty in ((self.domain, False), (Domain.empty(), True)):
            self.assertEqual([unneeded.is_empty(domain) for _ in range(2)], [is_empty] * 2)
            self.assertEqual(unneeded._is_empty(domain), is_empty)

    def test_slots_that_map_nothing_are_filled_with_nothing(self) -> None:
        action = ActionExtractSlots(None)
        for tracker in self.conversations(50):
            ours = asyncio.run(unneeded.extract(action, None, None, tracker, self.domain))
            self.assertEqual(ours, asyncio.run(unneeded._extract(action, None, None, tracker, self.domain)))


def _is_part(part: Any, whole: Any) -> bool:
    """Say whether everything in a dictionary stands in another, too; what is None may be missing there."""
    if not isinstance(part, dict):
        return bool(part == whole)
    return all(value is None or _is_part(value, whole.get(key)) for key, value in part.items())


def _is_copy(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "copy"


if __name__ == "__main__":
    unittest.main()
