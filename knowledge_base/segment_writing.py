"""Write a part of a knowledge base: encode, weigh and index articles into a new folder (`knowledge_base/segment.py` reads it)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles import Article
from knowledge_base.asking import Weighings
from knowledge_base.corpus import answer_text, questions_of, save_corpus, whole_text
from knowledge_base.encoder import Encoder, Matrix
from knowledge_base.exact import exact_key, exact_number
from knowledge_base.index import VectorIndex
from knowledge_base.lexical import Counted, Counting, Positions, bag_of, bag_of_lines, weighing_of
from knowledge_base.postings import GramLists, WeighedRows
from knowledge_base.segment import INDEX, VECTORS
from knowledge_base.thesaurus import Thesaurus

_BATCH = 500  # texts encoded at a time; their grams are remembered until they are counted, too
KnownVectors = Callable[[Article], Matrix | None]


def write_segment(
    folder: Path,
    articles: Sequence[Article],
    encoder: Encoder,
    thesaurus: Thesaurus,
    weighings: Weighings | None = None,
    known: KnownVectors | None = None,
) -> Weighings:
    """Write a part into a new folder and return how it weighs words.

    Without `weighings` they are learnt from these articles. `known` gives the vectors of rows that need no encoding.
    """
    folder.mkdir(parents=True)
    save_corpus(articles, folder)
    starts = np.concatenate([[0], np.cumsum([len(questions_of(article)) for article in articles])])
    starts = starts.astype(np.int64)
    np.save(folder / "starts.npy", starts)
    asked, whole = _encode_and_count(folder, articles, starts, encoder, thesaurus, known)
    VectorIndex.build(np.load(folder / VECTORS, mmap_mode="r")).save(folder / INDEX)
    weighings = weighings or Weighings(weighing_of(asked), weighing_of(whole))
    WeighedRows.build(asked, weighings.questions).save(folder, "questions")
    del asked
    texts = WeighedRows.build(whole, weighings.articles)
    texts.save(folder, "articles")
    GramLists.build(texts).save(folder, "articles")
    _save_exact(folder, articles)
    np.save(folder / "generated.npy", np.array([a.source == "offering" for a in articles], dtype=bool))
    (folder / "named.json").write_text(json.dumps(_named(articles)), encoding="utf-8")
    return weighings


def _encode_and_count(
    folder: Path,
    articles: Sequence[Article],
    starts: Positions,
    encoder: Encoder,
    thesaurus: Thesaurus,
    known: KnownVectors | None,
) -> tuple[Counted, Counted]:
    """Write all vectors, and return the grams of the questions and of the whole articles."""
    vectors: NDArray[np.float16] = np.lib.format.open_memmap(
        folder / VECTORS, "w+", np.float16, (int(starts[-1]), encoder.dimension)
    )
    profiles, answers = (np.empty((len(articles), encoder.dimension), dtype=np.float32) for _ in range(2))
    asked, whole = Counting(), Counting()
    for first, end in _batches(starts):
        batch = articles[first:end]
        rows = _vectors(batch, encoder, known)
        vectors[starts[first] : starts[end]] = rows
        profiles[first:end] = _profiles(rows, starts[first:end] - starts[first])
        for article in batch:
            for text in questions_of(article):
                asked.add(bag_of(text, thesaurus))
            whole.add(bag_of_lines(whole_text(article), thesaurus))
        answers[first:end] = encoder.encode([answer_text(article) for article in batch])
    np.save(folder / "profiles.npy", profiles)
    np.save(folder / "answers.npy", answers)
    return asked.counted(), whole.counted()


def _batches(starts: Positions) -> Iterator[tuple[int, int]]:
    """Divide the articles, from one position to another, so that each batch has some `_BATCH` rows."""
    first, count = 0, len(starts) - 1
    while first < count:
        end = int(np.searchsorted(starts, starts[first] + _BATCH, "right")) - 1
        end = min(max(end, first + 1), count)
        yield first, end
        first = end


def _vectors(articles: Sequence[Article], encoder: Encoder, known: KnownVectors | None) -> Matrix:
    """Return the vectors of all rows, (rows, d), encoding only what is not known."""
    given = [known(article) if known is not None else None for article in articles]
    fresh = [
        text
        for article, vectors in zip(articles, given, strict=True)
        if vectors is None
        for text in questions_of(article)
    ]
    encoded, place = encoder.encode(fresh), 0
    parts = []
    for article, vectors in zip(articles, given, strict=True):
        if vectors is None:
            end = place + len(questions_of(article))
            vectors, place = encoded[place:end], end
        parts.append(vectors)
    return np.concatenate(parts)


def _profiles(vectors: Matrix, begins: Positions) -> Matrix:
    """Return each article's mean question, (articles, d) unit rows; its rows begin at `begins`."""
    summed: Matrix = np.add.reduceat(vectors, begins, axis=0)
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    profiles: Matrix = summed / np.maximum(lengths, 1e-9)
    return profiles


def _save_exact(folder: Path, articles: Sequence[Article]) -> None:
    pairs = [
        (exact_number(exact_key(text)), n)
        for n, article in enumerate(articles)
        for text in questions_of(article)
    ]
    keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    owners = np.array([owner for _, owner in pairs], dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    np.save(folder / "exact-keys.npy", keys[order])
    np.save(folder / "exact-owners.npy", owners[order])


def _named(articles: Sequence[Article]) -> dict[str, list[int]]:
    """Return, for each offering's concept, the articles generated from it."""
    found: dict[str, list[int]] = {}
    for position, article in enumerate(articles):
        if article.source == "offering":
            for offering in article.offerings:
                found.setdefault(f"offering:{offering}", []).append(position)
    return found
