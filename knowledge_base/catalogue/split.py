"""Split a file of questions into train, development and test, the same way for the same seed."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

PARTS = {"train": 0.6, "dev": 0.2, "test": 0.2}


def main() -> None:
    """Write ``train.jsonl``, ``dev.jsonl`` and ``test.jsonl``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, help="one question a line")
    parser.add_argument("folder", type=Path, help="where the three files go")
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    lines = [line for line in options.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    random.Random(options.seed).shuffle(lines)  # noqa: S311 - a reproducible split, no secret
    options.folder.mkdir(parents=True, exist_ok=True)
    start = 0.0
    for name, share in PARTS.items():
        part = lines[round(start * len(lines)) : round((start + share) * len(lines))]
        (options.folder / f"{name}.jsonl").write_text("\n".join(part) + "\n", encoding="utf-8")
        start += share


if __name__ == "__main__":
    main()
