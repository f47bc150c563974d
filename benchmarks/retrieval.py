"""Measure the built knowledge base: `.venv/bin/python -m benchmarks.retrieval [--out-of-scope FILE ...] [--json]`.

Written and generated articles apart, on the half of the held-out questions that nothing was calibrated on; the time of
one search, encoder included; and the share of lines out of scope that got an article.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.paths import ARTICLES, DataPaths
from bss.sandbox.catalogue import load_offerings
from core.clock import SystemClock
from core.settings import Settings
from knowledge_base.articles import Article
from knowledge_base.corpus import load_corpus
from knowledge_base.evaluation import Part, evaluate_retrieval, held_out, share_answered
from knowledge_base.load import open_retriever
from knowledge_base.retrieval import Retriever


def measure(
    retriever: Retriever, articles: Sequence[Article], strangers: Sequence[Path]
) -> dict[str, object]:
    """Return every figure by name."""
    figures: dict[str, object] = {}
    for part in Part:
        for source in ("article", "offering"):
            questions = held_out(articles, part, source)
            figures[f"{part.value}/{source}"] = asdict(evaluate_retrieval(retriever, questions))
    figures["search_ms"] = search_times(retriever, [text for text, _ in held_out(articles, Part.TEST)])
    for path in strangers:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        answered, offered = share_answered(retriever, lines)
        figures[path.name] = {"count": len(lines), "answered": answered, "offered": offered}
    return figures


def search_times(retriever: Retriever, texts: Sequence[str]) -> dict[str, float]:
    """Return p50 and p95 of one search in milliseconds, one at a time."""
    taken_ms = []
    for text in texts:
        started = time.perf_counter()
        retriever.search(text)
        taken_ms.append((time.perf_counter() - started) * 1000)
    taken_ms.sort()
    return {"p50": taken_ms[len(taken_ms) // 2], "p95": taken_ms[len(taken_ms) * 95 // 100]}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out-of-scope", nargs="*", type=Path, default=[], help="text files, one line each")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    retriever = open_retriever(DataPaths(Settings().data_dir).knowledge)
    articles = load_corpus(ARTICLES, load_offerings(), SystemClock().now())
    figures = measure(retriever, articles, options.out_of_scope)
    if options.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        print(name, json.dumps(values, default=lambda value: round(value, 3)))


if __name__ == "__main__":
    main()
