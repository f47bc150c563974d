"""A real operator's catalogue, where it lies beside the project; skipped where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.catalogue.folder import load_folder
from knowledge_base.catalogue.lexicon import load_lexicon
from knowledge_base.catalogue.model import Catalogue, fold
from knowledge_base.catalogue.query import Compare, Query, answer
from knowledge_base.catalogue.questions import Labelled, load_questions
from knowledge_base.catalogue.scoring import judge, score
from knowledge_base.catalogue.words import spell
from knowledge_base.catalogue.zero_shot import ZeroShotReader

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "operator_catalogue"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared catalogue is not here")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_folder(FOLDER)


@pytest.fixture(scope="module")
def questions(catalogue: Catalogue) -> list[Labelled]:
    return load_questions(FOLDER / "questions_open.jsonl", catalogue)


def test_true_readings_are_answered_from_the_catalogue(
    catalogue: Catalogue, questions: list[Labelled]
) -> None:
    right = 0
    for question in questions:
        offering = catalogue.find(question.entity)
        assert offering is not None
        compare = (
            load_lexicon().comparison(spell(question.text)) if question.kind == "比较句" else Compare.NONE
        )
        query = Query(offering, tuple(question.properties), question.constraints, compare)
        right += frozenset(map(fold, answer(query))) == question.answer
    assert right / len(questions) > 0.97


def test_zero_shot_answers_do_not_get_worse(catalogue: Catalogue, questions: list[Labelled]) -> None:
    found = score(judge(questions[::5], ZeroShotReader(catalogue).read))
    assert found.entity > 0.95
    assert found.f1 > 0.85
