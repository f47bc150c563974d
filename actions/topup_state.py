"""What became of the last top-up of a conversation: paid, under way, failed."""

from __future__ import annotations

import re

from actions.base import Say
from actions.services import Services
from actions.turn import Turn
from conversations.pending import PendingAction, PendingId, PendingState
from core.money import Fen, format_yuan
from core.privacy import mask_number

_ASKED = re.compile(
    r"(?:没|未|还没|怎么没|没有)(?:收到|到账|到帐|充上|充进|成功)|(?:收到|到账|到帐|成功|充上|充进去?|充好|付款成功|支付成功)(?:了|没有?|了没有?)?(?:吗|嘛|么|没|不|[?？])|"
    r"(?:什么时候|多久|啥时候|几时)(?:能|才|会)?(?:到账|到帐|到)|(?:到账|到帐|充值)(?:情况|结果|状态)"
)
_WORDS = {
    PendingState.CONFIRMED: "utter_topup_state_under_way",
    PendingState.PLACED: "utter_topup_state_under_way",
    PendingState.COMPLETED: "utter_topup_state_paid",
    PendingState.FAILED: "utter_topup_state_failed",
    PendingState.CANCELLED: "utter_topup_cancelled",
}


async def asks_what_became(services: Services, turn: Turn) -> bool:
    """Say whether a message asks after a top-up that was confirmed in this conversation."""
    return _ASKED.search(turn.text) is not None and await _confirmed(services, turn) is not None


async def say_what_became(services: Services, turn: Turn, say: Say) -> bool:
    """Say where the top-up stands that was confirmed here, if one was."""
    row = await _confirmed(services, turn)
    if row is None:
        return False
    say_state(row, say)
    return True


def say_state(row: PendingAction, say: Say, unpaid: str = "utter_topup_state_unpaid") -> None:
    """Say where a top-up stands; with `unpaid` where its link waits for the payment."""
    number, amount = mask_number(str(row.payload["number"])), format_yuan(Fen(int(row.payload["amount_fen"])))
    url = str((row.external or {}).get("payment_url") or "")
    is_linked = row.state is PendingState.PLACED and url
    say(unpaid if is_linked else _WORDS[row.state], number=number, amount=amount, url=url)


async def _confirmed(services: Services, turn: Turn) -> PendingAction | None:
    known = turn.slot("topup_pending")
    row = await services.pending.get(PendingId(str(known))) if known else None
    is_told_of = row is not None and row.state in _WORDS and row.state is not PendingState.CANCELLED
    return row if is_told_of else None
