"""How an article is shown: its words, a card where it has a table, a picture or a link, and what may be asked next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from knowledge_base.articles import Article

_FOLLOWUPS = 2  # buttons below an answer


def onward(article: Article, find: Callable[[str], Article | None], at: datetime) -> list[Article]:
    """Return the first articles that follow one and that customers can get at `at`."""
    followups = (find(item) for item in article.followups)
    return list(islice((each for each in followups if each is not None and each.is_valid(at)), _FOLLOWUPS))


def full_text(article: Article, text: str) -> str:
    """Return an answer with what its card holds as lines of plain text, for whoever shows no cards."""
    lines = [text]
    if article.card is not None:
        lines += [article.card.title, *(f"{label}：{value}" for label, value in article.card.rows)]
    if article.image is not None:
        lines.append(f"{article.image.alt}：{article.image.url}")
    if article.link is not None:
        lines.append(f"{article.link.title}：{article.link.url}")
    return one_message("\n".join(lines))


def one_message(text: str) -> str:
    """Close blank lines: Rasa's channels part a text at them."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def article_card(article: Article, text: str) -> dict[str, Any] | None:
    """Return the card of an answer; None where plain text says it all."""
    if article.card is None and article.image is None and article.link is None:
        return None
    found: dict[str, Any] = {"type": "article", "lead": one_message(text)}
    if article.card is not None:
        found["title"] = article.card.title
        found["rows"] = [{"label": label, "value": value} for label, value in article.card.rows]
    if article.image is not None:
        found["image"] = {"url": article.image.url, "alt": article.image.alt}
    if article.link is not None:
        found["link"] = {"title": article.link.title, "url": article.link.url}
    return found
