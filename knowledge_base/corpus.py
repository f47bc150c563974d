"""Everything the retriever knows: written articles and those generated from offerings, and their rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from core.ids import ArticleId, OfferingId
from core.offering import Offering
from knowledge_base.article_files import card_of, image_of, link_of, load_articles
from knowledge_base.articles import Article, check_articles

Owners = NDArray[np.int64]  # for each row, the position of its article

_LINES, _OFFSETS, _IDS = "articles.jsonl", "articles-offsets.npy", "articles-ids.json"
_REMEMBERED = 4096  # articles kept as objects


def load_corpus(folder: Path, offerings: Iterable[Offering], at: datetime) -> tuple[Article, ...]:
    """Read the written articles and add those of every offering, as they stand at `at`."""
    catalogue = tuple(offerings)
    written = load_articles(folder, catalogue)
    generated = generated_articles(catalogue, at)
    check_articles((*written, *generated))
    return (*written, *generated)


def generated_articles(offerings: Iterable[Offering], at: datetime) -> tuple[Article, ...]:
    """Return the articles of every offering, as they stand at `at`."""
    from knowledge_base.offering_articles import articles_of

    return tuple(article for offering in offerings for article in articles_of(offering, at))


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts that are compared with a question, and whose they are."""

    texts: tuple[str, ...]
    owners: Owners


def questions_of(article: Article) -> tuple[str, ...]:
    """Return an article's rows: its title and similar questions, each once; never those held out."""
    return tuple(dict.fromkeys((article.title, *article.questions)))


def question_rows(articles: Sequence[Article]) -> Rows:
    """Return the rows of all articles."""
    pairs = [(text, n) for n, article in enumerate(articles) for text in questions_of(article)]
    return Rows(tuple(text for text, _ in pairs), np.array([n for _, n in pairs], dtype=np.int64))


def answer_text(article: Article) -> str:
    """Return title and answer as one text: its words may be the customer's too."""
    return f"{article.title}\n{article.answer}"


def answer_rows(articles: Sequence[Article]) -> Rows:
    """Return title and answer of each article as one text."""
    return Rows(tuple(map(answer_text, articles)), np.arange(len(articles), dtype=np.int64))


def whole_text(article: Article) -> str:
    """Return title, similar questions and answer as one text, a line each."""
    return "\n".join((article.title, *article.questions, article.answer))


class StoredArticles(Sequence[Article]):
    """Articles in a file, one JSON object a line, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._lines = np.memmap(folder / _LINES, dtype=np.uint8, mode="r")
        self._offsets = np.load(folder / _OFFSETS)
        self.ids: tuple[str, ...] = tuple(json.loads((folder / _IDS).read_text(encoding="utf-8")))
        self.position = {article_id: n for n, article_id in enumerate(self.ids)}
        self._read = lru_cache(_REMEMBERED)(self._parse)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, position: int) -> Article: ...

    @overload
    def __getitem__(self, position: slice) -> Sequence[Article]: ...

    def __getitem__(self, position: int | slice) -> Article | Sequence[Article]:
        if isinstance(position, slice):
            return [self._read(n) for n in range(*position.indices(len(self)))]
        return self._read(range(len(self))[position])

    def __iter__(self) -> Iterator[Article]:
        return (self._parse(n) for n in range(len(self)))

    def _parse(self, position: int) -> Article:
        line = self._lines[self._offsets[position] : self._offsets[position + 1]].tobytes()
        return _article(json.loads(line))


def save_corpus(articles: Iterable[Article], folder: Path) -> None:
    """Write the articles for `StoredArticles`, without the questions held out."""
    offsets, ids = [0], []
    with (folder / _LINES).open("wb") as output:
        for article in articles:
            entry = {**asdict(article), "held_out": ()}
            offsets.append(offsets[-1] + output.write(_line(entry)))
            ids.append(article.id)
    np.save(folder / _OFFSETS, np.array(offsets, dtype=np.int64))
    (folder / _IDS).write_text(json.dumps(ids), encoding="utf-8")


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, default=date.isoformat).encode() + b"\n"


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
