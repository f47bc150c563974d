"""What a question gets: an answer, choices, or an honest nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from core.clock import UTC
from knowledge_base.evaluation import evaluate_retrieval
from knowledge_base.exact import without_courtesies
from knowledge_base.retrieval import Abstain, Answer, Choices, Retriever
from tests.knowledge_base.small_corpus import NOW

IN_SUMMER = datetime(2025, 7, 15, tzinfo=UTC)


def test_published_question_is_answered_exactly(retriever: Retriever) -> None:
    outcome = retriever.ask("请问，发票在哪里开呀？", at=NOW)
    assert isinstance(outcome, Answer)
    assert (outcome.article.id, outcome.is_exact) == ("invoice", True)


@pytest.mark.parametrize(
    ("said", "bare"),
    [
        ("你好，我想咨询一下国际漫游的事情", "国际漫游"),
        ("请问我想问下亲情网怎么开", "亲情网怎么开"),
        ("问题反馈在哪", "问题反馈在哪"),
        ("我想了解一下", "我想了解一下"),
    ],
)
def test_courtesies_around_a_question_say_nothing_of_it(said: str, bare: str) -> None:
    assert without_courtesies(said) == bare


def test_an_agent_is_shown_articles_for_a_question_and_none_for_a_call(retriever: Retriever) -> None:
    assert retriever.suggest("打算出国，漫游要怎么弄开")[0].article.id == "roaming-open"
    assert retriever.suggest("有人吗，在不在") == []


def test_courtesies_do_not_keep_a_question_from_its_articles(retriever: Retriever) -> None:
    plain, polite = (retriever.judge(text)[1] for text in ("国际漫游", "你好我想咨询一下国际漫游的事情"))
    assert polite.near >= plain.near


def test_question_in_other_words_finds_its_article(retriever: Retriever) -> None:
    assert retriever.search("打算出国，漫游要怎么弄开")[0].article.id == "roaming-open"


@pytest.mark.parametrize("text", ["話費充值沒到賬", "画费冲值没到帐", "花肥充直没道账"])
def test_traditional_and_homophone_typos_find_the_article(retriever: Retriever, text: str) -> None:
    assert retriever.search(text)[0].article.id == "topup-failed"


def test_offering_is_found_by_its_nickname_and_aspect(retriever: Retriever) -> None:
    assert retriever.search("彩铃我不要了咋退")[0].article.id == "offering-vas-ring-cancel"


@pytest.mark.parametrize("text", ["附近哪家火锅好吃", "", "？？？", "😀😀", "你喜欢我吗"])
def test_stranger_is_not_answered(retriever: Retriever, text: str) -> None:
    assert isinstance(retriever.ask(text, at=NOW), Abstain)


def test_doubt_offers_two_to_four_articles(retriever: Retriever) -> None:
    unsure = replace(retriever.judgement, answer_from=1.1, offer_from=0.0)
    retriever = Retriever(retriever.manifest, retriever.matcher, retriever.gate, unsure)
    outcome = retriever.ask("出国以后话费没到账", at=NOW)
    assert isinstance(outcome, Choices)
    assert 2 <= len(outcome.articles) <= 4
    assert len(set(outcome.articles)) == len(outcome.articles)


def test_expired_article_is_not_answered(retriever: Retriever) -> None:
    assert isinstance(retriever.ask("暑期会员怎么领", at=IN_SUMMER), Answer)
    outcome = retriever.ask("暑期会员怎么领", at=NOW)
    assert not isinstance(outcome, Answer)
    shown = outcome.articles if isinstance(outcome, Choices) else ()
    assert "summer-gift" not in [article.id for article in shown]


def test_channel_has_its_own_wording(retriever: Retriever) -> None:
    wechat = retriever.ask("充了话费没到账", channel="wechat", at=NOW)
    web = retriever.ask("充了话费没到账", at=NOW)
    assert isinstance(wechat, Answer)
    assert isinstance(web, Answer)
    assert "公众号" in wechat.text
    assert "公众号" not in web.text


def test_evaluation_counts_ranks_and_outcomes(retriever: Retriever) -> None:
    report = evaluate_retrieval(retriever, [("PUK码是多少", "puk"), ("PUK码是多少", "invoice")], at=NOW)
    assert (report.count, report.top1, report.answered, report.answered_right) == (2, 0.5, 1.0, 0.5)
