"""Questions that ask the same come together; adding some to an article shows what else would change."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.articles import Article
from knowledge_base.conflicts import conflicts
from knowledge_base.grouping import group, matching
from knowledge_base.retrieval import Retriever
from knowledge_base.sorting_work import Watch, sort
from tests.knowledge_base.small_corpus import NOW

PUK = ["puk码怎么查", "手机提示输入puk码", "PUK码是多少啊", "要输puk码"]
INVOICE = ["怎么开电子发票", "电子发票在哪里开", "开电子发票"]


def test_same_questions_come_together_and_strangers_stay_alone(retriever: Retriever) -> None:
    encoder, texts = retriever.matcher.encoder, [*PUK, *INVOICE, "红烧肉怎么做"]
    found = group(encoder, [], texts)
    puk, invoice = {found.labels[n] for n in range(4)}, {found.labels[n] for n in range(4, 7)}
    assert len(puk) == len(invoice) == 1
    assert puk != invoice
    assert found.labels[7] == -1
    assert {texts[middle] for middle in found.middles} <= {*PUK, *INVOICE}
    assert group(encoder, [], texts) == found


def test_new_questions_join_the_group_they_are_like(retriever: Retriever) -> None:
    found = group(retriever.matcher.encoder, [INVOICE, PUK[:2]], PUK[2:])
    assert (found.labels, found.known, found.middles) == ((1, 1), 2, ())


def test_wording_of_several_customers_is_a_group_by_itself(retriever: Retriever) -> None:
    encoder, stranger = retriever.matcher.encoder, "红烧肉怎么做"
    found = group(encoder, [], [*PUK, stranger, "今天股票涨了吗"], [1] * 4 + [500, 1])
    assert found.labels[4] not in (-1, found.labels[0])
    assert found.labels[5] == -1
    assert stranger in {[*PUK, stranger][middle] for middle in found.middles}
    assert group(encoder, [], [stranger], [2]).labels == (0,)
    assert group(encoder, [], [stranger], [1]).labels == (-1,)


def test_nothing_to_group_is_no_group(retriever: Retriever) -> None:
    assert group(retriever.matcher.encoder, [PUK], []).labels == ()
    assert matching(retriever.matcher.encoder, PUK, []) == []


def test_sorting_names_the_nearest_article_and_says_what_is_live(built: Path) -> None:
    watches = [
        Watch("puk", ("PUK在哪里查", "编辑删掉的"), tuple(PUK), ("puk码怎么查", "电子发票怎么开")),
        Watch("puk", ("没有加过的",), (), ()),
    ]
    found = sort(built, [], INVOICE, [1] * len(INVOICE), watches)
    assert [article for article, _ in found.nearest] == ["invoice"]
    assert found.alike == ((True, False), ())
    assert found.is_live == (True, False)


@pytest.fixture
def puk(retriever: Retriever) -> Article:
    found = retriever.article("puk")
    assert found is not None
    return found


def test_phrase_of_another_article_is_told(built: Path, puk: Article) -> None:
    found = conflicts(built, puk, ["电子发票怎么下载"], [], [], NOW)
    assert found.published == (("电子发票怎么下载", "invoice"),)


def test_phrase_that_another_article_answers_is_told_and_what_it_would_take(
    built: Path, puk: Article
) -> None:
    found = conflicts(built, puk, ["怎样开电子发票"], [], ["请问怎样开电子发票呢", "怎么开电子发票"], NOW)
    assert [(change.question, change.before.articles) for change in found.pulled] == [
        ("怎样开电子发票", ("invoice",))
    ]
    assert found.asked >= 8  # what invoice publishes, and what customers asked
    taken = [change for change in found.changed if change.verdict == "taken"]
    assert [(change.question, change.after.articles) for change in taken] == [
        ("请问怎样开电子发票呢", ("puk",))
    ]


def test_harmless_phrase_changes_nothing_and_helps_its_group(built: Path, puk: Article) -> None:
    group_of = ["八位解锁密码去哪里要", "八位解锁密码"]
    found = conflicts(built, puk, group_of, group_of, ["怎么开电子发票"], NOW)
    assert (found.published, found.pulled) == ((), ())
    assert (found.helped, found.group) == (2, 2)
    assert not any(change.verdict == "taken" for change in found.changed)
    assert list(built.parent.glob(".conflicts-*")) == []
