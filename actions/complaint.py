"""A complaint: heard without argument, written down, answered by a promised time."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, finish, suspend
from actions.form import Values
from actions.tickets import TicketForm, new_key, words_of
from actions.turn import Turn

FORM = "complaint_form"
_TELLING = 12  # characters from which the first message says what it is about


class ComplaintOpen(TopicAction):
    """Says sorry first; a first message that tells the matter is kept."""

    action = "action_complaint_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.active_form == FORM:
            return finish(turn, say)
        say("utter_complaint_sorry")
        words = words_of(turn)
        form = ValidateComplaintForm(self.services)
        cleared = [SlotSet(slot, None) for slot in (*form.asked, *form.kept)]
        return [
            *suspend(turn),
            *cleared,
            SlotSet("complaint_detail", words if words and len(words) >= _TELLING else None),
            SlotSet("complaint_key", new_key()),
            *await form.known_number(turn),
            FollowupAction(FORM),
        ]


class ValidateComplaintForm(TicketForm):
    """What it is about, and whom to call."""

    form = FORM
    openers = frozenset({"action_complaint_open"})
    own = frozenset({"complaint", "fault", "bill_query"})
    asked = ("complaint_detail", "complaint_number")
    kept = ("complaint_key",)
    ticket_kind, severity = "complain", "major"
    slot_detail, slot_number, slot_key = "complaint_detail", "complaint_number", "complaint_key"

    async def read(self, turn: Turn, say: Say) -> Values | None:
        if turn.requested_slot is None:
            return {}  # the opener's message: its words are kept already
        values = await self.read_number(turn, say)
        if (
            turn.requested_slot == "complaint_detail"
            and not turn.is_about_else(self.own)
            and (words := words_of(turn))
        ):
            return {**values, "complaint_detail": words}
        return values

    def is_value(self, turn: Turn) -> bool:
        """A long message is the matter itself, whatever it sounds like."""
        return turn.requested_slot == "complaint_detail" and len(turn.text) >= _TELLING

    async def complete(self, turn: Turn, say: Say) -> Events:
        return [FollowupAction("action_complaint_submit")]


class ComplaintSubmit(TopicAction):
    """Opens the ticket."""

    action = "action_complaint_submit"

    async def act(self, turn: Turn, say: Say) -> Events:
        form = ValidateComplaintForm(self.services)
        detail = str(turn.slot("complaint_detail"))
        fields = await form.open_ticket(turn, detail, self.services.settings.complaint_promise_h)
        say("utter_complaint_done", **fields)
        return [*form.clear(), SlotSet("retry", None), *finish(turn, say)]
