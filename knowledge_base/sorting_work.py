"""What a child process does for the unknown questions: nothing here runs on the service's loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.text import normalise
from knowledge_base.grouping import Grouping, group, matching
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Retriever


@dataclass(frozen=True, slots=True)
class Watch:
    """Texts that may be like a group's examples; `target` should hold some of the phrases once it is live."""

    target: str
    phrases: tuple[str, ...]
    examples: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """What came of it."""

    grouping: Grouping
    nearest: tuple[tuple[str, float], ...]  # of each new group: article, likeness of its nearest question
    alike: tuple[tuple[bool, ...], ...]  # of each watch, which texts are like its group
    is_live: tuple[bool, ...]  # of each watch


def sort(
    folder: Path,
    known: Sequence[Sequence[str]],
    texts: Sequence[str],
    customers: Sequence[int],
    watches: Sequence[Watch],
) -> Sorted:
    """Group texts, each asked by so many customers, name the nearest article of each new group, and look at the watched ones."""
    retriever = open_retriever(folder)
    encoder = retriever.matcher.encoder
    grouping = group(encoder, known, texts, customers)
    return Sorted(
        grouping=grouping,
        nearest=tuple(_nearest(retriever, texts[middle]) for middle in grouping.middles),
        alike=tuple(tuple(matching(encoder, watch.examples, watch.texts)) for watch in watches),
        is_live=tuple(_is_live(retriever, watch) for watch in watches),
    )


def _nearest(retriever: Retriever, text: str) -> tuple[str, float]:
    hits = retriever.search(text, 1)
    return (str(hits[0].article.id), hits[0].dense) if hits else ("", 0.0)


def _is_live(retriever: Retriever, watch: Watch) -> bool:
    """Say whether customers get what was added: any phrase of it, for an editor may have changed or dropped others."""
    article = retriever.article(watch.target)
    if article is None:
        return False
    published = {normalise(text) for text in (article.title, *article.questions)}
    return not published.isdisjoint(map(normalise, watch.phrases))
