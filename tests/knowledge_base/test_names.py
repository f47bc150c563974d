"""Articles that say the same about products of different names are told apart by the name asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.ids import ArticleId
from knowledge_base.articles import Article
from knowledge_base.files import JUDGEMENT
from knowledge_base.judgement import Judgement
from knowledge_base.lexical import Counting, bag_of, telling, weighing_of
from knowledge_base.load import open_retriever
from knowledge_base.postings import GramLists, WeighedRows, best
from knowledge_base.release import make
from knowledge_base.retrieval import Retriever
from knowledge_base.segment import SIGNALS
from knowledge_base.thesaurus import Thesaurus
from tests.knowledge_base.small_corpus import NOW

PAIRS = [first + second for first in "云星海天青明" for second in "畅享达悦"]
NAMES = [f"{pair}{100 + 17 * n}套餐" for n, pair in enumerate(PAIRS)]
WORDINGS = ("怎么办理", "在哪里可以开通", "我想要开一个", "能不能帮我加上", "怎么加到我的号码上")


def article_about(number: int, name: str) -> Article:
    unasked = number % len(WORDINGS)  # each article lacks one wording that the others have
    return Article(
        id=ArticleId(f"plan-{number}"),
        category="测试",
        title=f"{name}：办理方法",
        questions=tuple(f"{name}{wording}" for n, wording in enumerate(WORDINGS) if n != unasked),
        answer=f"{name}可以在APP里办理，次月生效。",
    )


@pytest.fixture(scope="module")
def shop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    out = tmp_path_factory.mktemp("names") / "shop"
    make(built, out, [article_about(n, name) for n, name in enumerate(NAMES)], at=NOW)
    return open_retriever(out)


def told_best(shop: Retriever, question: str) -> str:
    """Return the candidate that the words which tell candidates apart speak for."""
    found = shop.matcher.candidates(question)
    best_place = int(found.signals[:, SIGNALS.index("telling")].argmax())
    return str(shop.articles[int(found.positions[best_place])].id)


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_name_tells_an_article_from_those_that_have_the_very_wording(shop: Retriever, number: int) -> None:
    assert told_best(shop, f"{NAMES[number]}{WORDINGS[number % len(WORDINGS)]}") == f"plan-{number}"


def test_number_alone_tells_a_product(shop: Retriever) -> None:
    assert NAMES[9].endswith("253套餐")
    assert told_best(shop, "253那个套餐怎么办理") == "plan-9"


def test_what_every_candidate_has_tells_nothing() -> None:
    held = np.array([[True, True, False], [True, False, False], [True, False, True]])
    shares = telling(held)
    assert shares[0] == shares[2] == 1.0
    assert shares[1] == 0.0


def test_lists_by_gram_and_grams_by_row_score_alike() -> None:
    bags = [bag_of(text, Thesaurus({})) for text in (*NAMES, *WORDINGS)]
    counting = Counting()
    for bag in bags:
        counting.add(bag)
    counted = counting.counted()
    rows = WeighedRows.build(counted, weighing_of(counted))
    lists = GramLists.build(rows)
    for bag in bags:
        expected = rows.scores(bag, np.arange(len(bags)))
        assert np.allclose(lists.sums(rows.known(bag)), expected, atol=1e-4)
        assert expected[best(expected, 1)] == expected.max()


def test_best_are_as_many_as_asked_for_even_among_equal_ones() -> None:
    scores = np.array([0, 2, 1, 2, 0, 1, 1], dtype=np.float32)
    assert best(scores, 3).tolist() == [1, 2, 3]
    assert best(scores, 6).tolist() == [1, 2, 3, 5, 6]
    assert best(np.zeros(7, dtype=np.float32), 3).tolist() == []
    assert best(scores[:2], 3).tolist() == [1]


def test_phrase_is_not_found_beyond_the_end_of_a_text() -> None:
    thesaurus = Thesaurus({"充值": ["交费"], "话费": ["费", "费用"]})
    assert thesaurus.concepts("交费") == ["充值"]
    assert thesaurus.concepts("费用交费") == ["话费", "充值"]


def test_judgement_made_before_a_signal_was_known_gives_it_no_weight(built: Path, tmp_path: Path) -> None:
    entry = json.loads((built / JUDGEMENT).read_text(encoding="utf-8"))
    (tmp_path / JUDGEMENT).write_text(json.dumps({**entry, "weights": entry["weights"][:-1]}), "utf-8")
    assert Judgement.open(tmp_path / JUDGEMENT).weights == (*entry["weights"][:-1], 0.0)
