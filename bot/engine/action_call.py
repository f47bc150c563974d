"""What an action is told of a conversation: what actions read, and no more.

Rasa writes every event of the conversation out in full at every call, and the service has to read it all.
"""

from __future__ import annotations

from typing import Any, Callable, Dict

import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker


def install() -> None:
    """Let Rasa tell actions no more than they read."""
    RemoteAction._action_call_format = call_format  # type: ignore[method-assign]


def call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> Dict[str, Any]:
    """Return what an action is told of a conversation (see parent class)."""
    call = {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": _state(tracker),
        "version": rasa.__version__,
    }
    if domain.does_custom_action_explicitly_need_domain(self.name()):
        call["domain"] = domain.as_dict()
    return call


def _state(tracker: DialogueStateTracker) -> Dict[str, Any]:
    """Return what the SDK makes its tracker of; of a form its name alone, without the message that opened it."""
    return {
        "sender_id": tracker.sender_id,
        "slots": tracker.current_slot_values(),
        "latest_message": tracker._latest_message_data(),
        "followup_action": tracker.followup_action,
        "paused": tracker.is_paused(),
        "events": [told(event) for event in tracker.events],
        "active_loop": {"name": tracker.active_loop.name} if tracker.active_loop else {},
        "latest_action_name": tracker.latest_action_name,
    }


def told(event: Event) -> Dict[str, Any]:
    """Return of an event what actions read of it: what was said and done, but not when, by which model and how surely."""
    read = _READ.get(event.type_name)
    return {"event": event.type_name, **(read(event) if read else {})}


def _user(event: UserUttered) -> Dict[str, Any]:
    """Leave out how the message was understood beyond intent and entities: of the newest it is in `latest_message`."""
    parsed = {key: event.parse_data.get(key) for key in ("intent", "entities")}
    return {"text": event.text, "metadata": event.metadata, "parse_data": parsed}


def _bot(event: BotUttered) -> Dict[str, Any]:
    data = {kind: event.data[kind] for kind in ("buttons", "custom") if event.data.get(kind)}
    return {
        "text": event.text,
        "data": data,
        "metadata": {"utter_action": event.metadata.get("utter_action")},
    }


_READ: Dict[str, Callable[[Any], Dict[str, Any]]] = {
    UserUttered.type_name: _user,
    BotUttered.type_name: _bot,
    SlotSet.type_name: lambda event: {"name": event.key, "value": event.value},
    ActiveLoop.type_name: lambda event: {"name": event.name},
    ActionExecuted.type_name: lambda event: {"name": event.action_name},
    ActionExecutionRejected.type_name: lambda event: {"name": event.action_name},
}
