"""Maintenance: keep a share of each article's similar questions out of training and of the index.

    .venv/bin/python -m knowledge_base.split [FOLDER]

Moves a random 22 % of `questions` (rounded up) into `held_out`, the choice seeded by the article's id. An article that
has enough held out already is left alone, so running it again changes nothing; new questions of it stay in training.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path
from typing import Any

import yaml

ARTICLES = Path(__file__).parent / "articles"
SHARE = 0.22

_ORDER = ("id", "title", "questions", "held_out", "answer", "channels", "offerings", "valid_from", "valid_to", "followups")  # fmt: skip


class _Neat(yaml.SafeDumper):
    """Block style, literal blocks for texts of several lines, lists indented under their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Neat, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Neat.add_representer(str, _text)


def split_article(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an article with its share held out, keys in their usual order."""
    questions, kept_out = list(entry["questions"]), list(entry.get("held_out") or [])
    wanted = math.ceil(SHARE * (len(questions) + len(kept_out)))
    if not kept_out:
        chosen = set(random.Random(str(entry["id"])).sample(range(len(questions)), wanted))  # noqa: S311 - a fixed draw
        kept_out = [text for n, text in enumerate(questions) if n in chosen]
        questions = [text for n, text in enumerate(questions) if n not in chosen]
    changed = {**entry, "questions": questions, "held_out": kept_out}
    return {key: changed[key] for key in (*_ORDER, *sorted(set(changed) - set(_ORDER))) if key in changed}


def split_file(path: Path) -> bool:
    """Split every article of a file that is not split yet; say whether the file changed."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    if all(entry.get("held_out") for entry in loaded["articles"]):
        return False
    loaded["articles"] = [split_article(entry) for entry in loaded["articles"]]
    text = yaml.dump(loaded, Dumper=_Neat, allow_unicode=True, sort_keys=False, width=1_000_000)
    path.write_text(
        text.replace("\n  - id:", "\n\n  - id:").replace("articles:\n\n", "articles:\n"), encoding="utf-8"
    )
    return True


def main() -> int:
    """Split the files of the folder named on the command line, or of the shipped articles."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ARTICLES
    changed = [path.name for path in sorted(folder.glob("*.yml")) if split_file(path)]
    print("split:", ", ".join(changed) or "nothing to do")  # noqa: T201 - a command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
