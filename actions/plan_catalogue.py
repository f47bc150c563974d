"""What the catalogue itself answers: a fact of one offering, two side by side, the cheapest, those under 50 yuan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actions.base import Say
from actions.plan_cards import brief_text, labelled_fact, price_of
from actions.services import Services
from actions.turn import Turn
from core.offering import Offering
from knowledge_base.catalogue.answerer import CatalogueAnswerer
from knowledge_base.catalogue.answers import AnswerKind, CatalogueAnswer, CatalogueChoices
from knowledge_base.catalogue.query import Compare

_MOST_FOUND = 5
_latest: list[tuple[Mapping[str, Offering], CatalogueAnswerer]] = []  # at most one: the catalogue now known


def ask_catalogue(
    services: Services, turn: Turn, known: Mapping[str, Offering]
) -> CatalogueAnswer | CatalogueChoices | None:
    """Ask the catalogue about a message; None where it is no question for it."""
    if not _latest or _latest[0][0] is not known:
        _latest[:] = [(known, CatalogueAnswerer.from_offerings(known.values()))]
    return _latest[0][1].ask(turn.text, at=services.clock.now())


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
    """Say which offerings meet the conditions, cheapest first."""
    found = [known[str(offering_id)] for offering_id in answer.offerings]
    say.about["outcome"] = "answered"
    if not found:
        say("utter_plan_none_found")
        return
    briefs = "\n".join(f"{place}. {brief_text(o)}" for place, o in enumerate(found[:_MOST_FOUND], 1))
    words = "utter_plan_found_one" if len(found) == 1 else "utter_plan_found"
    say(words, count=len(found), briefs=briefs, buttons=titled[:_MOST_FOUND])


def say_compared(
    answer: CatalogueAnswer, known: Mapping[str, Offering], say: Say, titled: Sequence[dict[str, str]]
) -> None:
    """Say two offerings side by side, and which has less or more where that was asked."""
    pair = [known[str(offering_id)] for offering_id in answer.offerings]
    briefs = "\n".join(brief_text(offering) for offering in pair)
    say("utter_plan_compared", briefs=briefs, buttons=titled)
    say.about["outcome"] = "answered"
    if answer.is_same:
        say("utter_plan_compared_same")
    elif len(answer.best) == 1 and answer.compare in _BETTER:
        say(_BETTER[answer.compare], name=known[str(answer.best[0])].name)


_BETTER = {Compare.LEAST: "utter_plan_compared_least", Compare.MOST: "utter_plan_compared_most"}


def is_search(answer: CatalogueAnswer | CatalogueChoices | None) -> bool:
    """Say whether several offerings were searched or compared."""
    return isinstance(answer, CatalogueAnswer) and answer.kind is not AnswerKind.FACTS
