"""What the actions stand on, put together once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bss.port import Bss
from conversations.identity import Identity
from conversations.pending import PendingActions
from conversations.transcript import Transcript
from conversations.vault import Vault
from core.clock import Clock
from core.ids import ArticleId, ConversationId
from core.settings import Settings
from knowledge_base.articles import Article
from knowledge_base.retrieval import Outcome


class Knowledge(Protocol):
    """The retriever, as far as the actions use it."""

    def ask(
        self,
        question: str,
        *,
        channel: str = "web",
        at: datetime,
        conversation: ConversationId | None = None,
        region: str = "",
    ) -> Outcome:
        """Answer, offer choices, or abstain, from the release that this conversation gets."""

    def article(self, article_id: str, conversation: ConversationId | None = None) -> Article | None:
        """Return an article by id, of the release that this conversation gets."""

    def answered_with(self, article_id: ArticleId) -> None:
        """Hear that a customer was answered with an article."""


class Hours(Protocol):
    """When people answer."""

    async def due(self, at: datetime, within: timedelta) -> datetime:
        """Return until when a call can be promised: working time, and no earlier than asked."""


@dataclass(frozen=True, slots=True)
class Services:
    """One instance serves every conversation."""

    bss: Bss
    retriever: Knowledge
    vault: Vault
    identity: Identity
    pending: PendingActions
    transcript: Transcript
    hours: Hours
    clock: Clock
    settings: Settings
