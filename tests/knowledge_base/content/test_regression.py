"""Which questions a release is asked: its own changes, their neighbours, a fixed sample, tests, real ones and strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from console.audit import Audit
from core.clock import FixedClock
from core.database import Database
from core.ids import ArticleId
from knowledge_base.content import regression
from knowledge_base.content.form import article_of
from knowledge_base.content.model import ArticleDraft, QuestionKind, RegressionQuestion
from knowledge_base.content.questions import Questions
from knowledge_base.content.regression import changed_questions, stored_questions, without_repeats
from knowledge_base.content.seed import Seed
from knowledge_base.retrieval import Abstain, Answer, Hit, Outcome
from tests.conftest import NOW
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING

HELD_OUT, PUBLISHED, REAL = QuestionKind.HELD_OUT, QuestionKind.PUBLISHED, QuestionKind.REAL


class Exact:
    """A live release that knows the published questions of some articles, and nothing else."""

    def __init__(self, drafts: Sequence[ArticleDraft]) -> None:
        self._articles = [article_of(draft) for draft in drafts]

    def ask(self, question: str, *, channel: str = "web", at: datetime) -> Outcome:
        owner = next((each for each in self._articles if question in (each.title, *each.questions)), None)
        return Answer(owner, owner.answer, 1.0, True) if owner else Abstain(None)

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        return [Hit(each, 0.5, 0.5, 0.5, each.title) for each in self._articles[:limit]]


def test_changed_article_is_asked_what_it_holds_out_and_what_it_takes_from_others() -> None:
    live = Exact([article("a"), article("b", questions=["别人的问法"])])
    changed = article("a", questions=["别人的问法", "谁也没有的"], held_out=["换个说法"])
    assert list(changed_questions([changed], live, NOW)) == [
        RegressionQuestion("换个说法", HELD_OUT, ArticleId("a")),
        RegressionQuestion("别人的问法", PUBLISHED, ArticleId("b")),
    ]
    assert regression.neighbours([changed], live) == {"a", "b"}


def test_of_questions_that_ask_the_same_the_first_stays() -> None:
    own = RegressionQuestion("q", QuestionKind.OWN, ArticleId("a"))
    wechat = replace(own, channel="wechat")
    assert without_repeats([own, replace(own, kind=HELD_OUT), wechat]) == [own, wechat]


async def test_stored_questions_are_tests_then_neighbours_then_real_ones_and_none_of_what_is_changed(
    database: Database, clock: FixedClock, audit: Audit
) -> None:
    shipped = [article(name, held_out=[f"{name}换个说法"]) for name in ("a", "b", "c", "d")]
    await Seed(database, clock).plant(shipped, [RING])
    questions = Questions(database, clock, audit.note)
    await questions.save_test("测试题", "a", "wang", channel="wechat")
    await questions.confirm("客户这样问", "b", "wang")
    async with database.read() as connection:
        found = await connection.run_sync(stored_questions, [ArticleId("a")], [ArticleId("d")])
    assert found[0] == RegressionQuestion("测试题", QuestionKind.OWN, ArticleId("a"), "wechat")
    assert found[-1] == RegressionQuestion("客户这样问", REAL, ArticleId("b"))
    held_out = [each.wanted for each in found if each.kind is HELD_OUT]
    assert sorted(filter(None, held_out)) == ["b", "c", "d"]


def test_strangers_and_generated_questions_are_a_fixed_sample() -> None:
    strangers = regression.stranger_questions()
    assert 0 < len(strangers) <= 2 * regression.STRANGERS
    assert all(each.wanted is None for each in strangers)
    generated = regression.generated_questions([RING], NOW)
    assert generated == regression.generated_questions([RING], NOW) != []
    assert {each.kind for each in generated} == {HELD_OUT}
