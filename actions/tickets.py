"""What fault and complaint share: free words, a number to call back, and one ticket however often it is asked for."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import Events, Say
from actions.form import FormAction, Values
from actions.numbers import named_number, own_number, resolve
from actions.turn import Turn
from core.clock import CHINA
from core.ids import Msisdn

SKIPPED = "skipped"
_WORDS_MIN, _WORDS_MAX = 4, 500


def words_of(turn: Turn) -> str | None:
    """Return what the customer wrote, if it says anything."""
    text = turn.text.strip()
    return text[:_WORDS_MAX] if not turn.is_button and len(text) >= _WORDS_MIN else None


def new_key() -> str:
    """Make the idempotency key of one ticket."""
    return uuid.uuid4().hex


def promised_text(moment: datetime) -> str:
    """Write a promised time: ``11月25日 16:00前``."""
    return moment.astimezone(CHINA).strftime("%m月%d日 %H:%M") + "前"


class TicketForm(FormAction):
    """A form that ends in a TMF621 ticket; subclasses name slots, kind and promise."""

    ticket_kind = ""
    severity = ""
    slot_detail = ""
    slot_number = ""
    slot_key = ""

    async def read_number(self, turn: Turn, say: Say) -> Values:
        """Read the number to call back; it may be left out."""
        named = await named_number(self.services, turn)
        if named.token:
            return {self.slot_number: named.token}
        if turn.requested_slot == self.slot_number and (turn.has("command", "skip") or turn.intent == "deny"):
            return {self.slot_number: SKIPPED}
        return {}

    async def open_ticket(self, turn: Turn, detail: str, promise_h: int) -> dict[str, Any]:
        """Open the ticket once; return its number and promised time as the responses name them."""
        token = str(turn.slot(self.slot_number))
        number: Msisdn | None = None if token == SKIPPED else await resolve(self.services, turn, token)
        key = str(turn.slot(self.slot_key))
        ticket = await self.services.bss.open_ticket(number, self.ticket_kind, detail, self.severity, key)
        promised = ticket.promised or self.services.clock.now() + timedelta(hours=promise_h)
        return {"ticket": ticket.id, "promised": promised_text(promised), "hours": str(promise_h)}

    async def known_number(self, turn: Turn) -> Events:
        """Fill the number with the one this customer has proven."""
        own = await own_number(self.services, turn)
        return [SlotSet(self.slot_number, own)] if own else []
