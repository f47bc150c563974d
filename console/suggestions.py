"""Articles for the agent: what the knowledge base would answer to the customer's last words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from conversations.model import Conversation, Sender
from conversations.transcript import Transcript
from core.clock import Clock
from knowledge_base.retrieval import Hit

_SHOWN, _LEAST = 3, 0.15  # articles; the share of certainty from which one is worth showing
_LAST = 40  # messages looked back for the customer's words
_SHORTEST = 4  # characters: 嗯 and 好的 ask nothing


class Search(Protocol):
    """The retriever, as far as the desk uses it."""

    def suggest(self, question: str, limit: int = 3) -> list[Hit]:
        """Return the nearest articles, none for words that ask nothing."""


class Suggestions:
    """Looks up what the customer said last."""

    def __init__(self, transcript: Transcript, search: Search, clock: Clock) -> None:
        self._transcript, self._search, self._clock = transcript, search, clock

    async def for_conversation(self, conversation: Conversation) -> dict[str, Any]:
        """Return the words looked up and the articles found, best first."""
        lines = await self._transcript.last(conversation.id, _LAST)
        said = [line.content.text for line in lines if line.sender is Sender.CUSTOMER]
        question = next((text for text in reversed(said) if len(text) >= _SHORTEST), "")
        if not question:
            return {"question": "", "articles": []}
        hits = self._search.suggest(question, _SHOWN)  # milliseconds
        return {"question": question, "articles": self._written(hits, conversation.channel)}

    def _written(self, hits: Sequence[Hit], channel: str) -> list[dict[str, Any]]:
        now = self._clock.now()
        return [
            {
                "id": hit.article.id,
                "title": hit.article.title,
                "text": hit.article.answer_for(channel),
                "score": round(hit.score, 2),
            }
            for hit in hits
            if hit.article.is_valid(now) and hit.score >= _LEAST
        ]
