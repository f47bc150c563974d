"""How an article is shown: its words, and a card where it has a table, a picture or a link."""

from __future__ import annotations

from typing import Any

from knowledge_base.articles import Article


def full_text(article: Article, text: str) -> str:
    """Return an answer with what its card holds as lines of plain text, for whoever shows no cards."""
    lines = [text]
    if article.card is not None:
        lines += [f"{label}：{value}" for label, value in article.card.rows]
    if article.link is not None:
        lines.append(f"{article.link.title}：{article.link.url}")
    return "\n".join(lines)


def article_card(article: Article, text: str) -> dict[str, Any] | None:
    """Return the card of an answer; None where plain text says it all."""
    if article.card is None and article.image is None and article.link is None:
        return None
    found: dict[str, Any] = {"type": "article", "lead": text}
    if article.card is not None:
        found["title"] = article.card.title
        found["rows"] = [{"label": label, "value": value} for label, value in article.card.rows]
    if article.image is not None:
        found["image"] = {"url": article.image.url, "alt": article.image.alt}
    if article.link is not None:
        found["link"] = {"title": article.link.title, "url": article.link.url}
    return found
