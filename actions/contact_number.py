"""The number under which a ticket is followed up: the proven one, one typed, or none."""

from __future__ import annotations

from actions.base import Say
from actions.numbers import named_number, own_number, resolve, shown
from actions.services import Services
from actions.turn import Turn
from core.ids import Msisdn
from core.text import TOKEN, unmask

NONE = "none"  # the customer leaves no number


async def read_contact(services: Services, turn: Turn, say: Say, is_asked: bool) -> str | None:
    """Return a token or `NONE` when the message settles it, saying what is unclear."""
    named = await named_number(services, turn)
    if named.token:
        return named.token
    if named.candidates or named.unmatched_mask:
        say("utter_contact_one_number")
        return None
    if is_asked and (turn.has("command", "skip") or turn.intent == "deny"):
        return NONE
    return None


async def default_contact(services: Services, turn: Turn) -> str | None:
    """Return a token of the proven number."""
    return await own_number(services, turn)


async def number_of(services: Services, turn: Turn, value: str) -> Msisdn | None:
    """Return the number behind what the slot holds."""
    return None if value == NONE else await resolve(services, turn, value)


async def without_tokens(services: Services, turn: Turn, text: str) -> str:
    """Return a text in which each number shows as 138****0001, for a ticket's description."""
    values = {token: await shown(services, turn, token) for token in set(_tokens(text))}
    return unmask(text, values.get)


def _tokens(text: str) -> list[str]:
    return [hit.group() for hit in TOKEN.finditer(text)]
