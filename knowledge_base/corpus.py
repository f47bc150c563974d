"""Everything the retriever knows: written articles and those generated from offerings, and their rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.ids import ArticleId, OfferingId
from core.offering import Offering
from knowledge_base.articles import Article, card_of, check_articles, image_of, link_of, load_articles

Owners = NDArray[np.int64]  # for each row, the position of its article


def load_corpus(folder: Path, offerings: Iterable[Offering], at: datetime) -> tuple[Article, ...]:
    """Read the written articles and add those of every offering, as they stand at `at`."""
    from knowledge_base.offering_articles import articles_of

    catalogue = tuple(offerings)
    written = load_articles(folder, catalogue)
    generated = tuple(article for offering in catalogue for article in articles_of(offering, at))
    check_articles((*written, *generated))
    return (*written, *generated)


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts that are compared with a question, and whose they are."""

    texts: tuple[str, ...]
    owners: Owners


def question_rows(articles: Sequence[Article]) -> Rows:
    """Return titles and similar questions; never those held out."""
    pairs = [(text, n) for n, a in enumerate(articles) for text in dict.fromkeys((a.title, *a.questions))]
    return Rows(tuple(text for text, _ in pairs), np.array([n for _, n in pairs], dtype=np.int64))


def answer_rows(articles: Sequence[Article]) -> Rows:
    """Return title and answer of each article as one text: its words may be the customer's too."""
    texts = tuple(f"{article.title}\n{article.answer}" for article in articles)
    return Rows(texts, np.arange(len(articles), dtype=np.int64))


def whole_texts(articles: Sequence[Article]) -> tuple[str, ...]:
    """Return title, similar questions and answer of each article as one text, a line each."""
    return tuple("\n".join((a.title, *a.questions, a.answer)) for a in articles)


def save_corpus(articles: Sequence[Article], path: Path) -> None:
    """Write the articles as one JSON file, without the questions held out."""
    entries = [{**asdict(article), "held_out": ()} for article in articles]
    path.write_text(json.dumps(entries, ensure_ascii=False, default=date.isoformat), encoding="utf-8")


def read_corpus(path: Path) -> tuple[Article, ...]:
    """Read what `save_corpus` wrote."""
    return tuple(_article(entry) for entry in json.loads(path.read_text(encoding="utf-8")))


def _article(entry: dict[str, Any]) -> Article:
    days = {key: entry[key] and date.fromisoformat(entry[key]) for key in ("valid_from", "valid_to")}
    lists = {key: tuple(entry[key]) for key in ("questions", "held_out")}
    offerings = tuple(OfferingId(item) for item in entry["offerings"])
    followups = tuple(ArticleId(item) for item in entry["followups"])
    shown = {
        "link": link_of(entry.get("link"), "corpus"),
        "image": image_of(entry.get("image"), "corpus"),
        "card": card_of(entry.get("card"), "corpus"),
    }
    return Article(**{**entry, **days, **lists, **shown, "offerings": offerings, "followups": followups})
