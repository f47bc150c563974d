"""What live articles say of offerings, as the catalogue has it now: customers need not wait for a release to hear a new price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection, Text, cast, select

from core.clock import Clock
from core.database import Database
from core.errors import StaffError
from core.ids import ArticleId, OfferingId
from core.offering import Offering
from knowledge_base.articles import Article
from knowledge_base.content.form import filled_article, stored
from knowledge_base.content.making import is_renewed
from knowledge_base.content.model import ArticleDraft, Release
from knowledge_base.content.tables import articles, revisions
from knowledge_base.offering_articles import articles_of

_A, _R = articles.c, revisions.c
_QUOTING = "%{{%"  # the placeholder of an article that quotes an offering


class Renewing:
    """Renews the words of answers; which article answers is the release's to say."""

    def __init__(self, db: Database, clock: Clock, offerings: Callable[[], Sequence[Offering]]) -> None:
        self._db, self._clock, self._offerings = db, clock, offerings
        self._seen: tuple[object, str] | None = None  # the catalogue and the live release looked at last
        self._shelf: Mapping[OfferingId, Offering] = {}
        self._quoting: Mapping[ArticleId, Article] = {}

    async def look(self, live: Release) -> None:
        """Read anew what quotes the catalogue, where that or the live release is another than before."""
        offerings = self._offerings()
        if self._seen is not None and self._seen[0] is offerings and self._seen[1] == live.id:
            return
        shelf = {offering.id: offering for offering in offerings}
        drafts = await self._live_quoting() if is_renewed(offerings, live.offerings_hash) else []
        quoting = {}
        for draft in drafts:
            with suppress(StaffError):  # what it quotes is gone: the watch tells the operator
                quoting[draft.id] = filled_article(draft, shelf)
        self._shelf, self._quoting, self._seen = shelf, quoting, (offerings, live.id)

    def renewed(self, article: Article, is_live: bool = True) -> Article:
        """Return an article as it reads now; `is_live` says whether it is the live release's."""
        if article.source == "offering":
            return self._made_anew(article)
        now = self._quoting.get(article.id) if is_live else None
        if now is None:
            return article
        return replace(
            article,
            answer=now.answer,
            channels=now.channels,
            regions=now.regions,
            link=now.link,
            image=now.image,
            card=now.card,
        )

    def _made_anew(self, article: Article) -> Article:
        offering = self._shelf.get(article.offerings[0]) if article.offerings else None
        made = articles_of(offering, self._clock.now()) if offering is not None else ()
        now = next((each for each in made if each.id == article.id), None)
        return article if now is None else replace(article, title=now.title, answer=now.answer)

    async def _live_quoting(self) -> list[ArticleDraft]:
        newest = (_R.article_id == _A.id) & (_R.number == _A.live)
        query = select(_R.content).join(articles, newest).where(cast(_R.content, Text).like(_QUOTING))

        def read(connection: Connection) -> list[ArticleDraft]:
            return [stored(row.content) for row in connection.execute(query)]

        async with self._db.read() as connection:
            return await connection.run_sync(read)
