"""The operator's console over a large knowledge base: `.venv/bin/python -m benchmarks.console_size [--articles 100000] [--folder DIR] [--url URL]`.

Plants made-up articles (see knowledge_size) beside the shipped ones as the live release, with a month of hits and a
thousand drafts that wait; starts the real service on them and times, over HTTP: every kind of list, an article's page,
exports, and one changed article from the press of 测试 to the press of 发布 and back. Prints one line for each.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
from sqlalchemy import insert

from app.migrate import upgrade
from app.paths import ARTICLES, DataPaths
from benchmarks.knowledge_size import made_up
from bss.sandbox.catalogue import load_offerings
from console.audit import Audit
from core.clock import CHINA, SystemClock
from core.database import Database
from core.settings import Settings
from knowledge_base.article_files import read_articles
from knowledge_base.content.folders import Folders
from knowledge_base.content.form import draft_of
from knowledge_base.content.releases import Releases
from knowledge_base.content.seed import Seed
from knowledge_base.content.store import Content
from knowledge_base.content.tables import hits
from knowledge_base.load import model_of
from knowledge_base.release import make
from tests.system.stack import Stack

_DRAFTS, _HIT_ARTICLES, _HIT_DAYS = 1_000, 5_000, 30
_TIMES = 20
_LISTS = {
    "first page": "",
    "page 3": "offset=100",
    "last page": "offset={last}",
    "search: 携号转网": "q=携号转网",
    "search: a name": "q={name}",
    "search: nothing found": "q=没有这样的文章",
    "search inside a category": "q=开通&category={category}",
    "category": "category={category}",
    "waiting drafts": "state=changed",
    "ended": "state=ended",
    "flagged": "state=flagged",
    "variant for WeChat": "variant=wechat",
    "by hits": "sort=hits",
    "by hits inside a category": "sort=hits&category={category}",
    "by title": "sort=title",
}


async def plant(stack: Stack, large: Path, count: int) -> None:
    """Fill the database of a stopped product: articles, hits, drafts; the live release is the folder `large`."""
    url, clock = stack.settings.database, SystemClock()
    await upgrade(url)
    db = Database(url)
    audit, drafts = Audit(db, clock).note, [draft_of(article) for article, _ in made_up(count)]
    shipped = [draft_of(article) for article in read_articles(ARTICLES)]
    knowledge = DataPaths(stack.folder).knowledge
    await Seed(db, clock).plant([*shipped, *drafts], load_offerings(), model_of(knowledge))
    live, _ = await Releases(db, clock, audit).standing()
    assert live is not None
    Folders(DataPaths(stack.folder).releases, large).take_shipped(live.id)
    waiting = [replace(draft, answer=f"{draft.answer}（新）") for draft in drafts[1 : _DRAFTS + 1]]
    await Content(db, clock, audit).put_many(waiting, "benchmark")
    dice, today = random.Random(5), clock.now().astimezone(CHINA).date()
    rows = [
        {"article_id": drafts[place].id, "day": today - timedelta(days=day), "count": dice.randint(1, 50)}
        for day in range(_HIT_DAYS)
        for place in dice.sample(range(count), min(count, _HIT_ARTICLES))
    ]
    async with db.write() as connection:
        await connection.execute(insert(hits), rows)
    await db.close()


class Operator:
    """Somebody at the console, with a watch."""

    def __init__(self, stack: Stack) -> None:
        token = f"Bearer {stack.settings.staff_secret}"
        self._http = httpx.Client(
            base_url=f"{stack.base}/api/knowledge", headers={"Authorization": token}, timeout=600, trust_env=False
        )  # fmt: skip

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def timed(self, path: str, times: int = _TIMES) -> str:
        """Ask again and again; return p50 and p95."""
        taken_ms = []
        for _ in range(times):
            started = time.perf_counter()
            self._http.get(path).raise_for_status()
            taken_ms.append((time.perf_counter() - started) * 1000)
        taken_ms.sort()
        return f"p50 {taken_ms[times // 2]:.0f} ms, p95 {taken_ms[int(times * 0.95)]:.0f} ms"

    def release(self, article_id: str) -> Iterator[tuple[str, float]]:
        """Change one article, test it, publish it and go back; yield the seconds of each."""
        found = self.call("GET", f"/articles/{article_id}")
        body = {**found["content"], "answer": "刚刚改的。", "version": found["version"]}
        started = time.perf_counter()
        self.call("PUT", f"/articles/{article_id}", body)
        yield "saving a draft", time.perf_counter() - started
        started = time.perf_counter()
        release = self.call("POST", "/releases", {"articles": [article_id]})
        yield "making a release of one change", time.perf_counter() - started
        asking = None
        while release["state"] in ("drafted", "testing"):
            time.sleep(0.05)
            release = self.call("GET", f"/releases/{release['id']}")
            if asking is None and (release["progress"] or {}).get("step") == "asking":
                asking = time.perf_counter()
        ready = time.perf_counter()
        yield "until it can be published", ready - started
        yield "of that the gate", release["gate"]["seconds"]
        self.call("POST", f"/releases/{release['id']}/publish", {"reason": "benchmark"})
        yield "publishing", time.perf_counter() - ready
        started = time.perf_counter()
        self.call("POST", "/rollback", {})
        yield "rolling back", time.perf_counter() - started


def measure(stack: Stack, count: int) -> None:
    """Print what an operator waits for."""
    article, _ = next(made_up(1))
    words = {"name": article.title.partition("：")[0], "category": article.category, "last": count - 50}
    operator = Operator(stack)
    for name, query in _LISTS.items():
        path = f"/articles?{query.format(**words)}"
        print(f"{name} ({operator.call('GET', path)['total']:,}): {operator.timed(path)}", flush=True)
    for name, path in (("categories", "/categories"), ("status", "/status"), ("drafts", "/drafts"),
                       ("an article", f"/articles/{article.id}"), ("its history", f"/articles/{article.id}/revisions")):  # fmt: skip
        print(f"{name}: {operator.timed(path)}", flush=True)
    for form in ("csv", "yaml", "xlsx"):
        with _others_waited(stack) as worst_ms:
            said = operator.timed(f"/export?format={form}", 1)
        print(f"export as {form}: {said}; others waited up to {max(worst_ms):.0f} ms", flush=True)
    for name, seconds in operator.release(article.id):
        print(f"{name}: {seconds:.2f} s", flush=True)
    memory = psutil.Process(stack.processes["service"].pid).memory_info()
    own_mb, mapped_mb = (memory.rss - memory.shared) // 2**20, memory.shared // 2**20
    print(f"memory of the service: {own_mb:,} MB its own, {mapped_mb:,} MB of mapped files")


@contextmanager
def _others_waited(stack: Stack) -> Iterator[list[float]]:
    """Ask the service for its health all the time; what each answer took, in milliseconds, is there at the end."""
    taken_ms, stop = [0.0], threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=stack.base, timeout=120, trust_env=False) as http:
            while not stop.wait(0.02):
                started = time.perf_counter()
                http.get("/healthz")
                taken_ms.append((time.perf_counter() - started) * 1000)

    asking = threading.Thread(target=ask)
    asking.start()
    yield taken_ms
    stop.set()
    asking.join()


def run(folder: Path, count: int, overrides: dict[str, str]) -> None:
    """Build what is missing, plant, start, measure."""
    large = folder / "large"
    if not large.exists():
        started = time.perf_counter()
        make(DataPaths(Settings().data_dir).knowledge, large, [article for article, _ in made_up(count)])
        print(f"built in {time.perf_counter() - started:.0f} s", flush=True)
    with tempfile.TemporaryDirectory(dir=folder) as data:  # on one file system: folders share their files
        stack = Stack(Path(data), overrides)
        try:
            started = time.perf_counter()
            asyncio.run(plant(stack, large, count))
            print(f"planted in {time.perf_counter() - started:.0f} s", flush=True)
            started = time.perf_counter()
            for kind in ("sandbox", "service"):
                stack.start(kind)
            _wait(stack)
            print(f"service there after {time.perf_counter() - started:.1f} s", flush=True)
            measure(stack, count)
        finally:
            stack.stop_all()


def _wait(stack: Stack) -> None:
    """Wait until the service answers and has heard the catalogue; Rasa is not needed here."""
    while True:
        try:
            if httpx.get(f"{stack.base}/readyz", timeout=5).json()["checks"]["billing"]:
                return
        except (httpx.HTTPError, KeyError, ValueError):
            pass
        time.sleep(0.2)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument(
        "--folder", type=Path, help="keep what is built here, and use what lies there already"
    )
    parser.add_argument("--url", default="", help="an empty database, instead of a fresh SQLite file")
    options = parser.parse_args(arguments)
    overrides = {"TONGDA_DATABASE_URL": options.url} if options.url else {}
    with tempfile.TemporaryDirectory() as scratch:
        run(options.folder or Path(scratch), options.articles, overrides)


if __name__ == "__main__":
    main()
