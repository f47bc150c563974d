"""What every action shares: one parsed turn in, words by name out, and errors turned into words at this edge."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.elderly import is_elderly
from actions.errors import response_for
from actions.leaning import lean
from actions.openers import ENTRIES, NAMES, OPENERS
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from actions.turn_reading import read_turn
from core import log
from core.errors import AppError, CustomerError, UpstreamError, UpstreamRejected

Events = list[dict[str, Any]]
LISTEN = "action_listen"
_log = log.get(__name__)
_NOT_UNDERSTOOD = "utter_not_understood"
# Outcomes; who is told twice that it is not our business may be misread.
_UNANSWERED = ("abstained", "out_of_scope")
_SOOTHED_WITHIN = 6  # messages of the customer


class Say:
    """Says responses by name; the words are in `bot/topics/*.yml`."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher
        self.count = 0
        self.said: set[str] = set()  # names of responses
        self.about: dict[str, str] = {}  # article, offering (or all found), outcome, search

    def __call__(
        self,
        response: str,
        /,
        fields: Mapping[str, object] | None = None,
        *,
        buttons: Sequence[Mapping[str, str]] = (),
        card: Mapping[str, Any] | None = None,
        **more: object,
    ) -> None:
        """Say a response with its fields, and with buttons and a card the data calls for."""
        self.count += 1
        self.said.add(response)
        texts = {name: str(value) for name, value in {**(fields or {}), **more}.items()}
        self._dispatcher.utter_message(
            response=response, buttons=[dict(b) for b in buttons], json_message=card, **texts
        )

    def control(self, kind: str, **fields: object) -> None:
        """Tell the service something beside what the customer reads."""
        self._dispatcher.utter_message(json_message={"type": kind, **fields})

    def close(self, topic: str) -> None:
        """Say what the answer was about, if there was one."""
        if self.count:
            self.control("about", topic=topic, **self.about)


def payload(intent: str, **entities: object) -> str:
    """Build a button's payload: ``/plan_change{"offering": "plan-go-19"}``."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False)}" if entities else f"/{intent}"


def button(title: str, intent: str, **entities: object) -> dict[str, str]:
    """Build a button whose title comes from data (an offering's name, an article's title)."""
    return {"title": title, "payload": payload(intent, **entities)}


class TopicAction(Action):
    """One action of a topic; subclasses set `action` and write `act`."""

    action: str = ""
    soothes = False  # it says sorry itself
    is_transaction = False  # what it does is charged or ordered: when that fails, a person is offered

    def __init__(self, services: Services) -> None:
        self.services = services

    def name(self) -> str:
        return self.action

    @property
    def topic(self) -> str:
        """Return the topic's word: action_bill_show and validate_bill_form belong to bill."""
        words = self.action.removeprefix("action_").removeprefix("ask_").removeprefix("validate_")
        return words.partition("_")[0]

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> Events:
        """Act on the turn; an error becomes words, and what was being done can be tried again."""
        turn, started = read_turn(tracker), time.perf_counter()
        noted: Events = []
        if turn.new_wishes:  # the first is served now, the others when it is done
            first, *others = turn.new_wishes
            noted = [SlotSet("wish", first), SlotSet("wishes", others)]
            turn = replace(turn, slots={**turn.slots, "wishes": others}, new_wishes=())
            if first["intent"] == "human" and self.action != OPENERS["human"]:
                return [*noted, FollowupAction(OPENERS["human"])]
        try:
            turn = await lean(self.services, turn)
            if meant := self._meant_elsewhere(turn):
                return [*noted, FollowupAction(meant)]
            say = Say(dispatcher)
            events = await self.act(turn, say)
            if turn.is_angry:
                _soothe(turn, dispatcher, say, says_sorry=not self.soothes)
            elif _is_lost(say):
                await self._offer_person(turn, say)
            say.close(self.topic)
            return [*noted, *events]
        except AppError as error:
            _log.warning("action.failed", action=self.action, code=error.code, detail=error.detail)
            dispatcher.messages.clear()
            say = Say(dispatcher)
            events = self.on_error(error, turn, say)
            if isinstance(error, UpstreamError) and not self.is_transaction:
                await self._offer_to_elderly(turn, say)
            return [*noted, *events]  # what else was wished for comes when this has been tried again
        except Exception:
            _log.exception("action.crashed", action=self.action)
            dispatcher.messages.clear()
            Say(dispatcher)("utter_error_internal")
            return [*noted, *self.keep(turn), FollowupAction(LISTEN)]
        finally:
            _log.debug(
                "action.ran", action=self.action, latency_ms=round((time.perf_counter() - started) * 1000, 1)
            )

    async def _offer_person(self, turn: Turn, say: Say) -> None:
        """Offer a person to who was not answered twice in a row, and to the elderly at once."""
        if not _was_lost(turn):
            if say.about.get("outcome") != "out_of_scope":  # the weather is nobody's trouble
                await self._offer_to_elderly(turn, say)
        elif _NOT_UNDERSTOOD in say.said:
            say("utter_handoff_offer_not_understood")
        else:
            say("utter_handoff_offer_abstained")

    async def _offer_to_elderly(self, turn: Turn, say: Say) -> None:
        if await is_elderly(self.services, turn):
            say("utter_handoff_offer_elderly")

    def _meant_elsewhere(self, turn: Turn) -> str | None:
        """Return the topic of a button typed in words, or of what a message leans on, when its words led here instead."""
        opener = OPENERS.get(turn.intent)
        is_astray = (
            (turn.is_named_button or turn.is_leaning) and self.action in ENTRIES and opener != self.action
        )
        return opener if is_astray else None

    async def act(self, turn: Turn, say: Say) -> Events:
        """Do the action's work and return its events."""
        raise NotImplementedError

    def keep(self, turn: Turn) -> Events:
        """Return events that leave the dialogue where it stands when the action could not do its work."""
        return []

    def on_error(self, error: AppError, turn: Turn, say: Say) -> Events:
        """Say what went wrong; when somebody else is down, offer to try again."""
        fields: dict[str, Any] = {k: v for k, v in error.fields.items() if isinstance(v, (str, int))}
        say(response_for(error), **fields)
        can_retry = isinstance(error, UpstreamError) and not isinstance(error, UpstreamRejected)
        if self.is_transaction and isinstance(error, UpstreamError):
            say("utter_handoff_offer_unanswered" if can_retry else "utter_handoff_offer_failed")
        return [
            *self.keep(turn),
            SlotSet("retry", self.action if can_retry else None),
            FollowupAction(LISTEN),
        ]


