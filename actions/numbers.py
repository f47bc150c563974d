"""Whose number a message means: typed, masked, or the customer's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.services import Services
from actions.turn import Turn
from core.ids import Msisdn
from core.privacy import mask_number
from core.text import MSISDN

_CORRECTION = re.compile(r"(?:改成|改为|换成|应该是|而是|是|到|给)\s*(\[msisdn_\d+\])")
_NEGATED = re.compile(r"(?:不是|不对|别给|不给|错了|错的)\s*,?\s*(?:是)?$")


@dataclass(frozen=True, slots=True)
class Named:
    """What a message says about a number: `token` when it is clear, `candidates` when several were named."""

    token: str | None = None
    candidates: tuple[str, ...] = ()
    unmatched_mask: str | None = None  # 138****0001, and nobody known has such a number
    needs_proof: bool = False  # "my own number", and none is proven


async def named_number(services: Services, turn: Turn) -> Named:
    """Read the number a message names; a correction (不是甲，是乙) means its last."""
    tokens = [str(v) for v in turn.values("msisdn")]
    if len(tokens) == 1:
        return Named(tokens[0])
    if len(tokens) > 1:
        corrected = _corrected(turn.text, tokens)
        return Named(corrected) if corrected else Named(candidates=tuple(tokens))
    if masks := turn.values("masked_msisdn"):
        token = await _match_mask(services, turn, str(masks[0]))
        return Named(token) if token else Named(unmatched_mask=str(masks[0]))
    if turn.has("whose", "own") and not turn.has("whose", "other"):
        own = await own_number(services, turn)
        return Named(own) if own else Named(needs_proof=True)
    return Named()


def _corrected(text: str, tokens: list[str]) -> str | None:
    negated = [t for t in tokens if _NEGATED.search(text[: text.find(t)])]
    left = [t for t in tokens if t not in negated]
    if negated and len(left) == 1:
        return left[0]
    if re.search(r"改|换成|不是|错", text) and (hits := _CORRECTION.findall(text)):
        return str(hits[-1]) if hits[-1] in tokens and hits[-1] not in negated else None
    return None


async def own_number(services: Services, turn: Turn) -> str | None:
    """Return a token for the number this customer has proven."""
    number = await services.identity.proven_number(turn.conversation_id)
    return await services.vault.token_for(turn.conversation_id, MSISDN, number) if number else None


async def _match_mask(services: Services, turn: Turn, mask: str) -> str | None:
    known = [await services.identity.proven_number(turn.conversation_id)]
    known += [await resolve(services, turn, str(turn.slot(s))) for s in ("topup_number",) if turn.slot(s)]
    head, tail = re.match(r"\d+", mask), re.search(r"\d+$", mask)
    for number in known:
        if number and head and tail and number.startswith(head[0]) and number.endswith(tail[0]):
            return await services.vault.token_for(turn.conversation_id, MSISDN, number)
    return None


async def resolve(services: Services, turn: Turn, token: str) -> Msisdn | None:
    """Return the number behind a token of this conversation."""
    value = await services.vault.resolve(turn.conversation_id, token)
    return Msisdn(value) if value else None


async def shown(services: Services, turn: Turn, token: str) -> str:
    """Return a number the way it is shown: 138****0001."""
    number = await resolve(services, turn, token)
    return mask_number(number) if number else ""
