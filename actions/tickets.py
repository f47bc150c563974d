"""Opening a trouble ticket and telling its number and the promised time; shared by faults and complaints."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.contact_number import number_of, without_tokens
from actions.moments import moment_text
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from bss.port import TroubleTicket
from core.errors import CustomerError

_DESCRIPTION_MAX = 500  # characters


async def open_ticket(
    services: Services,
    turn: Turn,
    kind: str,
    description: str,
    contact: str,
    severity: str,
    key: str,
    due: datetime | None = None,
) -> TroubleTicket:
    """Open a ticket under a key, promised for `due` if given; the same key again finds the first one."""
    number = await number_of(services, turn, contact)
    text = (await without_tokens(services, turn, description))[:_DESCRIPTION_MAX]
    try:
        return await services.bss.open_ticket(number, kind, text, severity, key, due)
    except CustomerError as error:
        if error.code != "bss.unknown_number" or number is None:
            raise
        # another operator's number: it can be called, but not looked up
        text = responses().text("utter_contact_elsewhere", text=text, number=number)
        return await services.bss.open_ticket(None, kind, text, severity, key, due)


def promised_text(services: Services, ticket: TroubleTicket, hours: int) -> str:
    """Write until when something is promised, in China's time."""
    until = ticket.promised or services.clock.now() + timedelta(hours=hours)
    return moment_text(until)
