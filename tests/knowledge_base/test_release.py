"""The next knowledge base is made from the one before it: what changed is found, what did not stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.ids import ArticleId
from core.money import Fen
from knowledge_base import release
from knowledge_base.articles import Article
from knowledge_base.load import open_retriever
from knowledge_base.release import make
from knowledge_base.retrieval import Answer, Retriever
from tests.knowledge_base.small_corpus import NOW, RING

ESIM = Article(
    id=ArticleId("esim"),
    category="测试",
    title="手表怎么开通一号双终端",
    questions=("智能手表能打电话吗", "手表eSIM怎么办", "一号双终端"),
    answer="支持的手表可在APP里开通一号双终端。",
)


def answer_to(retriever: Retriever, question: str) -> str:
    outcome = retriever.ask(question, at=NOW)
    return outcome.text if isinstance(outcome, Answer) else ""


def next_one(base: Path, tmp_path: Path, *changed: Article, removed: Sequence[str] = ()) -> Retriever:
    make(base, tmp_path / "next", changed, [ArticleId(item) for item in removed], at=NOW)
    return open_retriever(tmp_path / "next")


def test_new_article_is_found_and_the_others_still_are(built: Path, tmp_path: Path) -> None:
    retriever = next_one(built, tmp_path, ESIM)
    assert answer_to(retriever, "一号双终端") == ESIM.answer
    assert retriever.search("手表可以办esim吗")[0].article.id == "esim"
    assert retriever.search("打算出国，漫游要怎么弄开")[0].article.id == "roaming-open"
    assert len(retriever.articles) == len(open_retriever(built).articles) + 1


def test_changed_article_answers_anew_and_no_longer_with_the_old_words(built: Path, tmp_path: Path) -> None:
    puk = open_retriever(built).article("puk")
    assert puk is not None
    retriever = next_one(built, tmp_path, replace(puk, answer="请带证件到营业厅。", questions=("解锁码",)))
    assert answer_to(retriever, "解锁码") == "请带证件到营业厅。"
    assert answer_to(retriever, "puk在哪里查") != puk.answer
    assert [hit.article.id for hit in retriever.search("PUK码")].count(ArticleId("puk")) == 1


def test_removed_article_is_not_found(built: Path, tmp_path: Path) -> None:
    retriever = next_one(built, tmp_path, removed=["invoice"])
    assert retriever.article("invoice") is None
    assert "invoice" not in [hit.article.id for hit in retriever.search("电子发票怎么开")]


def test_base_is_left_as_it_was(built: Path, tmp_path: Path) -> None:
    next_one(built, tmp_path, ESIM, removed=["puk"])
    base = open_retriever(built)
    assert base.article("puk") is not None
    assert base.article("esim") is None


def test_small_parts_are_written_together(built: Path, tmp_path: Path) -> None:
    make(built, tmp_path / "one", [ESIM], at=NOW)
    again = replace(ESIM, id=ArticleId("esim-2"), title="平板怎么办卡", questions=("平板上网卡",))
    manifest = make(tmp_path / "one", tmp_path / "two", [again], at=NOW)
    assert [part.articles for part in manifest.parts][1:] == [2]
    assert answer_to(open_retriever(tmp_path / "two"), "一号双终端") == ESIM.answer


def test_worn_knowledge_base_is_written_anew_and_finds_the_same(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "_WASTE", 0.0)
    manifest = make(built, tmp_path / "anew", [ESIM], [ArticleId("invoice")], at=NOW)
    retriever = open_retriever(tmp_path / "anew")
    assert (len(manifest.parts), manifest.parts[0].dead) == (1, ())
    assert answer_to(retriever, "一号双终端") == ESIM.answer
    assert retriever.search("话费充值没到账")[0].article.id == "topup-failed"


def test_new_price_reaches_the_generated_articles_only(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "_WASTE", 1.0)  # half of so few articles are the offering's
    dearer = replace(RING, price_fen=Fen(900))
    manifest = make(built, tmp_path / "dearer", [], offerings=[dearer], at=NOW)
    retriever = open_retriever(tmp_path / "dearer")
    overview = retriever.article("offering-vas-ring-overview")
    assert overview is not None
    assert "9元" in overview.answer
    assert len(retriever.articles) == len(open_retriever(built).articles)
    assert len(manifest.parts) == 2


def test_new_offering_is_known_by_its_name(built: Path, tmp_path: Path) -> None:
    cloud = replace(RING, id=RING.id.__class__("vas-cloud"), name="云盘会员", nicknames=("网盘",))
    make(built, tmp_path / "more", [], offerings=[RING, cloud], at=NOW)
    found = open_retriever(tmp_path / "more").search("网盘怎么退")[0]
    assert found.article.id == "offering-vas-cloud-cancel"


def test_next_one_is_opened_with_the_parts_that_are_open(built: Path, tmp_path: Path) -> None:
    before = open_retriever(built)
    make(built, tmp_path / "next", [ESIM], at=NOW)
    after = open_retriever(tmp_path / "next", before=before)
    assert after.matcher.segments[0] is before.matcher.segments[0]
    assert after.matcher.asking is before.matcher.asking
    assert answer_to(after, "一号双终端") == ESIM.answer
