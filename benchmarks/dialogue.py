"""`make bench`: the same dialogues against stock Rasa and against ours, in one run, into docs/benchmarks.md.

Stock is `rasa run` with the `rasa init` pipeline on its REST channel; it knows no customers, so its conversations are prepared
in our database and its messages come with the tokens that the gateway would have put in. Ours is the whole product: the gateway
with its stored transcript in front of Rasa. Both call the same actions of the same service and the same sandbox.
Training stock takes some 20 minutes; `--stock MODEL` takes one that was trained before, on an earlier state of the topics.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
from datetime import datetime
from pathlib import Path

from app.paths import ROOT, TOPICS
from benchmarks.load import DIALOGUES, Figures, drive, fresh_folder, memory_of, summarise
from benchmarks.report import write
from benchmarks.stock_data import write_share
from benchmarks.stock_rasa import StockRasa, train_stock
from conversations.model import Inbound
from conversations.transcript import Transcript
from core.clock import CHINA, SystemClock
from core.database import Database
from core.text import mask, normalise
from tests.ports import free_port
from tests.system.stack import Stack

FOLDER = ROOT / "var" / "bench"
STOCK_CONVERSATIONS, OUR_CONVERSATIONS, AT_ONCE, WARM_UP = 60, 240, 8, 12


async def prepare(stack: Stack, count: int) -> list[tuple[str, list[str]]]:
    """Make conversations whose vault knows the numbers; return (conversation id, messages with tokens)."""
    db = Database(stack.settings.database)
    transcript = Transcript(db, SystemClock(), stack.settings)
    prepared: list[tuple[str, list[str]]] = []
    for index in range(count):
        dialogue = DIALOGUES[index % len(DIALOGUES)]
        numbers = [secret.value for text in dialogue for secret in mask(normalise(text)).secrets]
        said = "，".join(dict.fromkeys(numbers)) or "你好"
        received = await transcript.receive(Inbound("bench", f"bench-{index}", said))
        conversation_id = received.message.conversation_id
        names: dict[tuple[str, str], str] = {}

        def name(kind: str, value: str, names: dict[tuple[str, str], str] = names) -> str:
            return names.setdefault((kind, value), f"[{kind}_{len(names) + 1}]")

        prepared.append((conversation_id, [mask(normalise(text), name).text for text in dialogue]))
    await db.close()
    return prepared


def measure_ours(stack: Stack, start_s: float) -> Figures:
    """Drive the gateway."""
    url = f"{stack.base}/webhooks/rest/webhook"
    asyncio.run(drive(url, _plain(WARM_UP), AT_ONCE))
    latencies, empty, taken = asyncio.run(drive(url, _plain(OUR_CONVERSATIONS), AT_ONCE))
    memory = memory_of([stack.processes["rasa"].pid, stack.processes["service"].pid])
    return summarise("ours: gateway, transcript, Rasa", latencies, empty, taken, memory, start_s)


def measure_stock(stack: Stack, model: Path) -> Figures:
    """Drive stock Rasa, whose actions are the stack's."""
    prepared = asyncio.run(prepare(stack, STOCK_CONVERSATIONS + WARM_UP))
    stock = StockRasa(model, FOLDER, free_port(), stack.settings)
    try:
        start_s = stock.wait_ready()
        url = f"{stock.base}/webhooks/rest/webhook"
        asyncio.run(drive(url, prepared[:WARM_UP], AT_ONCE))
        latencies, empty, taken = asyncio.run(drive(url, prepared[WARM_UP:], AT_ONCE))
        memory = memory_of([stock.process.pid, stack.processes["service"].pid])
    finally:
        stock.stop()
    return summarise("stock: rasa run, rasa init pipeline", latencies, empty, taken, memory, start_s)


def _plain(count: int) -> list[tuple[str, list[str]]]:
    stamp = datetime.now(CHINA).strftime("%H%M%S%f")
    return [(f"bench-{stamp}-{index}", list(DIALOGUES[index % len(DIALOGUES)])) for index in range(count)]


def main() -> None:
    """Measure both and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stock", type=Path, help="a stock model that was trained before")
    before: Path | None = parser.parse_args().stock
    model = before or train_stock(FOLDER / "models", write_share(TOPICS, FOLDER / "topics"))
    stack = Stack(fresh_folder(FOLDER / "stack"))
    try:
        started = asyncio.new_event_loop().time()
        stack.start_all()
        start_s = asyncio.new_event_loop().time() - started
        ours = measure_ours(stack, start_s)
        stock = measure_stock(stack, model)
    finally:
        stack.stop_all()
    for figures in (ours, stock):
        if figures.empty > figures.messages / 2:  # nothing is quicker than saying nothing
            raise SystemExit(f"{figures.name}: {figures.empty} of {figures.messages} messages got no answer: no figures; "
                             f"its log is in {FOLDER} (stock needs `make stock`)")  # fmt: skip
    page = Path(ROOT / "docs" / "benchmarks.md")
    where = f"{platform.machine()}, {AT_ONCE} conversations at once"
    if before:
        where += "; stock was trained on an earlier state of the topics"
    print(write(page, stock, ours, where))


if __name__ == "__main__":
    main()
