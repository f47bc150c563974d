"""Intent classifiers side by side on labelled utterances, and how much more text still helps.

    python -m benchmarks.intents --utterances FILE.jsonl [FILE.jsonl ...] [--curve]

Classifiers alone, without the retriever behind them: character n-grams (with and without the cues of
`bot/engine/cues.py`) under support vectors and logistic regression, the trained encoder's vectors, both joined, and the
classifier that is used. DIET was measured once with Rasa itself (docs/decisions/0013).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from app.evaluate import SMALL_WORDS
from app.paths import DataPaths
from benchmarks.utterances import utterances
from bot.engine.ngrams import features
from bot.engine.training import fit
from core.settings import Settings
from core.spelling import spelled
from core.text import mask, normalise
from knowledge_base.encoder import Encoder, open_encoder
from knowledge_base.files import MODEL

_STRENGTH = 2.0  # as in config.yml
_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
Rows = list[dict[str, Any]]


def _plain(text: str) -> list[str]:
    return [f for f in features(text) if not (f.startswith("<") and f.endswith(">"))]


class Ngrams:
    """TF-IDF of n-gram features."""

    def __init__(self, analyzer: Callable[[str], list[str]]) -> None:
        self._vectorizer = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=2)

    def fit(self, texts: Sequence[str]) -> sp.csr_matrix:
        return self._vectorizer.fit_transform(texts)

    def of(self, texts: Sequence[str]) -> sp.csr_matrix:
        return self._vectorizer.transform(texts)


class Vectors:
    """The trained encoder's vectors."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def fit(self, texts: Sequence[str]) -> sp.csr_matrix:
        return self.of(texts)

    def of(self, texts: Sequence[str]) -> sp.csr_matrix:
        return sp.csr_matrix(self._encoder.encode(texts))


class Joined:
    """Several kinds of features beside each other."""

    def __init__(self, *parts: Any) -> None:
        self._parts = parts

    def fit(self, texts: Sequence[str]) -> sp.csr_matrix:
        return sp.hstack([part.fit(texts) for part in self._parts]).tocsr()

    def of(self, texts: Sequence[str]) -> sp.csr_matrix:
        return sp.hstack([part.of(texts) for part in self._parts]).tocsr()


class Same:
    """The texts themselves, for a classifier that makes its own features."""

    def fit(self, texts: Sequence[str]) -> Sequence[str]:
        return texts

    def of(self, texts: Sequence[str]) -> Sequence[str]:
        return texts


class Used:
    """The assistant's classifier, behind the same two verbs as scikit-learn's."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._fitted = fit(texts, [features(text) for text in texts], labels, _STRENGTH)

    def predict(self, texts: Sequence[str]) -> list[str]:
        chances = [self._fitted.probabilities(text, features(text)) for text in texts]
        return [self._fitted.labels[int(row.argmax())] for row in chances]


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--utterances", nargs="+", required=True, type=Path)
    parser.add_argument("--curve", action="store_true")
    options = parser.parse_args()
    texts, labels = _training()
    measured = [(path.stem, _rows(path)) for path in options.utterances]
    encoder = open_encoder(str(DataPaths(Settings().data_dir).knowledge / MODEL))
    candidates: list[tuple[str, Any, Any]] = [
        ("n-grams, logistic regression", Ngrams(_plain), LogisticRegression(C=10, max_iter=300)),
        ("n-grams, support vectors", Ngrams(_plain), LinearSVC(C=0.5)),
        ("encoder vectors, logistic regression", Vectors(encoder), LogisticRegression(C=10, max_iter=300)),
        ("encoder vectors and n-grams, support vectors", Joined(Vectors(encoder), Ngrams(_plain)), LinearSVC(C=0.5)),
        ("n-grams and cues, support vectors", Ngrams(features), LinearSVC(C=0.5)),
        ("all joined, support vectors", Joined(Vectors(encoder), Ngrams(features)), LinearSVC(C=0.5)),
        ("n-grams, cues and meanings, pairwise (used)", Same(), Used()),
    ]  # fmt: skip
    print(
        "| classifier | "
        + " | ".join(f"{name} strict / lenient" for name, _ in measured)
        + " | ms a text | training s |"
    )
    print("|---|" + "---|" * (len(measured) + 2))
    for name, kind, model in candidates:
        print(_row(name, kind, model, texts, labels, measured), flush=True)
    if options.curve:
        order = list(range(len(texts)))
        random.Random(7).shuffle(order)
        for share in _SHARES:
            chosen = order[: int(len(order) * share)]
            some = [texts[i] for i in chosen], [labels[i] for i in chosen]
            print(_row(f"{len(chosen)} texts", Same(), Used(), *some, measured), flush=True)


def _row(
    name: str,
    kind: Any,
    model: Any,
    texts: Sequence[str],
    labels: Sequence[str],
    measured: Sequence[tuple[str, Rows]],
) -> str:
    began = time.perf_counter()
    model.fit(kind.fit(texts), labels)
    taken, cells, spent, count = time.perf_counter() - began, [], 0.0, 0
    for _, rows in measured:
        asked = [_read(str(row["text"])) for row in rows]
        began = time.perf_counter()
        predicted = [str(model.predict(kind.of([text]))[0]) for text in asked]
        spent, count = spent + time.perf_counter() - began, count + len(rows)
        strict = [p == row["label"] for p, row in zip(predicted, rows, strict=True)]
        lenient = [
            s or p in row.get("alt_labels", ()) for s, p, row in zip(strict, predicted, rows, strict=True)
        ]
        cells.append(f"{np.mean(strict):.3f} / {np.mean(lenient):.3f}")
    return f"| {name} | " + " | ".join(cells) + f" | {spent / max(count, 1) * 1000:.2f} | {taken:.1f} |"


def _training() -> tuple[list[str], list[str]]:
    pairs = [
        (_read(text), "chitchat" if intent in SMALL_WORDS else intent)
        for intent, lines in utterances().items()
        for text in lines
    ]
    return [text for text, _ in pairs], [label for _, label in pairs]


def _read(text: str) -> str:
    return mask(spelled(normalise(text))).text


def _rows(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
