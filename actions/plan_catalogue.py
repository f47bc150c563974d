"""What the catalogue itself answers: a fact of one offering, two side by side, the cheapest, those under 50 yuan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actions.asked_catalogue import answerer
from actions.base import Say, button
from actions.plan_cards import brief_text, labelled_fact, price_of
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from core.offering import Category, Offering
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices
from knowledge_base.catalogue.conditions import BOUNDS
from knowledge_base.catalogue.query import Compare

_MOST_FOUND = 5
_SEARCHES = {  # what a limit named behind a shelf searches on
    Category.PLAN: "utter_plan_search_plan",
    Category.DATA: "utter_plan_search_data",
    Category.VOICE: "utter_plan_search_voice",
    Category.BROADBAND: "utter_plan_search_broadband",
    Category.ROAMING: "utter_plan_search_roaming",
    Category.SUBCARD: "utter_plan_search_subcard",
    Category.PROMOTION: "utter_plan_search_promotion",
    Category.VAS: "utter_plan_search_vas",
}


def ask_catalogue(
    services: Services, turn: Turn, known: Mapping[str, Offering]
) -> CatalogueAnswer | CatalogueChoices | None:
    """Ask the catalogue about a message; None where it is no question for it."""
    at = services.clock.now()
    if turn.leans_on:
        return answerer(known).follow(turn.text, turn.leans_on, at)
    return answerer(known).ask(turn.text, at)


def say_facts(
    answer: CatalogueAnswer, known: Mapping[str, Offering], say: Say, buttons: Sequence[dict[str, str]]
) -> bool:
    """Say what was asked about one offering, with its name and tariff; False where its tariff does not say."""
    offering = known[str(answer.offerings[0])]
    lines = [line for fact in answer.facts if (line := labelled_fact(offering, fact.field))]
    if not lines:
        return False
    say(
        "utter_plan_facts",
        name=offering.name,
        price=price_of(offering),
        facts="\n".join(lines),
        buttons=buttons,
    )
    say.about |= {"offering": str(offering.id), "outcome": "answered"}
    return True


def say_found(
    answer: CatalogueAnswer, known: Mapping[str, Offering], say: Say, titled: Sequence[dict[str, str]]
) -> None:
    """Say which offerings meet the conditions, cheapest first; where none does, what comes nearest."""
    shown = [known[str(offering_id)] for offering_id in answer.offerings or answer.nearest]
    say.about["outcome"] = "answered"
    if not shown:
        say("utter_plan_none_found", buttons=[advice_button()])
        return
    briefs = "\n".join(f"{place}. {brief_text(o)}" for place, o in enumerate(shown[:_MOST_FOUND], 1))
    if not answer.offerings:
        advice = [advice_button()] if shown[0].category is Category.PLAN else []
        say("utter_plan_nearest", briefs=briefs, buttons=[*titled, *advice])
    else:
        words = "utter_plan_found_one" if len(shown) == 1 else "utter_plan_found"
        say(words, count=len(shown), briefs=briefs, buttons=titled[:_MOST_FOUND])
    note_shown(shown, say)


def note_shown(shown: Sequence[Offering], say: Say, search: str = "") -> None:
    """Note which offerings were shown, and the question that found them, for what is asked of them next."""
    ids = ",".join(str(offering.id) for offering in shown)
    say.about |= {"offering" if len(shown) == 1 else "found": ids}
    if search:
        say.about["search"] = search


def search_for(category: Category) -> str:
    """Return the question that a shelf answers, for a limit named behind it (便宜点的)."""
    return responses().text(_SEARCHES[category])


def advice_button() -> dict[str, str]:
    """Return the button that asks for advice."""
    return button(responses().text("utter_plan_advice_title"), "plan_query", ask="advice")


def say_compared(
    answer: CatalogueAnswer, known: Mapping[str, Offering], say: Say, titled: Sequence[dict[str, str]]
) -> None:
    """Say offerings side by side, and which has least or most where that was asked."""
    beside = [known[str(offering_id)] for offering_id in answer.offerings]
    say("utter_plan_compared", briefs="\n".join(map(brief_text, beside)), buttons=titled)
    say.about["outcome"] = "answered"
    note_shown(beside, say)
    if answer.is_same:
        say("utter_plan_compared_same")
    elif len(answer.best) == 1 and answer.compare in _BETTER:
        say(_BETTER[answer.compare], what=answer.properties[0], name=known[str(answer.best[0])].name)


_BETTER = {Compare.LEAST: "utter_plan_compared_least", Compare.MOST: "utter_plan_compared_most"}


def is_search(answer: CatalogueAnswer | CatalogueChoices | None) -> bool:
    """Say whether several offerings were searched or compared."""
    return isinstance(answer, CatalogueAnswer) and answer.kind is not AnswerKind.FACTS


def is_bounded(answer: CatalogueAnswer | CatalogueChoices | None) -> bool:
    """Say whether a search sets limits of its own: it is answered rather than advised on."""
    return isinstance(answer, CatalogueAnswer) and any(c.op in BOUNDS for c in answer.constraints)


def is_known(answer: CatalogueAnswer | CatalogueChoices | None) -> bool:
    """Say whether one offering and what is asked of it are certain."""
    return isinstance(answer, CatalogueAnswer) and answer.kind is AnswerKind.FACTS


def asks_several(answer: CatalogueAnswer | CatalogueChoices | None) -> bool:
    """Say whether more than one thing is asked of one offering."""
    return isinstance(answer, CatalogueAnswer) and len(answer.properties) > 1


def asks_to_cancel(answer: CatalogueAnswer | CatalogueChoices | None) -> bool:
    """Say whether it is asked how one offering is cancelled."""
    if not isinstance(answer, CatalogueAnswer) or answer.kind is not AnswerKind.FACTS:
        return False
    return any(fact.field == "cancel" for fact in answer.facts)
