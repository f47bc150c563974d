"""`app evaluate catalogue`: how well questions about a catalogue are understood and answered."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.steps import fail
from core.errors import StaffError
from knowledge_base.catalogue.folder import load_folder
from knowledge_base.catalogue.model import Catalogue
from knowledge_base.catalogue.query import Query
from knowledge_base.catalogue.questions import Labelled, load_questions
from knowledge_base.catalogue.scoring import judge, score

Read = Callable[[str], Query | None]


def evaluate_catalogue(options: argparse.Namespace) -> dict[str, Any]:
    """Return the scores, by kind of question too; reads the catalogue, the questions and, if given, the training ones."""
    try:
        catalogue = load_folder(Path(options.catalogue))
        questions = load_questions(Path(options.questions), catalogue)
        training = load_questions(Path(options.train), catalogue) if options.train else []
    except StaffError as error:
        fail(error.detail)
    started = time.perf_counter()
    read = _reader(catalogue, training)
    trained_s = time.perf_counter() - started
    started = time.perf_counter()
    judged = judge(questions, read)
    found: dict[str, Any] = asdict(score(judged))
    found["ms_per_question"] = (time.perf_counter() - started) * 1000 / len(questions)
    found["mode"] = "trained" if training else "zero-shot"
    if training:
        found |= {"training_questions": len(training), "training_s": trained_s}
    kinds = sorted({j.question.kind for j in judged if j.question.kind})
    found["kinds"] = {kind: asdict(score([j for j in judged if j.question.kind == kind])) for kind in kinds}
    return found


def _reader(catalogue: Catalogue, training: list[Labelled]) -> Read:
    if training:
        from knowledge_base.catalogue.trained import train_reader

        return train_reader(catalogue, training).read
    from knowledge_base.catalogue.zero_shot import ZeroShotReader

    return ZeroShotReader(catalogue).read
