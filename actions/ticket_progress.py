"""How far repairs, complaints and calls asked for have come."""

from __future__ import annotations

import re

from actions.base import Events, Say, TopicAction, finish
from actions.identity import proven, require
from actions.knowledge import answer_published
from actions.moments import moment_text
from actions.responses import responses
from actions.turn import Turn
from bss.port import TroubleTicket
from core.privacy import mask_number

_ASKED = re.compile(
    r"(?:报修|报障|报的修|投诉|工单|反映的|登记的|回电).{0,8}(?:怎么样了?|进度|进展|到哪|结果|解决了?(?:没|吗|嘛)|处理(?:了|好|完|得|到哪)(?:没|吗|嘛|怎)|没人(?:管|来|理|联系))|"
    r"(?:查|看)(?:一?下|看)?(?:我的?)?(?:工单|投诉|报修)(?:单|进度|情况|结果|状态)|查.{0,3}(?:处理)?进度|工单号?.{0,4}(?:忘|是?多少|是几|丢)"
)
_MOST = 3
_KINDS = {
    "incident": "utter_complaint_progress_incident",
    "complain": "utter_complaint_progress_complain",
    "request": "utter_complaint_progress_request",
}
_DONE = frozenset(["resolved", "closed", "cancelled", "rejected"])


def asks_for_progress(turn: Turn) -> bool:
    """Say whether customers ask after a ticket of theirs (我上次报修的怎么样了)."""
    return not turn.is_button and _ASKED.search(turn.text) is not None


class ComplaintProgress(TopicAction):
    """Shows the last tickets of the proven number: what, since when, how far, until when."""

    action = "action_complaint_progress"
    soothes = True

    async def act(self, turn: Turn, say: Say) -> Events:
        shortcut = "utter_complaint_progress_title"
        if answer_published(self.services, turn, say, shortcut, "complaint", ticket_kind="progress"):
            return finish(turn, say)
        number = await proven(self.services, turn)
        if number is None:
            return require(turn, self.action)
        tickets = await self.services.bss.tickets(number, _MOST)
        if tickets:
            lines = "\n".join(_line(ticket) for ticket in tickets)
            say("utter_complaint_progress", number=mask_number(number), lines=lines)
        else:
            say("utter_complaint_progress_none", number=mask_number(number))
        return finish(turn, say)


def _line(ticket: TroubleTicket) -> str:
    words = responses()
    fields = {
        "kind": words.text(_KINDS.get(ticket.kind, _KINDS["request"])),
        "ticket": ticket.id,
        "created": moment_text(ticket.created),
    }
    if ticket.status.lower() in _DONE:
        return words.text("utter_complaint_progress_done", **fields)
    if ticket.promised is None:
        return words.text("utter_complaint_progress_open", **fields)
    return words.text("utter_complaint_progress_promised", until=moment_text(ticket.promised), **fields)
