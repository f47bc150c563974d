"""The page that a benchmark run leaves behind."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from benchmarks.load import Figures
from core.clock import CHINA

_HEAD = """# Benchmarks

Written by `make bench`; do not edit. Both systems run in one run, one after the other, on the same machine, with the same dialogues,
the same actions and the same sandbox; only the ratios mean something elsewhere.

- **stock**: `rasa run` with the pipeline that `rasa init` writes (DIET, ResponseSelector, TED, UnexpecTED), Rasa's own REST channel, in-memory tracker.
  A Chinese tokenizer and our entity extractor are added, without which the dialogues cannot run. It is trained on the same topics with at most 40 utterances
  an intent: on all of them DIET trains for hours. Fewer make stock quicker and less sure, so the ratios are lower bounds.
- **ours**: the whole product through its gateway: every message masked, stored, ordered, answered once and delivered from the outbox.

"""


def write(path: Path, stock: Figures, ours: Figures, where: str) -> str:
    """Write the page and return its table."""
    rows = [
        ("messages", f"{stock.messages}", f"{ours.messages}", ""),
        ("empty answers", f"{stock.empty}", f"{ours.empty}", ""),
        (
            "messages a second",
            f"{stock.per_second:.1f}",
            f"{ours.per_second:.1f}",
            _ratio(ours.per_second, stock.per_second),
        ),
        ("p50, ms", f"{stock.p50_ms:.0f}", f"{ours.p50_ms:.0f}", _ratio(ours.p50_ms, stock.p50_ms)),
        ("p95, ms", f"{stock.p95_ms:.0f}", f"{ours.p95_ms:.0f}", _ratio(ours.p95_ms, stock.p95_ms)),
        (
            "memory, MB",
            f"{stock.memory_mb:.0f}",
            f"{ours.memory_mb:.0f}",
            _ratio(ours.memory_mb, stock.memory_mb),
        ),
        ("start, s", f"{stock.start_s:.1f}", f"{ours.start_s:.1f}", _ratio(ours.start_s, stock.start_s)),
    ]
    lines = ["| | stock | ours | ours / stock |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    table = "\n".join(lines)
    day = datetime.now(CHINA).strftime("%Y-%m-%d")
    notes = f"\n\nMeasured {day} on {where}. Memory counts Rasa and the service, children included.\n"
    path.write_text(_HEAD + table + notes, encoding="utf-8")
    return table


def _ratio(one: float, other: float) -> str:
    return f"{one / other:.2f}" if other else ""
