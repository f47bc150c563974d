"""Copies trackers without replaying them: Rasa's own copy applies every event of the conversation anew, some three times a message.

Slots are not copied at all, but shared by all copies: setting one puts a new slot in its place.
"""

from __future__ import annotations

import copy
from typing import Any, List

from rasa.core.actions.forms import FormAction
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_set_slot, _temporary = DialogueStateTracker._set_slot, FormAction._temporary_tracker


def install() -> None:
    """Let Rasa copy trackers and slots this way."""
    DialogueStateTracker.copy = fork  # type: ignore[method-assign]
    DialogueStateTracker._set_slot = set_slot
    DialogueStateTracker._reset_slots = reset_slots
    Slot.__copy__ = lambda slot: slot  # type: ignore[attr-defined]
    FormAction._temporary_tracker = temporary_tracker


def fork(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Return a duplicate; what happens to it leaves the original alone. Events are shared: they do not change."""
    twin: DialogueStateTracker = object.__new__(type(tracker))
    twin.__dict__.update(tracker.__dict__)
    twin.events = tracker.events.copy()
    twin.slots = copy.copy(tracker.slots)
    twin.active_loop = copy.copy(tracker.active_loop)
    twin.model_id = twin.assistant_id = None  # only what really happened is stamped with them
    return twin


def set_slot(tracker: DialogueStateTracker, key: str, value: Any) -> None:
    """Set a slot (see parent class), in this tracker alone."""
    if key in tracker.slots:
        tracker.slots[key] = _twin(tracker.slots[key])
    _set_slot(tracker, key, value)


def reset_slots(tracker: DialogueStateTracker) -> None:
    """Set all slots to their initial values, in this tracker alone."""
    for name, slot in tracker.slots.items():
        if slot.has_been_set:
            tracker.slots[name] = initial = _twin(slot)
            initial.reset()


def temporary_tracker(
    self: FormAction, current_tracker: DialogueStateTracker, additional_events: List[Event], domain: Domain
) -> DialogueStateTracker:
    """Return the tracker as it will be once a form has run, for the actions that it calls (see parent class)."""
    if current_tracker.idx_after_latest_restart():
        return _temporary(self, current_tracker, additional_events, domain)
    twin = fork(current_tracker)
    requested = SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker))
    for event in (requested, ActionExecuted(self.name()), *additional_events):
        twin.update(event)
    return twin


def _twin(slot: Any) -> Any:
    twin = object.__new__(type(slot))
    twin.__dict__.update(slot.__dict__)
    return twin
