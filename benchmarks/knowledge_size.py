"""How large may the knowledge base become: `.venv/bin/python -m benchmarks.knowledge_size [--articles 100000] [--folder DIR]`.

Makes up articles from the shipped ones (each about a product or place of an invented name), builds them beside the real
ones with the encoder that is there, and states: time to build, time and memory to open, time of one search (encoder
included), how often a question finds its article, and the time to publish one changed article: made in a process of its
own, then opened beside the one in use. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app.paths import ARTICLES, DataPaths
from bss.sandbox.catalogue import load_offerings
from core.clock import SystemClock
from core.ids import ArticleId
from core.settings import Settings
from knowledge_base.article_files import load_articles
from knowledge_base.articles import Article
from knowledge_base.corpus import questions_of
from knowledge_base.load import open_retriever
from knowledge_base.release import make
from knowledge_base.retrieval import Answer, Retriever

_FIRST, _SECOND = "云星海天青明玉金长安永乐东南西北江河", "畅享达悦联通宝汇信捷华泰瑞祥顺康丰盛"
_KINDS = ("卡", "套餐", "包", "会员", "宽带", "营业厅", "计划", "服务")
_QUESTIONS = 9  # of each article, beside its title
_ASKED = 1_000


def made_up(count: int, seed: int = 20260101) -> Iterator[tuple[Article, str]]:
    """Return articles and, for each, a question that is not in it."""
    rng = random.Random(seed)
    shipped = load_articles(ARTICLES, load_offerings())
    for number in range(count):
        model = shipped[number % len(shipped)]
        name = _name(number, rng)
        questions = [_about(name, text, rng) for text in (*model.questions, *model.held_out)]
        unseen = questions.pop(rng.randrange(len(questions)))
        article = replace(
            model,
            id=ArticleId(f"made-up-{number:06}"),
            title=f"{name}：{model.title}",
            questions=tuple(questions[:_QUESTIONS]),
            held_out=(),
            answer=f"{name}。{model.answer}",
            followups=(),
        )
        yield article, unseen


def _name(number: int, rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)}{rng.choice(_SECOND)}{number // 7}{rng.choice(_KINDS)}"


def _about(name: str, question: str, rng: random.Random) -> str:
    return f"{name}{question}" if rng.random() < 0.7 else f"{question}，我说的是{name}"


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument(
        "--folder", type=Path, help="keep what is built here, and use what lies there already"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(measure(options.folder or Path(scratch), options.articles), indent=1))


def measure(folder: Path, count: int) -> dict[str, object]:
    """Build, open, search and change; return the figures."""
    figures: dict[str, object] = {"articles": count, "cores": psutil.cpu_count()}
    pairs = list(made_up(count))
    asked = [
        (article.id, question) for article, question in random.Random(1).sample(pairs, min(_ASKED, count))
    ]
    large = folder / "large"
    if not large.exists():
        started = time.perf_counter()
        make(DataPaths(Settings().data_dir).knowledge, large, [article for article, _ in pairs])
        figures["build_s"] = round(time.perf_counter() - started, 1)
        figures["build_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures["disk_mb"] = sum(path.stat().st_size for path in large.rglob("*") if path.is_file()) // 2**20
    del pairs
    figures |= json.loads(_alone(large, asked))
    return figures


def _alone(large: Path, asked: Sequence[tuple[str, str]]) -> str:
    """Open and search in a process of its own, whose memory is nothing but that."""
    code = "import sys, json; from pathlib import Path; from benchmarks.knowledge_size import use; use(Path(sys.argv[1]), json.load(sys.stdin))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(large)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def use(large: Path, asked: list[tuple[str, str]]) -> None:
    """Print the figures of opening, searching and publishing."""
    process = psutil.Process()
    started, before_mb = time.perf_counter(), process.memory_info().rss // 2**20
    retriever = open_retriever(large)
    figures: dict[str, object] = {
        "open_s": round(time.perf_counter() - started, 2),
        "rows": retriever.manifest.count,
    }
    for _, question in asked[:50]:
        retriever.search(question)
    figures["search_ms"], figures["top1"], figures["top10"] = _searched(retriever, asked)
    memory = process.memory_full_info()
    figures["memory_mb"] = {"before": before_mb, "resident": memory.rss // 2**20, "own": memory.uss // 2**20}
    figures["publish_one"] = _published(retriever, large)
    print(json.dumps(figures))


def _searched(retriever: Retriever, asked: list[tuple[str, str]]) -> tuple[dict[str, float], float, float]:
    """Return the times, and how often the article asked for came first and among the first ten."""
    taken_ms, places = [], []
    for article_id, question in asked:
        started = time.perf_counter()
        found = [hit.article.id for hit in retriever.search(question)]
        taken_ms.append((time.perf_counter() - started) * 1000)
        places.append(found.index(ArticleId(article_id)) if article_id in found else None)
    taken_ms.sort()
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    times = {name: round(taken_ms[int(len(taken_ms) * share)], 2) for name, share in at.items()}
    return times, places.count(0) / len(asked), sum(place is not None for place in places) / len(asked)


_CHANGE = """
import pickle, sys
from pathlib import Path
from knowledge_base.release import make
make(Path(sys.argv[1]), Path(sys.argv[2]), [pickle.load(sys.stdin.buffer)])
"""


def _published(retriever: Retriever, large: Path) -> dict[str, object]:
    """Change one article in a child process, as a publish does, and open the result beside what is in use."""
    out = large.parent / "changed"
    shutil.rmtree(out, ignore_errors=True)
    article, _ = next(made_up(1))
    questions = (*questions_of(article), "这是刚刚发布的问题吗")
    changed = pickle.dumps(replace(article, questions=questions, answer="是刚刚发布的。"))
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _CHANGE, str(large), str(out)], input=changed, check=True)
    made_s = time.perf_counter() - started
    started = time.perf_counter()
    after = open_retriever(out, before=retriever)
    opened_s = time.perf_counter() - started
    outcome = after.ask("这是刚刚发布的问题吗", at=SystemClock().now())
    is_right = isinstance(outcome, Answer) and outcome.text == "是刚刚发布的。"
    return {"make_s": round(made_s, 2), "open_s": round(opened_s, 2), "answers": is_right}


if __name__ == "__main__":
    main()
