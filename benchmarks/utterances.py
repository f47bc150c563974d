"""The training utterances themselves: how varied they are, and whether any leaks into what measures them.

    python -m benchmarks.utterances [--against FILE.jsonl|FILE.txt ...]

Prints one row for each intent: how many, their lengths, distinct openings, and pairs that are nearly the same. Exits 1
when an utterance stands under two intents, or stands (but for punctuation) in a file it is measured on.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from app.paths import TOPICS
from core.text import normalise

_MARKUP = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_NEAR = 0.85  # shared bigrams, as a share of all of both
_OPENING = 4  # characters
_LEAST_LEAK = 5  # characters: 你好 may stand anywhere


def utterances(folder: Path = TOPICS) -> dict[str, list[str]]:
    """Return the examples of every intent, without entity markup."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.yml")):
        for entry in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu", ()):
            if "intent" in entry:
                lines = (line.strip() for line in str(entry.get("examples", "")).splitlines())
                found[entry["intent"].split("/")[0]] += [
                    _MARKUP.sub(r"\1", line[2:]) for line in lines if line.startswith("- ")
                ]
    return dict(found)


def key(text: str) -> str:
    """Return a text without punctuation and spaces: what makes it the same text."""
    return re.sub(r"[\W_]+", "", normalise(text))


def twice(texts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return utterances that stand under more than one intent."""
    owners: dict[str, set[str]] = defaultdict(set)
    for intent, lines in texts.items():
        for line in lines:
            owners[normalise(line)].add(intent)
    return sorted(text for text, intents in owners.items() if len(intents) > 1)


def leaks(texts: Mapping[str, Sequence[str]], measured: Iterable[str]) -> list[str]:
    """Return measured texts that are training utterances."""
    known = {key(line) for lines in texts.values() for line in lines}
    return sorted({text for text in measured if len(key(text)) >= _LEAST_LEAK and key(text) in known})


def near_pairs(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs that share nearly all their bigrams."""
    grams = [Counter(pairwise(k)) for k in map(key, lines)]
    by_gram: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, counted in enumerate(grams):
        for gram in counted:
            by_gram[gram].append(number)
    pairs = []
    for number, counted in enumerate(grams):
        shared: Counter[int] = Counter()
        for gram in counted:
            shared.update(other for other in by_gram[gram] if other > number)
        for other, count in shared.items():
            whole = len(counted) + len(grams[other]) - count
            if count / whole >= _NEAR:
                pairs.append((lines[number], lines[other]))
    return pairs


def read(path: Path) -> list[str]:
    """Return the texts of a file: lines, or the ``text`` or ``question`` of JSON lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in lines if line.strip()]
        return [str(row.get("text") or row.get("question")) for row in rows]
    return [line.rsplit("\t", 1)[-1] for line in lines]


def main() -> int:
    """Print the table and what is wrong; return 1 on leakage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", nargs="*", default=[], type=Path)
    options = parser.parse_args()
    texts = utterances()
    print(f"{'intent':<16}{'texts':>6}{'shortest':>9}{'median':>8}{'longest':>8}{'openings':>9}{'near':>6}")
    for intent, lines in sorted(texts.items()):
        lengths = [len(line) for line in lines]
        openings = len({key(line)[:_OPENING] for line in lines}) / len(lines)
        row = (
            f"{intent:<16}{len(lines):>6}{min(lengths):>9}{statistics.median(lengths):>8.0f}{max(lengths):>8}"
        )
        print(f"{row}{openings:>9.2f}{len(near_pairs(lines)):>6}")
    wrong = twice(texts)
    for text in wrong:
        print(f"under two intents: {text}")
    for path in options.against:
        found = leaks(texts, read(path))
        print(f"{path.name}: {len(found)} leaked")
        wrong += found
        for text in found[:5]:
            print(f"  {text}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
