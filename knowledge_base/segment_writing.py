"""Write a part of a knowledge base: encode, weigh and index articles into a new folder (`knowledge_base/segment.py` reads it)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from knowledge_base.articles import Article
from knowledge_base.corpus import answer_text, questions_of, save_corpus, whole_text
from knowledge_base.encoder import Encoder, Matrix
from knowledge_base.exact import exact_key, exact_number
from knowledge_base.index import VectorIndex
from knowledge_base.lexical import Counted, Positions, Postings, bag_of, bag_of_lines, count, weighing_of
from knowledge_base.segment import INDEX, VECTORS, Weighings
from knowledge_base.thesaurus import Thesaurus

_BATCH = 20_000  # texts encoded at a time
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
    questions = [questions_of(article) for article in articles]
    starts = np.concatenate([[0], np.cumsum([len(texts) for texts in questions])]).astype(np.int64)
    np.save(folder / "starts.npy", starts)
    vectors = _vectors(articles, questions, encoder, known)
    np.save(folder / VECTORS, vectors.astype(np.float16))
    VectorIndex.build(vectors).save(folder / INDEX)
    np.save(folder / "profiles.npy", _profiles(vectors, starts))
    del vectors
    answers = _encoded((answer_text(article) for article in articles), len(articles), encoder)
    np.save(folder / "answers.npy", answers)
    asked = count(bag_of(text, thesaurus) for texts in questions for text in texts)
    whole = count(bag_of_lines(whole_text(article), thesaurus) for article in articles)
    weighings = weighings or Weighings(weighing_of(asked), weighing_of(whole))
    _save_postings(folder, asked, whole, weighings)
    _save_exact(folder, questions)
    np.save(folder / "generated.npy", np.array([a.source == "offering" for a in articles], dtype=bool))
    (folder / "named.json").write_text(json.dumps(_named(articles)), encoding="utf-8")
    return weighings


def _save_postings(folder: Path, asked: Counted, whole: Counted, weighings: Weighings) -> None:
    Postings.build(asked, weighings.questions).save(folder, "questions")
    Postings.build(whole, weighings.articles).save(folder, "articles")


def _vectors(
    articles: Sequence[Article],
    questions: Sequence[Sequence[str]],
    encoder: Encoder,
    known: KnownVectors | None,
) -> Matrix:
    """Return the vectors of all rows, (rows, d), encoding only what is not known."""
    given = [known(article) if known is not None else None for article in articles]
    fresh = [
        text for texts, vectors in zip(questions, given, strict=True) if vectors is None for text in texts
    ]
    encoded = iter(_encoded(iter(fresh), len(fresh), encoder))
    parts = [
        np.array(list(islice(encoded, len(texts))), dtype=np.float32) if vectors is None else vectors
        for texts, vectors in zip(questions, given, strict=True)
    ]
    return np.concatenate(parts) if parts else np.empty((0, encoder.dimension), dtype=np.float32)


def _encoded(texts: Iterator[str], total: int, encoder: Encoder) -> Matrix:
    """Encode in batches, (total, d)."""
    rows = np.empty((total, encoder.dimension), dtype=np.float32)
    for start in range(0, total, _BATCH):
        batch = list(islice(texts, _BATCH))
        rows[start : start + len(batch)] = encoder.encode(batch)
    return rows


def _profiles(vectors: Matrix, starts: Positions) -> Matrix:
    """Return each article's mean question, (articles, d) unit rows."""
    if len(starts) == 1:
        return vectors[:0]
    summed: Matrix = np.add.reduceat(vectors, starts[:-1], axis=0)
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    profiles: Matrix = summed / np.maximum(lengths, 1e-9)
    return profiles


def _save_exact(folder: Path, questions: Sequence[Sequence[str]]) -> None:
    pairs = [(exact_number(exact_key(text)), n) for n, texts in enumerate(questions) for text in texts]
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
