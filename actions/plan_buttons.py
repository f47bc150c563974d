"""Buttons under what is said of offerings: one for each, and the one that orders or cancels."""

from __future__ import annotations

from collections.abc import Sequence

from actions.base import button
from actions.knowledge import asks_how_to_cancel
from actions.plan_cards import price_of
from actions.plan_catalogue import asks_to_cancel
from actions.responses import responses
from actions.turn import Turn
from core.offering import Offering
from knowledge_base.catalogue.answers import CatalogueAnswer, CatalogueChoices

_MOST_CHOICES = 6


def choices(offerings: Sequence[Offering], intent: str) -> list[dict[str, str]]:
    """Return a button for each offering."""
    titled = [(f"{o.name} {price_of(o)}", o.id) for o in offerings[:_MOST_CHOICES]]
    return [button(title, intent, offering=offering_id) for title, offering_id in titled]


def order_action_of(turn: Turn) -> str:
    """Say whether a message is about having a product or about being rid of it."""
    return "delete" if turn.has("order_action", "delete") and not turn.has("order_action", "add") else "add"


def offered_action(turn: Turn, found: CatalogueAnswer | CatalogueChoices | None = None) -> str:
    """Say whether the button under an answer orders or cancels: 咋关 asks how, and orders nothing yet."""
    if asks_to_cancel(found) or asks_how_to_cancel(turn.text):
        return "delete"
    return order_action_of(turn)


def go_ahead(offering: Offering, order_action: str) -> dict[str, str]:
    """Return the button that orders or cancels an offering."""
    words = "utter_plan_cancel_title" if order_action == "delete" else "utter_plan_order_title"
    title = responses().text(words, name=offering.name)
    return button(title, "plan_change", offering=offering.id, order_action=order_action)
