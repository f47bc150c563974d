"""How far one article more or less moves what all the others' questions get.

    .venv/bin/python -m benchmarks.steadiness [--articles 16] [--seed 7] [--also ID ...] [--json]

Builds the knowledge base anew without one written article at a time, encoder included, and asks the held-out questions of
all the other articles that nothing was calibrated on. Half a minute and one core for each.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from app.paths import ARTICLES
from bss.sandbox.catalogue import load_offerings
from core.clock import SystemClock
from knowledge_base.build import build
from knowledge_base.corpus import load_corpus
from knowledge_base.evaluation import Part, Report, evaluate_retrieval, held_out
from knowledge_base.load import open_retriever


def without(article_id: str, folder: Path) -> Path:
    """Copy the shipped articles into a folder, but for one; `followups` that lead to it go too."""
    folder.mkdir()
    for path in sorted(ARTICLES.glob("*.yml")):
        loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        kept = [article for article in loaded["articles"] if article["id"] != article_id]
        for article in kept:
            article["followups"] = [each for each in article.get("followups") or [] if each != article_id]
        if kept:
            text = yaml.safe_dump({**loaded, "articles": kept}, allow_unicode=True, sort_keys=False)
            (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def measure(articles: Path, others: Sequence[tuple[str, str]]) -> tuple[Report, float]:
    """Build and ask; return what the questions got, and the threshold of an answer."""
    with tempfile.TemporaryDirectory(prefix="tongda-steadiness-") as work:
        built = Path(work) / "knowledge"
        build(articles, load_offerings(), built)
        retriever = open_retriever(built)
        return evaluate_retrieval(retriever, others), retriever.judgement.answer_from


def compare(left_out: Sequence[str]) -> Iterator[tuple[str, Report, float]]:
    """Measure with every article, then without each; always on the questions of those that are never left out."""
    corpus = load_corpus(ARTICLES, load_offerings(), SystemClock().now())
    others = [pair for pair in held_out(corpus, Part.TEST, "article") if pair[1] not in left_out]
    yield ("all of them", *measure(ARTICLES, others))
    for article_id in left_out:
        with tempfile.TemporaryDirectory(prefix="tongda-articles-") as work:
            yield (article_id, *measure(without(article_id, Path(work) / "articles"), others))


def main() -> None:
    """Print a line for each, and the spread."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=16, help="drawn at random")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--also", nargs="*", default=[], help="ids of articles to leave out as well")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    corpus = load_corpus(ARTICLES, load_offerings(), SystemClock().now())
    ids = sorted(str(article.id) for article in corpus if article.source == "article")
    drawn = random.Random(options.seed).sample(ids, options.articles)
    found = list(compare(list(dict.fromkeys([*options.also, *drawn]))))
    for article_id, report, threshold in found:
        print(f"{article_id}: answered {report.answered:.3f}, of those right {report.answered_right:.3f}, threshold {threshold:.3f}")  # fmt: skip
    answered = [report.answered for _, report, _ in found]
    spread = {"least": min(answered), "most": max(answered), "deviation": statistics.pstdev(answered)}
    print(json.dumps(spread) if options.json else spread)


if __name__ == "__main__":
    main()
