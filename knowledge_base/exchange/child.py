"""Reads a file in a process of its own: ``python -m knowledge_base.exchange.child KIND PATH NAME``.

A hostile file costs this process its memory or time and nothing else. Every line on stdout is a JSON object: ``progress``
while it reads, then every ``edit`` (with its ``doubts``, where it may only go in if it changes nothing) and ``problem``, ``ignored`` and ``columns``; or ``refused`` with the reason in words.
"""

from __future__ import annotations

import json
import resource
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from knowledge_base.exchange.article_rows import ArticleEdit
from knowledge_base.exchange.limits import CHILD_CPU_S, CHILD_MEMORY_BYTES
from knowledge_base.exchange.problems import FileRefused, Problem
from knowledge_base.exchange.reading import read_articles


def tell(**said: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(said, ensure_ascii=True, default=str) + "\n")


def progress(done: int, total: int | None) -> None:
    """Report how far it is."""
    tell(progress=[done, total])
    sys.stdout.flush()


def read(kind: str, path: Path, name: str, columns: Mapping[str, str] | None) -> None:
    """Read a file and tell what it says."""
    if kind == "articles":
        found = read_articles(name, path.read_bytes(), progress)
        for edit in found.edits:
            tell(edit=_told(edit))
        for edit in found.doubtful:
            tell(edit={**_told(edit), "doubts": [told_problem(one) for one in edit.doubts]})
        doubts = {one for edit in found.doubtful for one in edit.doubts}
        tell_problems(tuple(one for one in found.problems if one not in doubts))
        tell(ignored=found.ignored)
        return
    from knowledge_base.exchange.offering_reading import read_offerings

    offerings = read_offerings(name, path.read_bytes(), columns, progress)
    for one in offerings.edits:
        tell(edit={"row": one.row, "id": one.id, "values": one.values, "whole": one.is_whole})
    tell_problems(offerings.problems)
    tell(columns=offerings.columns)


def tell_problems(problems: tuple[Problem, ...]) -> None:
    """Tell what cannot go in."""
    for problem in problems:
        tell(problem=told_problem(problem))


def told_problem(problem: Problem) -> dict[str, Any]:
    """Return a problem in words."""
    return {"row": problem.row, "column": problem.column, "message": problem.message}


def _told(edit: ArticleEdit) -> dict[str, Any]:
    return {"row": edit.row, "id": edit.id, "values": edit.values, "whole": edit.is_whole}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_S, CHILD_CPU_S))
    kind, path, name, *columns = sys.argv[1:]
    try:
        read(kind, Path(path), name, json.loads(columns[0]) if columns else None)
    except FileRefused as refused:
        tell(refused=refused.message)
    except (MemoryError, RecursionError):
        tell(refused=FileRefused("file_too_long").message)
    except Exception:  # a fault of ours, or of a library
        traceback.print_exc()
        tell(refused=FileRefused("file_unread").message)


if __name__ == "__main__":
    main()
