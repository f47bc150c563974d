"""Something does not work: steps to try, then a ticket with a promised time."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, Say, TopicAction, button, finish, suspend
from actions.form import Values
from actions.tickets import TicketForm, new_key, words_of
from actions.turn import Turn
from knowledge_base.retrieval import Answer, Choices

FORM = "fault_form"


class FaultOpen(TopicAction):
    """Gives the steps to try first, and keeps the customer's words for the ticket."""

    action = "action_fault_open"

    async def act(self, turn: Turn, say: Say) -> Events:
        if turn.active_form == FORM:
            return finish(turn, say)
        outcome = self.services.retriever.ask(turn.text, channel=turn.channel, at=self.services.clock.now())
        if isinstance(outcome, Answer) and not turn.is_button:
            say("utter_faq_answer", answer=outcome.text)
        elif isinstance(outcome, Choices) and not turn.is_button:
            options = [button(article.title, "faq", article=article.id) for article in outcome.articles]
            say("utter_fault_choices", buttons=options)
        else:
            say("utter_fault_steps")
        form = ValidateFaultForm(self.services)
        cleared = [SlotSet(slot, None) for slot in (*form.asked, *form.kept)]
        return [
            *suspend(turn),
            *cleared,
            SlotSet("fault_words", words_of(turn)),
            SlotSet("fault_key", new_key()),
            *await form.known_number(turn),
            FollowupAction(FORM),
        ]


class ValidateFaultForm(TicketForm):
    """Did the steps help; if not, where and since when, and whom to call."""

    form = FORM
    openers = frozenset({"action_fault_open"})
    own = frozenset({"fault"})
    asked = ("fault_helped", "fault_detail", "fault_number")
    kept = ("fault_words", "fault_key")
    ticket_kind, severity = "incident", "minor"
    slot_detail, slot_number, slot_key = "fault_detail", "fault_number", "fault_key"

    async def read(self, turn: Turn, say: Say) -> Values | None:
        if turn.requested_slot is None:
            return {}  # the opener's message: its words are kept already
        values = await self.read_number(turn, say)
        if turn.requested_slot == "fault_helped":
            if turn.intent == "affirm" and not turn.text.startswith("[") and not values:
                return {"fault_helped": "yes", "fault_detail": "", "fault_number": "skipped"}
            if turn.intent in ("deny", "fault", "complaint", "inform"):
                return {**values, "fault_helped": "no"}
            return values
        if (
            turn.requested_slot == "fault_detail"
            and not turn.is_about_else(self.own)
            and (words := words_of(turn))
        ):
            return {**values, "fault_detail": words}
        return values

    async def complete(self, turn: Turn, say: Say) -> Events:
        if turn.slot("fault_helped") == "yes":
            say("utter_fault_solved")
            return [*self.clear(), *finish(turn, say)]
        return [FollowupAction("action_fault_submit")]


class FaultSubmit(TopicAction):
    """Opens the ticket."""

    action = "action_fault_submit"

    async def act(self, turn: Turn, say: Say) -> Events:
        form = ValidateFaultForm(self.services)
        detail = "；".join(
            str(part) for part in (turn.slot("fault_words"), turn.slot("fault_detail")) if part
        )
        fields = await form.open_ticket(turn, detail, self.services.settings.fault_promise_h)
        say("utter_fault_done", **fields)
        return [*form.clear(), SlotSet("retry", None), *finish(turn, say)]
