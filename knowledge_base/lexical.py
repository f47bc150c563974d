"""Lexical search: BM25 over grams, of single questions and of whole articles."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge_base.grams import grams
from knowledge_base.thesaurus import Thesaurus

Scores = NDArray[np.float32]

_K1, _B = (
    1.2,
    0.6,
)  # BM25: how soon repeats stop counting, how much length counts (Robertson and Zaragoza, 2009)


@dataclass(frozen=True, slots=True)
class Postings:
    """A gram-by-row matrix of BM25 weights with its vocabulary; a gram's rows lie side by side."""

    vocabulary: dict[str, int]
    idf: Scores
    matrix: sparse.csr_array  # (grams, rows)

    def scores(self, counts: Counter[str]) -> Scores:
        """Return one score for each row, as a share of what the question's own grams could reach."""
        known = [self.vocabulary[gram] for gram in counts if gram in self.vocabulary]
        rows = self.matrix.shape[1]
        if not known:
            return np.zeros(rows, dtype=np.float32)
        bounds = self.matrix.indptr
        parts = [slice(bounds[gram], bounds[gram + 1]) for gram in known]
        hits = np.concatenate([self.matrix.indices[part] for part in parts])
        weights = np.concatenate([self.matrix.data[part] for part in parts])
        summed = np.bincount(hits, weights=weights, minlength=rows)
        unknown = len(counts) - len(known)
        reach = float(self.idf[known].sum()) + unknown * float(self.idf.max())
        return (summed / reach).astype(np.float32)


def index_rows(texts: Iterable[Counter[str]], b: float = _B) -> Postings:
    """Weigh the grams of each row by BM25."""
    bags = list(texts)
    frequency = Counter(gram for bag in bags for gram in bag)
    vocabulary = {gram: position for position, gram in enumerate(frequency)}
    idf = np.array([math.log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for n in frequency.values()])
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / max(len(lengths), 1)
    entries = [
        (vocabulary[gram], row, idf[vocabulary[gram]] * count * (_K1 + 1) / (count + _K1 * (1 - b + b * length / mean)))
        for row, (bag, length) in enumerate(zip(bags, lengths, strict=True))
        for gram, count in bag.items()
    ]  # fmt: skip
    grams_of, rows_of, values = zip(*entries, strict=True)
    shape = (len(vocabulary), len(bags))
    matrix = sparse.csr_array((np.array(values, dtype=np.float32), (grams_of, rows_of)), shape=shape)
    return Postings(vocabulary, idf.astype(np.float32), matrix)


class Lexicon:
    """Scores every question row and every article of the corpus for a text."""

    def __init__(self, thesaurus: Thesaurus, questions: Postings, articles: Postings) -> None:
        self._thesaurus = thesaurus
        self._questions = questions
        self._articles = articles

    @classmethod
    def build(cls, thesaurus: Thesaurus, questions: Sequence[str], articles: Sequence[str]) -> Lexicon:
        """Index question rows and whole articles (title, questions and answer as one text)."""
        single = [Counter(grams(text, thesaurus)) for text in questions]
        whole = [_bag_of_lines(text, thesaurus) for text in articles]
        return cls(thesaurus, index_rows(single), index_rows(whole))

    def scores(self, text: str) -> tuple[Scores, Scores]:
        """Return scores of the question rows and of the articles, each between 0 and about 2."""
        counts = Counter(grams(text, self._thesaurus))
        return self._questions.scores(counts), self._articles.scores(counts)

    def save(self, folder: Path) -> None:
        """Write both matrices; the thesaurus is saved elsewhere."""
        for name, postings in (("questions", self._questions), ("articles", self._articles)):
            sparse.save_npz(folder / f"lexical-{name}.npz", postings.matrix)
            np.save(folder / f"lexical-{name}-idf.npy", postings.idf)
            _write_json(folder / f"lexical-{name}.json", list(postings.vocabulary))

    @classmethod
    def open(cls, folder: Path, thesaurus: Thesaurus) -> Lexicon:
        """Read what `save` wrote."""
        found = []
        for name in ("questions", "articles"):
            words = json.loads((folder / f"lexical-{name}.json").read_text(encoding="utf-8"))
            vocabulary = {gram: position for position, gram in enumerate(words)}
            matrix = sparse.csr_array(sparse.load_npz(folder / f"lexical-{name}.npz"))
            found.append(Postings(vocabulary, np.load(folder / f"lexical-{name}-idf.npy"), matrix))
        return cls(thesaurus, *found)


def _bag_of_lines(text: str, thesaurus: Thesaurus) -> Counter[str]:
    return Counter(gram for line in text.split("\n") for gram in grams(line, thesaurus))


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