def _is_lost(say: Say) -> bool:
    """Say whether the customer was told that they were not understood, or that nothing is known of it here."""
    return _NOT_UNDERSTOOD in say.said or say.about.get("outcome") in _UNANSWERED


def _was_lost(turn: Turn) -> bool:
    """Say whether that was the answer to the message before, too."""
    return turn.was_offered(_NOT_UNDERSTOOD, 1) or next(turn.abouts(), {}).get("outcome") in _UNANSWERED


def _soothe(turn: Turn, dispatcher: CollectingDispatcher, say: Say, says_sorry: bool) -> None:
    """Say sorry before what was said to an angry customer, and offer a person after it; not at every message."""
    if turn.was_offered("utter_handoff_offer_angry", _SOOTHED_WITHIN):
        return
    if says_sorry:
        answers = list(dispatcher.messages)
        dispatcher.messages.clear()
        say("utter_handoff_sorry")
        dispatcher.messages.extend(answers)
    say("utter_handoff_offer_angry")


class AskAction(TopicAction):
    """An `action_ask_<slot>`: when it fails the form stays open, and trying again asks again."""

    def on_error(self, error: AppError, turn: Turn, say: Say) -> Events:
        say(response_for(error), error.fields)
        return self.ask_before(turn, say) if isinstance(error, CustomerError) else []

    def ask_before(self, turn: Turn, say: Say) -> Events:
        """Return events that ask again for what the customer must change, or end the form."""
        return []


def finish(turn: Turn, say: Say) -> Events:
    """End a topic's turn: back to the form it interrupted, or wait for the customer."""
    if turn.active_form:
        return [FollowupAction(turn.active_form)]
    if suspended := turn.slot("suspended"):
        say("utter_resume")
        return [SlotSet("suspended", None), FollowupAction(str(suspended))]
    if wishes := turn.slot("wishes"):
        first, *others = wishes
        say("utter_wish_next", wish=responses().text(NAMES[first["intent"]]))
        opener = FollowupAction(OPENERS[first["intent"]])
        return [SlotSet("wish", first), SlotSet("wishes", others or None), opener]
    return [FollowupAction(LISTEN)]


def suspend(turn: Turn) -> Events:
    """Put the active form aside, for a topic that needs a form of its own."""
    return [SlotSet("suspended", turn.active_form)] if turn.active_form else []
