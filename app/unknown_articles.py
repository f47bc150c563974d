"""The articles as the unknown questions need them: titles from what is live, changes to the drafts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from conversations.model import new_id
from core.errors import StaffError
from core.ids import ArticleId
from knowledge_base.articles import Article
from knowledge_base.content.form import article_of
from knowledge_base.content.model import ArticleDraft
from knowledge_base.content.store import ArticleConflict, Content
from knowledge_base.retrieval import Hit

_TRIES = 5  # to add to an article that somebody else is editing


class LiveArticles(Protocol):
    """What customers are answered from."""

    def article(self, article_id: str) -> Article | None: ...

    def search(self, question: str, limit: int = 10) -> list[Hit]: ...


class UnknownArticles:
    """Reads live articles, and adds to drafts whoever edits them meanwhile."""

    def __init__(self, content: Content, live: LiveArticles) -> None:
        self._content, self._live = content, live

    def title_of(self, article_id: str) -> str:
        """Return an article's title; its id where it is not live."""
        article = self._live.article(article_id)
        return article.title if article is not None else article_id

    async def titles(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return titles, of what is not live yet those of the drafts; none of what is gone."""
        found = {item: article.title for item in ids if (article := self._live.article(item)) is not None}
        for item in set(ids) - found.keys():
            with suppress(StaffError):
                found[item] = (await self._content.article(item)).draft.content.title
        return found

    async def as_drafted(self, article_id: str) -> Article:
        """Return an article as the next release would have it; raise StaffError("article.unknown")."""
        draft, live = (await self._content.article(article_id)).draft.content, self._live.article(article_id)
        if live is None:
            return article_of(draft)
        return replace(
            live, title=draft.title, questions=draft.questions
        )  # its texts have their prices filled in

    async def add_questions(self, article_id: str, questions: Sequence[str], by: str) -> None:
        """Add similar questions to the draft, in one revision; raise StaffError."""
        for _ in range(_TRIES):
            found = await self._content.article(article_id)
            content = found.draft.content
            longer = tuple(dict.fromkeys((*content.questions, *questions)))
            try:
                await self._content.save(replace(content, questions=longer), found.version, by)
            except ArticleConflict:
                continue
            return
        raise StaffError("unknown_group.busy", article_id)

    async def create(self, title: str, category: str, questions: Sequence[str], answer: str, by: str) -> str:
        """Start an article; return its id. Raises StaffError."""
        others = tuple(question for question in questions if question != title) or (title,)
        draft = ArticleDraft(ArticleId(f"q-{new_id()[:12]}"), title, category, others, answer)
        return str((await self._content.create(draft, by)).draft.article_id)


def as_begun(title: str) -> Article:
    """Return an article that is yet to be written, as far as its questions say where it would answer."""
    return Article(ArticleId("q-new"), "", title, (), title)
