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
Renew = Callable[[Article, bool], Article]
"""Returns an article as it reads now; true for one of the live release."""


def _as_it_is(article: Article, _is_live: bool) -> Article:
    return article


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

    def __init__(
        self,
        shown: Shown,
        note_hit: Callable[[ArticleId], None] = lambda _article: None,
        renew: Renew = _as_it_is,
    ) -> None:
        self._shown, self._note_hit, self._renew = shown, note_hit, renew

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
        release = self._shown.for_conversation(conversation)
        outcome = release.ask(question, channel=channel, at=at)
        if isinstance(outcome, Answer):
            article = self._renewed(outcome.article, release)
            return replace(outcome, article=article, text=article.answer_for(channel, region))
        return outcome

    def article(self, article_id: str, conversation: ConversationId | None = None) -> Article | None:
        """Return an article of the release this conversation gets."""
        release = self._shown.for_conversation(conversation)
        found = release.article(article_id)
        return self._renewed(found, release) if found is not None else None

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """Return the live articles that fit best (see `Retriever.search`)."""
        return self._shown.live.search(question, limit)

    def suggest(self, question: str, limit: int = 3) -> list[Hit]:
        """Return what an agent may want to look at (see `Retriever.suggest`)."""
        live = self._shown.live
        return [
            replace(hit, article=self._renewed(hit.article, live)) for hit in live.suggest(question, limit)
        ]

    def answered_with(self, article_id: ArticleId) -> None:
        """Note that a customer was answered with an article."""
        self._note_hit(article_id)

    def _renewed(self, article: Article, release: Retriever) -> Article:
        return self._renew(article, release is self._shown.live)
