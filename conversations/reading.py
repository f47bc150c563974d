"""What a customer's raw input is: a button, a text for the engine, or something that only a service text answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from conversations.rating_words import RatingInput, payload_of, read_rating, spoken
from core import text as words
from core.privacy import mask_number
from core.spelling import spelled
from core.text import Masked, Secret

# Intents a customer may name without having been offered a button: they carry no entities and move no money.
PLAIN_INTENTS = frozenset(
    [
        "topup",
        "plan_query",
        "plan_change",
        "balance_query",
        "bill_query",
        "usage_query",
        "fault",
        "complaint",
        "human",
        "affirm",
        "deny",
        "cancel",
        "goodbye",
    ]
)
_PAYLOAD = re.compile(r"/(?P<intent>[a-z_]+(?:/[a-z_]+)?)(?P<entities>\{.*\})?")
_PUNCTUATION = re.compile(r"[^\w]+")
_COURTESY = re.compile(
    r"(?:好的?|嗯+|行|ok|没有?了|知道了|明白了)*"
    r"(?:谢谢|多谢|感谢|谢了|辛苦了|再见|拜拜|拜|thanks|thankyou|bye|byebye|886?)+"
    r"(?:你|您|了|啦|哦|哈|呀|啊|们|大家|再见|拜拜)*"
)
_SHOWN_OF_TOO_LONG = 200
_SHOWN = {"/human": "转人工"}  # how a button that every page has reads in the transcript
_SCRIPTS = {"traditional": True, "simplified": False, None: None}


class Refusal(str, Enum):
    """Inputs a service text answers; the value is its key."""

    TOO_LONG = "too_long"
    EMPTY = "empty"
    NO_WORDS = "no_words"
    COURTESY = "courtesy"  # thanks or goodbye after the conversation has ended
    PICTURE = "picture"
    VOICE = "voice"
    VIDEO = "video"
    LINK = "link"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Reading:
    """One input understood as far as that needs no database."""

    shown: str  # what the transcript keeps; sensitive values masked
    masked: Masked | None  # what the engine gets, tokens numbered from 1; None when a service text answers
    refusal: Refusal | None = None
    payload: str | None = None  # a button's payload, if it was one that was offered
    is_plain_intent: bool = False
    is_courtesy: bool = False
    is_traditional: bool | None = None  # the script; None where both write it alike
    rating: RatingInput | None = None  # what it says to the question for a rating, if that is open


def read(raw: str, max_chars: int) -> Reading:
    """Understand one input; never raises, whatever it is given."""
    if len(raw) > max_chars:
        head = words.clean(raw[:_SHOWN_OF_TOO_LONG])
        return Reading(show(head, words.mask(words.normalise(head))) + "…", None, Refusal.TOO_LONG)
    cleaned = words.clean(raw)
    if not cleaned:
        return Reading("", None, Refusal.EMPTY)
    button = _PAYLOAD.fullmatch(cleaned)
    normal = words.normalise(cleaned).lstrip("/ ")
    normal = normal if button else spelled(normal)
    if not any(char.isalnum() for char in normal):
        return Reading(cleaned, None, Refusal.NO_WORDS, rating=read_rating(cleaned))  # 👍 may be an answer
    masked, rating = words.mask(normal), read_rating(cleaned)
    if cleaned in _SHOWN:
        return Reading(_SHOWN[cleaned], masked, payload=cleaned, is_plain_intent=True)
    if button and button["intent"] == "rate" and rating is not None:
        return Reading(spoken(rating), masked, payload=payload_of(rating), rating=rating)
    return Reading(
        shown=show(cleaned.lstrip("/ "), masked),
        masked=masked,
        payload=cleaned if button else None,
        is_plain_intent=bool(button and not button["entities"] and button["intent"] in PLAIN_INTENTS),
        is_courtesy=_COURTESY.fullmatch(_PUNCTUATION.sub("", normal)) is not None,
        is_traditional=None if button else _SCRIPTS[words.script(cleaned)],
        rating=rating,
    )


def show(cleaned: str, masked: Masked) -> str:
    """Return the customer's own text with its sensitive values masked.

    Where normalising was needed to see a value (spaces inside, spoken digits), the normalised text is shown.
    """
    if not masked.secrets:
        return cleaned
    own = words.mask(cleaned)
    kept = own if _values(own) == _values(masked) else masked
    shown = {secret.token: show_secret(secret) for secret in kept.secrets}
    return words.unmask(kept.text, shown.get)


def _values(masked: Masked) -> list[tuple[str, str]]:
    return [(secret.kind, secret.value) for secret in masked.secrets]


def show_secret(secret: Secret) -> str:
    """Mask one value the way a customer recognises it: 138****0001, six stars for a code."""
    if secret.kind == words.CODE:
        return "******"
    if secret.kind == words.EMAIL:
        name, _, domain = secret.value.partition("@")
        return f"{name[:1]}***@{domain}"
    return mask_number(secret.value)
