"""One turn of a conversation, parsed from the tracker Rasa sends; nothing behind it sees a raw dict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.openers import HAND_ON
from core.ids import ConversationId

BUSINESS = frozenset(
    [
        "topup",
        "plan_query",
        "plan_change",
        "balance_query",
        "bill_query",
        "usage_query",
        "faq",
        "fault",
        "complaint",
        "human",
    ]
)
_QUESTION = re.compile(
    r"[?？]|吗|嘛|什么|怎么|怎样|咋|啥|为何|为什么|如何|多少|多久|几[个天点号张次时]|哪|能不能|可不可以|是不是|有没有|"
    r"会不会|要不要|行不行|区别|(?:呢|么)[。.!！]*$"
)
_SURE = 0.5  # a business intent from here on is a wish of its own, even in the middle of something else


@dataclass(frozen=True, slots=True)
class Entity:
    """Something the customer named, and where in the normalised text."""

    name: str
    value: str | int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A button the bot has shown."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What the customer said last and where the dialogue stands."""

    conversation_id: ConversationId
    text: str  # normalised and masked
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[Entity, ...]
    slots: Mapping[str, Any] = field(repr=False)
    active_form: str | None
    requested_slot: str | None
    events: tuple[Mapping[str, Any], ...] = field(repr=False)  # since the conversation began
    metadata: Mapping[str, Any] = field(default_factory=dict)
    is_named_button: bool = False  # a button was meant, and its words were typed
    kind: str = ""  # of small talk: chitchat/greet, ...
    new_wishes: tuple[Mapping[str, Any], ...] = ()  # further wishes of this very message, not yet noted
    leans_on: str = ""  # the search it goes on with (那最便宜的呢)
    is_leaning: bool = False  # it names nothing itself: what was talked about before has been put in

    @property
    def is_button(self) -> bool:
        """Say whether the customer clicked instead of writing."""
        return self.text.startswith("/")

    @property
    def is_question(self) -> bool:
        """Say whether the customer asks something rather than tells or orders it."""
        return not self.is_button and _QUESTION.search(self.text) is not None

    @property
    def is_angry(self) -> bool:
        """Say whether the message shows anger."""
        return not self.is_button and self.has("mood", "angry")

    @property
    def channel(self) -> str:
        return str(self.metadata.get("channel") or "web")

    @property
    def region(self) -> str:
        """Return where the customer's proven number belongs; empty where it is not known."""
        return str(self.metadata.get("region") or "")

    def values(self, name: str) -> list[str | int]:
        """Return the different values of an entity, in order of appearance."""
        return list(dict.fromkeys(e.value for e in self.entities if e.name == name))

    def has(self, name: str, value: str | None = None) -> bool:
        """Say whether the customer named something of a kind, or this very value."""
        return any(e.name == name and (value is None or e.value == value) for e in self.entities)

    def slot(self, name: str) -> Any:
        return self.slots.get(name)

    def is_about_else(self, own: frozenset[str]) -> bool:
        """Say whether this is surely a business wish other than `own`."""
        return self.intent in BUSINESS - own and self.confidence >= _SURE

    def is_fresh_for(self, form: str) -> bool:
        """Say whether the last message is still this form's to read: only what hands messages on has seen it.

        Of several wishes in one message each is read anew.
        """
        for event in self._since_wish():
            kind, name = event.get("event"), event.get("name")
            if kind == "action_execution_rejected" and name == form:
                return False
            if kind == "action" and name != form and name not in HAND_ON:
                return False
        return True

    def since_user(self) -> list[Mapping[str, Any]]:
        """Return the events after the customer's last message."""
        for index in range(len(self.events) - 1, -1, -1):
            if self.events[index].get("event") == "user":
                return list(self.events[index + 1 :])
        return list(self.events)

    def is_opening(self, form: str) -> bool:
        """Say whether a form was opened in this turn: the message that led to it is no digression from it."""
        return any(e.get("event") == "active_loop" and e.get("name") == form for e in self.since_user())

    def _since_wish(self) -> list[Mapping[str, Any]]:
        events = self.since_user()
        places = [i for i, e in enumerate(events) if e.get("event") == "slot" and e.get("name") == "wish"]
        return events[places[-1] + 1 :] if places else events

    def has_said(self, *responses: str) -> bool:
        """Say whether one of these responses was uttered in this turn already."""
        return any(
            event.get("event") == "bot" and (event.get("metadata") or {}).get("utter_action") in responses
            for event in self.since_user()
        )

    def was_offered(self, response: str, within: int) -> bool:
        """Say whether a response was uttered since the customer's last `within` messages."""
        users = 0
        for event in reversed(self.events):
            users += event.get("event") == "user"
            if users > within:
                return False
            if (event.get("metadata") or {}).get("utter_action") == response:
                return True
        return False

    def said_before(self, name: str) -> list[str]:
        """Return the values of an entity in the customer's message before this one."""
        users = [event for event in self.events if event.get("event") == "user"][-2:-1]
        parsed = (users[0].get("parse_data") or {}) if users else {}
        return [str(e.value) for e in entities_of(parsed.get("entities") or ()) if e.name == name]

    def last_answers(self) -> list[Mapping[str, Any]]:
        """Return what the bot said in its last turn before this message, oldest first."""
        answers: list[Mapping[str, Any]] = []
        users = 0
        for event in reversed(self.events):
            kind = event.get("event")
            if kind == "user":
                users += 1
                if users > 1 and answers:
                    break
            elif kind == "bot" and users == 1 and event.get("text"):  # the others are for the service
                answers.append(event)
        return answers[::-1]

    def abouts(self, within: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield what answers were about, newest first: all, or those to the `within` messages before this one."""
        users = 0
        for event in reversed(self.events):
            users += event.get("event") == "user"
            if within is not None and users > within:
                return
            custom = (event.get("data") or {}).get("custom") if event.get("event") == "bot" else None
            if custom and custom.get("type") == "about":
                yield custom

    def offered(self) -> list[Offered]:
        """Return the buttons shown last, in order."""
        for event in reversed(self.last_answers()):
            if buttons := (event.get("data") or {}).get("buttons"):
                return [Offered(str(b["title"]), str(b["payload"])) for b in buttons]
        return []


def entities_of(raw: Any) -> Iterator[Entity]:
    for entity in raw:
        value = entity.get("value")
        if isinstance(value, float):
            value = int(value)
        if isinstance(value, (str, int)):
            yield Entity(
                str(entity["entity"]), value, int(entity.get("start") or 0), int(entity.get("end") or 0)
            )
