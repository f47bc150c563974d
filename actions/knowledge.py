"""What the knowledge base says inside other topics: published answers first, self-checks, questions of a topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.base import Say, button
from actions.responses import responses
from actions.services import Services
from actions.turn import Turn
from knowledge_base.retrieval import Answer, Choices, Outcome

_FOLLOWUPS = 2
Buttons = Sequence[dict[str, str]]


def ask(services: Services, turn: Turn, text: str | None = None) -> Outcome:
    """Ask the knowledge base about a message."""
    return services.retriever.ask(text or turn.text, channel=turn.channel, at=services.clock.now())


def say_answer(services: Services, say: Say, answer: Answer, buttons: Buttons = ()) -> None:
    """Say an article, with the articles that follow it."""
    found = (services.retriever.article(item) for item in answer.article.followups[:_FOLLOWUPS])
    onward = [button(article.title, "faq", article=article.id) for article in found if article is not None]
    say("utter_faq_answer", answer=one_message(answer.text), buttons=[*buttons, *onward])


def say_choices(say: Say, choices: Choices) -> None:
    """Offer the articles that may be meant."""
    options = [button(article.title, "faq", article=article.id) for article in choices.articles]
    say("utter_faq_choices", buttons=options)


def answer_published(services: Services, turn: Turn, say: Say, shortcut: str, intent: str) -> bool:
    """Answer a question that is a published one, before an information intent shows the customer's own data.

    The response `shortcut` titles a button that shows the data all the same.
    """
    if not turn.is_question:
        return False
    outcome = ask(services, turn)
    if not isinstance(outcome, Answer) or not outcome.is_exact:
        return False
    say_answer(services, say, outcome, [button(responses().text(shortcut), intent)])
    return True


def answer_question(services: Services, turn: Turn, say: Say, buttons: Buttons = ()) -> bool:
    """Answer a topic's question if an article does, or offer the few that may."""
    outcome: Any = ask(services, turn)
    if isinstance(outcome, Answer):
        say_answer(services, say, outcome, buttons)
        return True
    if isinstance(outcome, Choices):
        say_choices(say, outcome)
        return True
    return False


def one_message(text: str) -> str:
    """Close blank lines: Rasa's channels part a text at them."""
    return "\n".join(line for line in text.splitlines() if line.strip())
