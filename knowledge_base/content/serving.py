"""What customers are answered from: the live release, and a candidate for a part of the conversations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.ids import ArticleId, ConversationId
from knowledge_base.articles import Article
from knowledge_base.retrieval import Answer, Hit, Outcome, Retriever

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """What is answered from now; replaced as a whole, so nobody ever sees half of it."""

    live: Retriever
    canary: Retriever | None = None
    percent: int = 0

    def for_conversation(self, conversation_id: ConversationId | None) -> Retriever:
        """Return the release a conversation gets: always the same one, as long as the canary runs."""
        if self.canary is None or conversation_id is None or lot_of(conversation_id) >= self.percent:
            return self.live
        return self.canary


def lot_of(conversation_id: ConversationId) -> int:
    """Return a conversation's lot, 0 to 99."""
    return int.from_bytes(hashlib.sha256(conversation_id.encode()).digest()[:4]) % _PERCENT


class LiveRetriever:
    """The retriever of a service process; what is shown changes between two questions, never within one.

    A question that is being answered keeps the release it began with: that one is freed when nobody holds it any more.
    """

    def __init__(self, shown: Shown, note_hit: Callable[[ArticleId], None] = lambda _article: None) -> None:
        self._shown, self._note_hit = shown, note_hit

    @property
    def shown(self) -> Shown:
        """Return what is answered from now."""
        return self._shown

    def show(self, shown: Shown) -> None:
        """Answer from something else from now on."""
        self._shown = shown

    def ask(
        self,
        question: str,
        *,
        channel: str = "web",
        at: datetime,
        conversation: ConversationId | None = None,
        region: str = "",
    ) -> Outcome:
        """As `Retriever.ask`, from the release this conversation gets, with what holds in the customer's region."""
        outcome = self._shown.for_conversation(conversation).ask(question, channel=channel, at=at)
        if isinstance(outcome, Answer):
            return replace(outcome, text=outcome.article.answer_for(channel, region))
        return outcome

    def article(self, article_id: str, conversation: ConversationId | None = None) -> Article | None:
        """Return an article of the release this conversation gets."""
        return self._shown.for_conversation(conversation).article(article_id)

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """Return the live articles that fit best (see `Retriever.search`)."""
        return self._shown.live.search(question, limit)

    def suggest(self, question: str, limit: int = 3) -> list[Hit]:
        """Return what an agent may want to look at (see `Retriever.suggest`)."""
        return self._shown.live.suggest(question, limit)

    def answered_with(self, article_id: ArticleId) -> None:
        """Note that a customer was answered with an article."""
        self._note_hit(article_id)
