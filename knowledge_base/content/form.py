"""Content as plain values: how it is stored and sent, and what is wrong with what somebody sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.errors import StaffError
from core.ids import ArticleId, OfferingId
from core.offering import Offering
from knowledge_base.articles import Article, Card, Image, Link, filled
from knowledge_base.content.checks import ContentInvalid, Problem, checked
from knowledge_base.content.model import ArticleDraft


def written(draft: ArticleDraft) -> dict[str, Any]:
    """Write a draft as plain values, every key present."""
    return {
        "id": str(draft.id),
        "title": draft.title,
        "category": draft.category,
        "questions": list(draft.questions),
        "held_out": list(draft.held_out),
        "answer": draft.answer,
        "channels": dict(draft.channels),
        "regions": dict(draft.regions),
        "link": {"title": draft.link.title, "url": draft.link.url} if draft.link else None,
        "image": {"url": draft.image.url, "alt": draft.image.alt} if draft.image else None,
        "card": {"title": draft.card.title, "rows": [list(row) for row in draft.card.rows]} if draft.card else None,
        "offerings": [str(item) for item in draft.offerings],
        "followups": [str(item) for item in draft.followups],
        "valid_from": draft.valid_from.isoformat() if draft.valid_from else None,
        "valid_to": draft.valid_to.isoformat() if draft.valid_to else None,
    }  # fmt: skip


def stored(entry: Mapping[str, Any]) -> ArticleDraft:
    """Read what `written` wrote."""
    link, image, card = entry["link"], entry["image"], entry["card"]
    return ArticleDraft(
        id=ArticleId(entry["id"]),
        title=entry["title"],
        category=entry["category"],
        questions=tuple(entry["questions"]),
        answer=entry["answer"],
        held_out=tuple(entry["held_out"]),
        channels=entry["channels"],
        regions=entry["regions"],
        link=Link(link["title"], link["url"]) if link else None,
        image=Image(image["url"], image["alt"]) if image else None,
        card=Card(card["title"], tuple((label, value) for label, value in card["rows"])) if card else None,
        offerings=tuple(OfferingId(item) for item in entry["offerings"]),
        followups=tuple(ArticleId(item) for item in entry["followups"]),
        valid_from=date.fromisoformat(entry["valid_from"]) if entry["valid_from"] else None,
        valid_to=date.fromisoformat(entry["valid_to"]) if entry["valid_to"] else None,
    )


def draft_of(article: Article) -> ArticleDraft:
    """Return an article from YAML as a draft."""
    return ArticleDraft(
        **{name: getattr(article, name) for name in ArticleDraft.__dataclass_fields__},
    )


def article_of(draft: ArticleDraft) -> Article:
    """Return a draft as the article a release is built from, placeholders not yet filled."""
    return Article(**{name: getattr(draft, name) for name in ArticleDraft.__dataclass_fields__})


def filled_article(draft: ArticleDraft, catalogue: Mapping[OfferingId, Offering]) -> Article:
    """Return a draft as an article with its placeholders filled in; raise StaffError naming the one that cannot be."""
    try:
        return filled(article_of(draft), catalogue)
    except StaffError as error:
        named = {"article": draft.title, "placeholder": error.fields["written"]}
        detail = f"{draft.id}: {error.detail}"
        if error.fields["fault"] == "offering":
            raise StaffError("article.placeholder_offering", detail, **named) from error
        if error.fields["fault"] == "field":
            raise StaffError("article.placeholder_field", detail, **named) from error
        raise StaffError("article.placeholder_open", detail, **named) from error


def read(entry: Mapping[str, Any], article_id: str | None = None) -> ArticleDraft:
    """Read what a page sends; raise ContentInvalid with everything that is wrong."""
    reader = _Reader(entry)
    draft = ArticleDraft(
        id=ArticleId(article_id if article_id is not None else reader.text("id")),
        title=reader.text("title"),
        category=reader.text("category"),
        questions=reader.questions("questions"),
        answer=reader.text("answer"),
        held_out=reader.questions("held_out"),
        channels=reader.variants("channels"),
        regions=reader.variants("regions"),
        link=reader.link(),
        image=reader.image(),
        card=reader.card(),
        offerings=tuple(OfferingId(item) for item in reader.texts("offerings")),
        followups=tuple(ArticleId(item) for item in reader.texts("followups")),
        valid_from=reader.day("valid_from"),
        valid_to=reader.day("valid_to"),
    )
    if reader.problems:
        raise ContentInvalid(reader.problems)
    return checked(draft)


class _Reader:
    """Reads typed values out of a JSON object, noting what is not of its type."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self._entry = entry
        self.problems: list[Problem] = []

    def text(self, field: str) -> str:
        value = self._entry.get(field)
        if value is None:
            self.problems.append(Problem(field, "missing"))
            return ""
        return self._string(value, field)

    def texts(self, field: str) -> tuple[str, ...]:
        value = self._entry.get(field) or []
        if not isinstance(value, list):
            self.problems.append(Problem(field, "type"))
            return ()
        return tuple(self._string(item, field) for item in value)

    def questions(self, field: str) -> tuple[str, ...]:
        return tuple(text for text in self.texts(field) if text.strip())

    def variants(self, field: str) -> Mapping[str, str]:
        found = self._mapping(self._entry.get(field) or {}, field)
        return {
            str(name): self._string(text, field) for name, text in found.items() if text not in (None, "")
        }

    def link(self) -> Link | None:
        entry = self._shown("link")
        return (
            Link(self._string(entry.get("title"), "link"), self._string(entry.get("url"), "link"))
            if entry
            else None
        )

    def image(self) -> Image | None:
        entry = self._shown("image")
        return (
            Image(self._string(entry.get("url"), "image"), self._string(entry.get("alt"), "image"))
            if entry
            else None
        )

    def card(self) -> Card | None:
        entry = self._shown("card")
        if not entry:
            return None
        rows = entry.get("rows")
        if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
            self.problems.append(Problem("card", "type"))
            return None
        cells = tuple((self._string(row[0], "card"), self._string(row[1], "card")) for row in rows)
        return Card(self._string(entry.get("title"), "card"), cells)

    def day(self, field: str) -> date | None:
        value = self._entry.get(field)
        if value in (None, ""):
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.problems.append(Problem(field, "day"))
            return None

    def _shown(self, field: str) -> Mapping[str, Any]:
        return self._mapping(self._entry.get(field) or {}, field)

    def _mapping(self, value: Any, field: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.problems.append(Problem(field, "type"))
            return {}
        return value

    def _string(self, value: Any, field: str) -> str:
        if not isinstance(value, str):
            self.problems.append(Problem(field, "type"))
            return ""
        return value
