"""Articles: what the bot can answer, read from reviewed YAML and checked before anything is built from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import yaml

from core.clock import CHINA
from core.errors import StaffError
from core.ids import ArticleId, OfferingId
from core.offering import Offering
from core.text import normalise
from knowledge_base.placeholders import render

CHANNELS = frozenset({"web", "wechat", "rest"})
Source = Literal["article", "offering"]

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = frozenset(
    {"id", "title", "questions", "held_out", "answer", "channels", "offerings", "valid_from", "valid_to", "followups"}
)  # fmt: skip


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
    offerings: tuple[OfferingId, ...] = ()
    valid_from: date | None = None  # first day, China time
    valid_to: date | None = None  # last day, China time
    followups: tuple[ArticleId, ...] = ()
    source: Source = "article"

    def answer_for(self, channel: str) -> str:
        """Return the answer in the wording of a channel."""
        return self.channels.get(channel, self.answer)

    def is_valid(self, at: datetime) -> bool:
        """Say whether the article may be shown at `at` (aware)."""
        day = at.astimezone(CHINA).date()
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_to is None or day <= self.valid_to)


def load_articles(folder: Path, offerings: Iterable[Offering] = ()) -> tuple[Article, ...]:
    """Read every ``*.yml`` of a folder, in order of file name, with placeholders rendered from the offerings.

    Raises StaffError ``knowledge.invalid`` naming file, article and reason.
    """
    catalogue = {offering.id: offering for offering in offerings}
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise StaffError("knowledge.invalid", f"no article file (*.yml) in {folder}")
    articles: list[Article] = []
    for path in files:
        for entry in _entries(path):
            articles.append(_rendered(_article(path, entry), path, catalogue))
    check_articles(articles)
    return tuple(articles)


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


def _entries(path: Path) -> list[dict[str, object]]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StaffError("knowledge.invalid", f"{path.name}: not YAML: {error}") from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("category"), str):
        raise StaffError("knowledge.invalid", f"{path.name}: `category` is missing")
    entries = loaded.get("articles")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise StaffError("knowledge.invalid", f"{path.name}: `articles` must be a list of articles")
    return [{**entry, "category": loaded["category"]} for entry in entries]


def _article(path: Path, entry: dict[str, object]) -> Article:
    where = f"{path.name}, article {entry.get('id', '(without id)')}"
    if unknown := set(entry) - _KEYS - {"category"}:
        raise StaffError("knowledge.invalid", f"{where}: unknown keys {', '.join(sorted(map(str, unknown)))}")
    article_id = _text(entry, "id", where)
    if not _ID.fullmatch(article_id):
        raise StaffError("knowledge.invalid", f"{where}: the id must be small letters, digits and dashes")
    questions = _texts(entry, "questions", where)
    if not questions:
        raise StaffError("knowledge.invalid", f"{where}: `questions` is empty")
    return Article(
        id=ArticleId(article_id),
        category=_text(entry, "category", where),
        title=_text(entry, "title", where),
        questions=questions,
        held_out=_texts(entry, "held_out", where),
        answer=_text(entry, "answer", where),
        channels=_channels(entry, where),
        offerings=tuple(OfferingId(item) for item in _texts(entry, "offerings", where)),
        valid_from=_day(entry, "valid_from", where),
        valid_to=_day(entry, "valid_to", where),
        followups=tuple(ArticleId(item) for item in _texts(entry, "followups", where)),
    )


def _text(entry: dict[str, object], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise StaffError("knowledge.invalid", f"{where}: `{key}` must be text, found {value!r}")
    return value.strip()


def _texts(entry: dict[str, object], key: str, where: str) -> tuple[str, ...]:
    values = entry.get(key) or []
    if not isinstance(values, list):
        raise StaffError("knowledge.invalid", f"{where}: `{key}` must be a list")
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise StaffError("knowledge.invalid", f"{where}: `{key}` holds {value!r}; put quotes around it")
    return tuple(dict.fromkeys(value.strip() for value in values))


def _day(entry: dict[str, object], key: str, where: str) -> date | None:
    value = entry.get(key)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    raise StaffError(
        "knowledge.invalid", f"{where}: `{key}` must be a day such as 2026-12-31, found {value!r}"
    )


def _channels(entry: dict[str, object], where: str) -> Mapping[str, str]:
    channels = entry.get("channels") or {}
    if not isinstance(channels, dict):
        raise StaffError("knowledge.invalid", f"{where}: `channels` must map a channel to its answer")
    if unknown := set(channels) - CHANNELS:
        raise StaffError("knowledge.invalid", f"{where}: unknown channel {', '.join(map(str, unknown))}")
    return {channel: _text(channels, channel, where) for channel in channels}


def _rendered(article: Article, path: Path, catalogue: Mapping[OfferingId, Offering]) -> Article:
    where = f"{path.name}, article {article.id}"
    if unknown := [item for item in article.offerings if item not in catalogue]:
        raise StaffError("knowledge.invalid", f"{where}: no such offering: {', '.join(unknown)}")
    texts = (article.answer, *article.channels.values())
    if not any("{{" in text for text in texts):
        return article

    try:
        answer, *variants = (render(text, catalogue) for text in texts)
    except StaffError as error:
        raise StaffError("knowledge.invalid", f"{where}: {error.detail}") from error
    return replace(article, answer=answer, channels=dict(zip(article.channels, variants, strict=True)))
