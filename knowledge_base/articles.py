"""Articles: what the bot can answer, as values, and what must hold of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from core.clock import CHINA
from core.errors import StaffError
from core.ids import ArticleId, OfferingId
from core.offering import Offering
from core.text import normalise
from knowledge_base.placeholders import render

CHANNELS = frozenset({"web", "wechat", "rest"})
MOST_QUESTIONS = 200
Source = Literal["article", "offering"]


@dataclass(frozen=True, slots=True)
class Link:
    """Where more is said: an http or https address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its http or https address, and what it shows in words."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Card:
    """A small table shown with the answer."""

    title: str
    rows: tuple[tuple[str, str], ...]  # (label, value)


@dataclass(frozen=True, slots=True)
class Article:
    """One thing the bot can say, and how customers ask for it."""

    id: ArticleId
    category: str
    title: str
    questions: tuple[str, ...]
    answer: str
    held_out: tuple[str, ...] = ()  # similar questions kept out of training and of the index
    channels: Mapping[str, str] = field(
        default_factory=dict, hash=False
    )  # channel -> answer, where it differs
    regions: Mapping[str, str] = field(
        default_factory=dict, hash=False
    )  # region -> answer, where what holds there differs
    link: Link | None = None
    image: Image | None = None
    card: Card | None = None
    offerings: tuple[OfferingId, ...] = ()
    valid_from: date | None = None  # first day, China time
    valid_to: date | None = None  # last day, China time
    followups: tuple[ArticleId, ...] = ()
    source: Source = "article"

    def answer_for(self, channel: str, region: str = "") -> str:
        """Return the answer for a customer's region, else in the wording of a channel.

        The region comes first: there something else holds, while a channel only words the same differently. Billing may
        say more of it than the article does: what is written for 广东 holds for 广东省 and for 广东省广州市.
        """
        around = [name for name in self.regions if region.startswith(name)]
        if around:
            return self.regions[max(around, key=len)]
        return self.channels.get(channel, self.answer)

    def is_valid(self, at: datetime) -> bool:
        """Say whether the article may be shown at `at` (aware)."""
        day = at.astimezone(CHINA).date()
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_to is None or day <= self.valid_to)


def check_articles(articles: Sequence[Article]) -> None:
    """Check what one file cannot know: ids, titles and questions are unique, follow-ups exist."""
    ids: set[str] = set()
    asked: dict[str, ArticleId] = {}
    for article in articles:
        if article.id in ids:
            raise StaffError("knowledge.invalid", f"{article.id}: the id is used twice")
        ids.add(article.id)
        for text in (article.title, *article.questions, *article.held_out):
            owner = asked.setdefault(normalise(text), article.id)
            if owner != article.id:
                raise StaffError("knowledge.invalid", f"{article.id}: {owner} asks the same: {text}")
    for article in articles:
        for followup in article.followups:
            if followup not in ids:
                raise StaffError("knowledge.invalid", f"{article.id}: follow-up {followup} does not exist")


def one_line(question: str) -> str:
    """Return a similar question on one line: lines and cells are where the next one begins."""
    return " ".join(part.strip() for part in question.splitlines() if part.strip())


def is_address(url: str) -> bool:
    """Say whether a text is a complete http or https address."""
    if not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def filled(article: Article, catalogue: Mapping[OfferingId, Offering]) -> Article:
    """Fill the placeholders of everything a customer reads but the title; raises StaffError("knowledge.placeholder")."""
    if not any("{{" in text for text in texts_of(article)):
        return article

    def fill(text: str) -> str:
        return render(text, catalogue)

    link, image, card = article.link, article.image, article.card
    return replace(
        article,
        answer=fill(article.answer),
        channels={name: fill(text) for name, text in article.channels.items()},
        regions={name: fill(text) for name, text in article.regions.items()},
        link=replace(link, title=fill(link.title)) if link else None,
        image=replace(image, alt=fill(image.alt)) if image else None,
        card=Card(fill(card.title), tuple((fill(label), fill(value)) for label, value in card.rows))
        if card
        else None,
    )


class Worded(Protocol):
    """An article or a draft of one."""

    @property
    def answer(self) -> str: ...

    @property
    def channels(self) -> Mapping[str, str]: ...

    @property
    def regions(self) -> Mapping[str, str]: ...

    @property
    def link(self) -> Link | None: ...

    @property
    def image(self) -> Image | None: ...

    @property
    def card(self) -> Card | None: ...


def texts_of(article: Worded) -> tuple[str, ...]:
    """Return every text of an article that may hold a placeholder."""
    link, image, card = article.link, article.image, article.card
    return (
        article.answer,
        *article.channels.values(),
        *article.regions.values(),
        *((link.title,) if link else ()),
        *((image.alt,) if image else ()),
        *((card.title, *(cell for row in card.rows for cell in row)) if card else ()),
    )
