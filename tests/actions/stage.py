"""Puts one action on stage: a tracker as Rasa sends it in, events and words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.services import Services
from core.ids import ArticleId, ConversationId
from knowledge_base.articles import Article
from knowledge_base.retrieval import Abstain, Answer, Choices, Outcome


class ShelfOfArticles:
    """A knowledge base that knows what it was given: a text is answered by the article whose question it is."""

    def __init__(self, *articles: Article) -> None:
        self.articles = {article.id: article for article in articles}
        self.choices: tuple[Article, ...] = ()
        self.hits: list[ArticleId] = []

    def ask(
        self,
        question: str,
        *,
        channel: str = "web",
        at: datetime,
        conversation: ConversationId | None = None,
        region: str = "",
    ) -> Outcome:
        if found := next((a for a in self.articles.values() if question in a.questions), None):
            return Answer(found, found.answer_for(channel, region), 1.0, is_exact=True)
        return Choices(self.choices) if self.choices else Abstain(None)

    def article(self, article_id: str, conversation: ConversationId | None = None) -> Article | None:
        return self.articles.get(ArticleId(article_id))

    def answered_with(self, article_id: ArticleId) -> None:
        self.hits.append(article_id)


@dataclass
class Said:
    """What an action did: the events it returned and what it said."""

    events: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    controls: list[dict[str, Any]]  # what the service is told beside what the customer reads

    @property
    def responses(self) -> list[str]:
        return [str(message["response"]) for message in self.messages]

    @property
    def slots(self) -> dict[str, Any]:
        return {e["name"]: e["value"] for e in self.events if e["event"] == "slot"}

    @property
    def followup(self) -> str | None:
        return next((e["name"] for e in self.events if e["event"] == "followup"), None)

    @property
    def is_rejected(self) -> bool:
        return any(e["event"] == "action_execution_rejected" for e in self.events)


@dataclass
class Stage:
    """One conversation's stage; slots stay from act to act."""

    services: Services
    conversation_id: ConversationId
    slots: dict[str, Any] = field(default_factory=dict)
    active_form: str | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)  # bot events of the turn before

    async def run(
        self,
        action: Action,
        text: str,
        intent: str = "inform",
        *,
        confidence: float = 0.9,
        since: tuple[dict[str, Any], ...] = (),
        wishes: tuple[dict[str, Any], ...] = (),
        ranking: Sequence[tuple[str, float]] = (),
        **entities: Any,
    ) -> Said:
        """Run an action on a message; each entity is a value or a list of values."""
        found = [
            {"entity": name, "value": value, "start": 0, "end": 0}
            for name, values in entities.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        message = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [
                {"name": name, "confidence": chance} for name, chance in ranking or [(intent, confidence)]
            ],
            "entities": found,
            "wishes": list(wishes),
        }
        user = {"event": "user", "text": text, "metadata": {"channel": "web"}, "parse_data": message}
        tracker = Tracker(
            sender_id=self.conversation_id,
            slots=dict(self.slots),
            latest_message=message,
            events=[{"event": "user", "text": "-"}, *self.shown, user, *since],
            paused=False,
            followup_action=None,
            active_loop={"name": self.active_form} if self.active_form else {},
            latest_action_name="action_listen",
        )
        dispatcher = CollectingDispatcher()
        events = await action.run(dispatcher, tracker, {})
        controls = [m["custom"] for m in dispatcher.messages if not m.get("response")]
        said = Said(list(events), [m for m in dispatcher.messages if m.get("response")], controls)
        self.slots.update(said.slots)
        return said
