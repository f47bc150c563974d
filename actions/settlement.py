"""What billing does after the yes: payments that come in, orders carried out; each is told once, in its conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import count

from actions import orders
from actions.errors import response_for
from actions.refusals import REFUSALS, fail, reason_of
from actions.responses import responses
from actions.services import Services
from actions.topup import create_topup, note_placed
from actions.withdrawal import words_for
from bss.port import ProductOrder, Topup, TopupState
from conversations.model import Content
from conversations.pending import PendingAction, PendingState
from core import log
from core.errors import AppError
from core.money import Fen, format_yuan
from core.privacy import mask_number

_log = log.get(__name__)
EVERY_S = 1.0
_ORDERS_EVERY = 60  # rounds: what billing has accepted may take it days (a line to be laid)
_UNPLACED_AFTER_S = 20.0  # longer than a turn may take: nobody else is placing it
_REASONS = {"declined": "utter_topup_reason_declined", "timeout": "utter_topup_reason_timeout"}
_GIVE_UP_AFTER = timedelta(hours=1)
_NEVER_PLACED = "never placed"  # kept as the row's note
_AT_ONCE = 16  # calls of the billing system side by side: one that hangs keeps nobody else waiting long
Step = Callable[[Services, PendingAction], Awaitable[bool]]
"""Takes a row a step on; says whether it has moved."""


async def settle_forever(services: Services) -> None:
    """Settle again and again; a failing round is logged and the next one follows."""
    for round_number in count():
        try:
            await settle_once(services)
            if round_number % _ORDERS_EVERY == 0:
                await settle_orders(services)
        except AppError as error:
            _log.warning("settlement.failed", code=error.code)
        except Exception:
            _log.exception("settlement.crashed")
        await asyncio.sleep(EVERY_S)


async def settle_once(services: Services) -> int:
    """Carry on with what was left, look at every top-up under way; return how many were settled now."""
    await _each(services, await services.pending.unplaced(_UNPLACED_AFTER_S), _carry_on)
    return await _each(services, await services.pending.placed("topup"), _look_up)


async def settle_orders(services: Services) -> int:
    """Look at every order that billing has accepted and not carried out yet; return how many were settled now."""
    rows = [*await services.pending.placed("order"), *await services.pending.placed("cancel_order")]
    return await _each(services, rows, _look_up_order)


async def _each(services: Services, rows: Sequence[PendingAction], step: Step) -> int:
    """Take rows a step on, some side by side; return how many have moved."""
    moved = 0
    for start in range(0, len(rows), _AT_ONCE):
        batch = rows[start : start + _AT_ONCE]
        moved += sum(await asyncio.gather(*(_one(services, row, step) for row in batch)))
    return moved


async def _one(services: Services, row: PendingAction, step: Step) -> bool:
    """Take one row a step on; where that fails, the others' turn comes all the same."""
    try:
        return await step(services, row)
    except AppError as error:
        _log.warning("pending.not_settled", pending=row.id, kind=row.kind, code=error.code)
    except Exception:
        _log.exception("pending.not_settled", pending=row.id, kind=row.kind)
    return False


async def _look_up(services: Services, row: PendingAction) -> bool:
    """End a top-up that was paid or has failed."""
    topup = await services.bss.topup(str((row.external or {})["id"]))
    if topup.state is TopupState.CREATED:
        return False
    state = PendingState.COMPLETED if topup.state is TopupState.COMPLETED else PendingState.FAILED
    end = partial(services.pending.settle, row.id, state, topup.reason)
    return await _tell(services, row, [topup_content(topup)], end)


async def _look_up_order(services: Services, row: PendingAction) -> bool:
    """End an order that was carried out or has failed after all."""
    order = await orders.found(services, row)
    return order is not None and not orders.is_open(order) and await _tell_order(services, row, order)


async def _tell(
    services: Services, row: PendingAction, contents: Sequence[Content], move: Callable[[], Awaitable[bool]]
) -> bool:
    """Move a row on and tell the customer, both or neither; only who has moved it tells."""
    said = await services.transcript.report(row.conversation_id, contents, if_first=move)
    if said:
        _log.info("pending.moved_on", pending=row.id, kind=row.kind)
    return bool(said)


