"""Reading Rasa's tracker: the turn, the wish of several that is served, a button that was typed in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker

from actions.turn import Entity, Offered, Turn, entities_of
from core.ids import ConversationId

_PAYLOAD = re.compile(r"/(\w+)(?:/\w+)?(\{.*\})?", re.DOTALL)
_ORDERS = re.compile(r"办|开通|订|买|换(?!个)")
_WORD = re.compile(r"[\u4e00-\u9fff]{2,}")
_SHORT = 10  # characters; a longer message says more than which button it means


def read_turn(tracker: Tracker) -> Turn:
    """Parse a tracker; a button named in words (第二个, its title) counts as clicked."""
    turn = _first_wish(_parse(tracker), tracker.latest_message or {})
    chosen = _chosen(turn)
    return turn if chosen is None else _ordered(turn, _clicked(turn, chosen.payload))


def _ordered(said: Turn, clicked: Turn) -> Turn:
    """Take 办第一个 for an order, where the button only shows what it is."""
    if clicked.intent != "plan_query" or not clicked.has("offering") or not _ORDERS.search(said.text):
        return clicked
    return replace(
        clicked, intent="plan_change", entities=(*clicked.entities, Entity("order_action", "add", 0, 0))
    )


def _first_wish(turn: Turn, message: Mapping[str, Any]) -> Turn:
    """Narrow a turn to the one wish that is being served, where the message holds several."""
    noted = [e for e in turn.since_user() if e.get("event") == "slot" and e.get("name") == "wish"]
    if noted:
        wish = noted[-1].get("value")
        return _narrowed(turn, wish) if wish else turn
    wishes = message.get("wishes") or ()
    if not wishes or turn.active_form:
        return turn
    if wants_person := [wish for wish in wishes if wish["intent"] == "human"]:
        wishes = wants_person[:1]  # at once: the agent reads the others
    return replace(_narrowed(turn, wishes[0]), new_wishes=tuple(wishes))


def _narrowed(turn: Turn, wish: Mapping[str, Any]) -> Turn:
    if wish["intent"] == "human":  # what else was said tells who should answer
        return replace(turn, intent="human", confidence=float(wish["confidence"]))
    moods = tuple(entity for entity in turn.entities if entity.name == "mood")
    return replace(
        turn,
        text=str(wish["text"]),
        intent=str(wish["intent"]),
        confidence=float(wish["confidence"]),
        ranking=((str(wish["intent"]), float(wish["confidence"])),),
        entities=(*entities_of(wish["entities"]), *moods),
    )


def _chosen(turn: Turn) -> Offered | None:
    if turn.is_button or len(turn.text) > _SHORT or not (offered := turn.offered()):
        return None
    wanted = turn.text.strip(" ,。.!！")
    if found := next((button for button in offered if button.title.lower() == wanted), None):
        return found
    begun = [button for button in offered if button.title.lower().startswith(wanted)]
    if len(begun) == 1 and _WORD.fullmatch(wanted):  # 办理, under one button 办理彩铃
        return begun[0]
    places = turn.values("ordinal") or (
        [] if turn.requested_slot == "topup_amount" else turn.values("number")
    )
    if len(places) != 1 or turn.has("offering"):
        return None
    place = int(places[0])
    index = place - 1 if place > 0 else place
    return offered[index] if -len(offered) <= index < len(offered) and place != 0 else None


def _clicked(turn: Turn, payload: str) -> Turn:
    hit = _PAYLOAD.fullmatch(payload)
    if hit is None:
        return turn
    named = json.loads(hit.group(2)) if hit.group(2) else {}
    entities = tuple(Entity(name, value, 0, 0) for name, value in named.items())
    return replace(
        turn,
        text=payload,
        intent=hit.group(1),
        confidence=1.0,
        entities=entities,
        is_named_button=True,
    )


def _parse(tracker: Tracker) -> Turn:
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    return Turn(
        conversation_id=ConversationId(str(tracker.sender_id)),
        text=str(message.get("text") or ""),
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        ranking=tuple((str(r["name"]), float(r["confidence"])) for r in message.get("intent_ranking") or ()),
        entities=tuple(entities_of(message.get("entities") or ())),
        slots=dict(tracker.slots),
        active_form=(tracker.active_loop or {}).get("name"),
        requested_slot=tracker.slots.get("requested_slot"),
        events=tuple(tracker.events),
        metadata=next(
            (e.get("metadata") or {} for e in reversed(tracker.events) if e.get("event") == "user"), {}
        ),
        kind=_kind(message),
    )


def _kind(message: Mapping[str, Any]) -> str:
    """Return the kind of small talk, which the engine puts where Rasa's response selector would."""
    selected = (message.get("response_selector") or {}).get("chitchat") or {}
    return str((selected.get("response") or {}).get("intent_response_key") or "")
