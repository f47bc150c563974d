"""A short message that names nothing is read as being about the offering, or the list, answered about before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from actions.asked_catalogue import answerer
from actions.catalogue import catalogue
from actions.services import Services
from actions.turn import Entity, Turn
from core.offering import Offering
from knowledge_base.catalogue.leaning import Lean
from knowledge_base.catalogue.pointing import Pointed, pointed_at

_WITHIN = 3  # messages of the customer after which an offering is no longer talked about
_LONGEST = 14  # characters
_PASSED_OVER = frozenset(["abstained", "out_of_scope", "offered"])  # outcomes that did not change the subject
_BESIDE = frozenset(["smalltalk", "identity"])  # topics that did not
_FORMS = frozenset([None, "identity_form", "plan_form"])  # elsewhere 多少钱 belongs to the form
_NAMED = ("offering", "msisdn", "masked_msisdn", "code", "article", "shelf", "month")
_ORDERS = {Lean.ORDER: "add", Lean.CANCEL: "delete"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What was talked about last: one offering, or several found or set side by side."""

    offerings: tuple[str, ...]
    search: str  # the question that found them; empty where none was searched


def subject_of(turn: Turn) -> Subject | None:
    """Return what the last answers were about; None once another topic has been answered since, or too long ago."""
    for about in turn.abouts(_WITHIN):
        offerings = str(about.get("offering") or about.get("found") or "")
        if about.get("outcome") in _PASSED_OVER or (about.get("topic") in _BESIDE and not offerings):
            continue
        search = str(about.get("search") or "")
        return Subject(tuple(filter(None, offerings.split(","))), search) if offerings or search else None
    if turn.active_form and (ordered := turn.slot("plan_offering")):
        return Subject((str(ordered),), "")
    return None


async def lean(services: Services, turn: Turn) -> Turn:
    """Put into a message what it leans on (怎么关 -> 亲情网怎么关); any other message stays as it is.

    Ordering and cancelling go through the form as always: the tariff is shown and a second yes is asked for.
    """
    if turn.is_button or len(turn.text) > _LONGEST or turn.active_form not in _FORMS:
        return turn
    is_ordering = turn.active_form == "plan_form"
    if is_ordering and not turn.is_question:  # 办吧 is a yes there
        return turn
    if any(turn.has(name) for name in _NAMED) or (subject := subject_of(turn)) is None:
        return turn
    known = await catalogue(services)
    said, kind = turn.text, answerer(known).lean(turn.text)
    offerings = [known[each] for each in subject.offerings if each in known]
    if kind is None and (pointed := _pointed(said, offerings, known, services.clock.now())):
        said, offerings = pointed.rest, list(pointed.offerings)
        kind = answerer(known).lean(said) or (Lean.FACTS if pointed.asks_nothing_else else None)
    if kind is Lean.SEARCH:
        return _searching(turn, subject.search) if subject.search else turn
    if kind is None or not offerings or (kind in _ORDERS and is_ordering):
        return turn
    text = f"{offerings[0].name}{said}" if len(offerings) == 1 else turn.text
    named = _led(replace(turn, text=text), "plan_query", [str(o.id) for o in offerings])
    if kind in _ORDERS:
        ordered = Entity("order_action", _ORDERS[kind], 0, 0)
        kept = tuple(e for e in named.entities if e.name != "order_action")
        return replace(named, intent="plan_change", entities=(*kept, ordered))
    return named


def _pointed(
    said: str, shown: Sequence[Offering], known: Mapping[str, Offering], at: datetime
) -> Pointed | None:
    """Return what a few words point at: of several shown, else of the shelf they stand on (要那个夜间的)."""
    if len(shown) > 1 and (pointed := pointed_at(said, shown)):
        return pointed
    shelf = {offering.category for offering in shown}
    beside = (
        [o for o in known.values() if o.category in shelf and o.is_offered(at)] if len(shelf) == 1 else []
    )
    pointed = pointed_at(said, beside)
    return pointed if pointed is not None and pointed.is_marked else None


def _searching(turn: Turn, search: str) -> Turn:
    return replace(_led(turn, "plan_query", ()), leans_on=search)


def _led(turn: Turn, intent: str, offerings: Sequence[str]) -> Turn:
    entities = tuple(Entity("offering", each, 0, 0) for each in offerings)
    return replace(turn, intent=intent, confidence=1.0, entities=(*entities, *turn.entities), is_leaning=True)