def topup_content(topup: Topup) -> Content:
    """Write the result of a top-up as a message with its receipt."""
    fields = {"number": mask_number(topup.number), "amount": format_yuan(topup.amount_fen), "id": topup.id}
    if topup.state is TopupState.COMPLETED:
        return responses().content("utter_topup_done", **fields)
    return _topup_failed(_REASONS.get(topup.reason, "utter_topup_reason_other"), fields)


def _topup_failed(why: str, fields: Mapping[str, object]) -> Content:
    words = responses()
    return words.content("utter_topup_failed", reason=words.text(why), **fields)


async def _carry_on(services: Services, row: PendingAction) -> bool:
    """Carry on with what was confirmed and never placed, because of a crash or a timeout; the key makes it one."""
    is_too_late = services.clock.now() - row.created > _GIVE_UP_AFTER
    if row.state is PendingState.WITHDRAWN:
        return await _tell_withdrawn(services, row)
    try:
        if row.kind == "topup":
            return await (_give_up_topup if is_too_late else _place_topup)(services, row)
        return await _place_order(services, row, is_too_late)
    except REFUSALS as error:  # while billing is down, the next round tries again
        said = _failed(responses().content(response_for(error)))
        return await _tell(services, row, said, partial(fail, services, row, reason_of(error)))


async def _place_topup(services: Services, row: PendingAction) -> bool:
    topup = await create_topup(services, row)
    return await _tell(services, row, [link_content(topup)], partial(note_placed, services, row, topup))


async def _give_up_topup(services: Services, row: PendingAction) -> bool:
    """Nobody has seen the link, so nobody has paid."""
    amount = format_yuan(Fen(int(row.payload["amount_fen"])))
    fields = {"number": mask_number(str(row.payload["number"])), "amount": amount}
    said = [_topup_failed("utter_topup_reason_unplaced", fields)]
    return await _tell(services, row, said, partial(fail, services, row, _NEVER_PLACED))


async def _place_order(services: Services, row: PendingAction, is_too_late: bool) -> bool:
    """Place an order, or find it at the billing system; so late it is only looked for, never placed any more."""
    order = await orders.found(services, row)
    if order is None and not is_too_late:
        now = await services.pending.get(row.id)
        if now is None or now.state is not PendingState.CONFIRMED:
            return False  # taken back meanwhile
        order = await orders.found_or_placed(services, row, is_first=True)
    if order is None:
        wish = await orders.wish_of(services, row)
        said = _failed(responses().content("utter_plan_never_placed", wish=wish))
        return await _tell(services, row, said, partial(fail, services, row, _NEVER_PLACED))
    return await _tell_order(services, row, order)


async def _tell_order(services: Services, row: PendingAction, order: ProductOrder) -> bool:
    words, fields = await orders.receipt(services, order)
    content = responses().content(words, **fields)
    said = _failed(content) if orders.is_refused(order) else [content]
    return await _tell(services, row, said, partial(orders.end, services, row, order))


async def _tell_withdrawn(services: Services, row: PendingAction) -> bool:
    """Say what became of an order the customer took back while it was not known whether billing had it."""
    order = await orders.found(services, row)
    said = [responses().content(name, **fields) for name, fields in await words_for(services, row, order)]
    if order is not None:
        return await _tell(services, row, said, partial(orders.end, services, row, order))
    end = partial(services.pending.settle, row.id, PendingState.CANCELLED, row.note)
    return await _tell(services, row, said, end)


def _failed(content: Content) -> list[Content]:
    """Return what to say of a transaction that failed: why, and a person."""
    return [content, responses().content("utter_handoff_offer_failed")]


def link_content(topup: Topup) -> Content:
    """Write a payment link as a message."""
    fields = {"number": mask_number(topup.number), "amount": format_yuan(topup.amount_fen)}
    return responses().content("utter_topup_link", url=topup.payment_url, **fields)
