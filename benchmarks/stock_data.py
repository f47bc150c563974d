"""What stock Rasa is trained on: the same topics, and of each intent's utterances an even share.

DIET on every utterance of ours trains for hours on two cores. Fewer make stock quicker and less sure of what is meant, so the
ratio that is measured is a lower bound.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

PER_INTENT = 40


def write_share(topics: Path, out: Path, per_intent: int = PER_INTENT) -> list[Path]:
    """Copy the topics with at most so many utterances an intent into `out`; return what to train on."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    said: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(topics.rglob("*.yml")):
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for block in content.pop("nlu", []):
            said[block["intent"]] += block["examples"].strip().split("\n")
        if len(content) > 1:  # more than its version
            (out / path.name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    shares = {intent: _evenly(lines, per_intent) for intent, lines in sorted(said.items())}
    nlu = [{"intent": intent, "examples": "\n".join(lines) + "\n"} for intent, lines in shares.items()]
    whole = {"version": "3.1", "nlu": nlu}
    (out / "utterances.yml").write_text(
        yaml.safe_dump(whole, allow_unicode=True, width=10_000), encoding="utf-8"
    )
    return [out]


def _evenly(lines: list[str], count: int) -> list[str]:
    step = max(1.0, len(lines) / count)
    return [lines[int(index * step)] for index in range(min(count, len(lines)))]
