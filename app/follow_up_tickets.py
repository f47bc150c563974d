"""The billing system's side of what agents have promised: one ticket for each, kept in step with their list."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.service_texts import ServiceTexts
from bss.port import Bss
from conversations.desk_model import FollowUp, FollowUpId
from conversations.follow_ups import FollowUps
from core import log
from core.clock import Clock
from core.errors import CustomerError, UpstreamError, UpstreamRejected

_log = log.get(__name__)
_RETRY = timedelta(minutes=1)


class FollowUpTickets:
    """Handles the timer that every change of a follow-up sets."""

    def __init__(self, follow_ups: FollowUps, bss: Bss, clock: Clock, texts: ServiceTexts) -> None:
        self._follow_ups, self._bss, self._clock, self._texts = follow_ups, bss, clock, texts

    async def __call__(self, subject: str) -> datetime | None:
        """Open the ticket or bring it up to date; while the billing system is down, again in a minute."""
        follow_up = await self._follow_ups.get(FollowUpId(subject))
        try:
            follow_up = await self._brought_up_to_date(follow_up)
        except (UpstreamRejected, CustomerError) as error:  # asking again would not help
            _log.warning("follow_up.no_ticket", follow_up=subject, code=error.code)
        except UpstreamError as error:
            _log.warning("follow_up.ticket_waits", follow_up=subject, code=error.code)
            return self._clock.now() + _RETRY
        if follow_up.done is not None:
            await self._follow_ups.forget_number(follow_up.id)
        return None

    async def _brought_up_to_date(self, follow_up: FollowUp) -> FollowUp:
        """Write the ticket until nothing has changed meanwhile: another process may have written the newer state first."""
        while True:
            await self._write(follow_up)
            now = await self._follow_ups.get(follow_up.id)
            if (now.done, now.due) == (follow_up.done, follow_up.due):
                return now
            follow_up = now

    async def _write(self, follow_up: FollowUp) -> None:
        ticket = follow_up.ticket
        if ticket is None:
            number = await self._follow_ups.number(follow_up.id)
            if number is None:
                return  # a ticket about nobody: only the agent's list has it
            text = self._texts.text("ticket_follow_up", task=follow_up.task)
            opened = await self._bss.open_ticket(
                number, "request", text, "minor", key=follow_up.id, requested=follow_up.due
            )
            ticket = opened.id
            await self._follow_ups.keep_ticket(follow_up.id, ticket)
        status = "resolved" if follow_up.done is not None else "inProgress"
        await self._bss.update_ticket(ticket, status, follow_up.outcome, follow_up.due)
