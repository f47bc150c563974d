"""What billing does after the yes: payments that come in, orders carried out; each is told once, in its conversation."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from actions import orders
from actions.errors import words_for_reason
from actions.responses import responses
from actions.services import Services
from actions.topup import place as place_topup
from bss.port import Topup, TopupState
from conversations.model import Content
from conversations.pending import PendingAction, PendingState
from core import log
from core.errors import AppError, UpstreamError, UpstreamRejected
from core.money import format_yuan
from core.privacy import mask_number

_log = log.get(__name__)
EVERY_S = 1.0
_UNPLACED_AFTER_S = 20.0  # longer than a turn may take: nobody else is placing it
_REASONS = {"declined": "utter_topup_reason_declined", "timeout": "utter_topup_reason_timeout"}
_GIVE_UP_AFTER = timedelta(hours=1)


async def settle_forever(services: Services) -> None:
    """Settle again and again; a failing round is logged and the next one follows."""
    while True:
        try:
            await settle_once(services)
        except AppError as error:
            _log.warning("settlement.failed", code=error.code)
        except Exception:
            _log.exception("settlement.crashed")
        await asyncio.sleep(EVERY_S)


async def settle_once(services: Services) -> int:
    """Look at every top-up under way; return how many were settled now."""
    await _place_what_was_left(services)
    settled = 0
    for row in await services.pending.placed("topup"):
        try:
            topup = await services.bss.topup(str((row.external or {})["id"]))
        except AppError as error:  # the others' turn comes all the same
            _log.warning("topup.not_looked_up", pending=row.id, code=error.code)
            continue
        if topup.state is not TopupState.CREATED:
            settled += await _settle(services, row, topup)
    return settled


async def _settle(services: Services, row: PendingAction, topup: Topup) -> bool:
    """End the row; only who ended it tells the customer."""
    is_paid = topup.state is TopupState.COMPLETED
    state = PendingState.COMPLETED if is_paid else PendingState.FAILED
    if not await services.pending.settle(row.id, state, topup.reason):
        return False
    _log.info("topup.settled", pending=row.id, state=topup.state.value)
    await services.transcript.report(row.conversation_id, [topup_content(topup)])
    return True


def topup_content(topup: Topup) -> Content:
    """Write the result of a top-up as a message with its receipt."""
    words = responses()
    fields = {"number": mask_number(topup.number), "amount": format_yuan(topup.amount_fen), "id": topup.id}
    if topup.state is TopupState.COMPLETED:
        return words.content("utter_topup_done", **fields)
    why = words.text(_REASONS.get(topup.reason, "utter_topup_reason_other"))
    return words.content("utter_topup_failed", reason=why, **fields)


async def _place_what_was_left(services: Services) -> None:
    """Carry on with what was confirmed and never placed, because of a crash or a timeout; the key makes it one."""
    for row in await services.pending.unplaced(_UNPLACED_AFTER_S):
        if services.clock.now() - row.created > _GIVE_UP_AFTER:
            await services.pending.settle(row.id, PendingState.FAILED, "never placed")
            continue
        try:
            contents = await _placed(services, row)
        except UpstreamError as error:
            if not isinstance(error, UpstreamRejected):
                continue  # still down: the next round tries again
            reason = str(error.fields.get("reason"))
            await services.pending.settle(row.id, PendingState.FAILED, reason)
            contents = _failed(responses().content(words_for_reason(reason)))
        await services.transcript.report(row.conversation_id, contents)


async def _placed(services: Services, row: PendingAction) -> list[Content]:
    if row.kind == "topup":
        return [link_content(await place_topup(services, row))]
    order = await orders.place(services, row, is_first=False)
    words, fields = await orders.receipt(services, order)
    content = responses().content(words, **fields)
    return _failed(content) if orders.is_refused(order) else [content]


def _failed(content: Content) -> list[Content]:
    """Return what to say of a transaction that failed: why, and a person."""
    return [content, responses().content("utter_handoff_offer_failed")]


def link_content(topup: Topup) -> Content:
    """Write a payment link as a message."""
    fields = {"number": mask_number(topup.number), "amount": format_yuan(topup.amount_fen)}
    return responses().content("utter_topup_link", url=topup.payment_url, **fields)
