"""Drafts: every change a revision, nothing overwritten unseen, everything accounted for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from console.audit import Audit
from core.errors import StaffError
from knowledge_base.content.model import Deed
from knowledge_base.content.store import Applied, ArticleConflict, Content
from tests.knowledge_base.content.writing import article

FULL: dict[str, Any] = {
    "held_out": ["esim怎么弄"],
    "channels": {"wechat": "回复esim"},
    "regions": {"广东": "广东暂不支持"},
    "link": {"title": "说明", "url": "https://a.cn/esim"},
    "image": {"url": "https://a.cn/esim.png", "alt": "示意图"},
    "card": {"title": "步骤", "rows": [["一", "打开"], ["二", "扫码"]]},
    "offerings": ["vas-ring"],
    "followups": ["puk"],
    "valid_from": "2026-01-01",
    "valid_to": "2026-12-31",
}


async def test_everything_an_operator_writes_comes_back(content: Content) -> None:
    wanted = article(**FULL)
    await content.create(wanted, "wang")
    found = await content.article("esim")
    assert found.draft.content == wanted
    assert (found.version, found.live, found.is_changed, found.draft.who) == (1, None, True, "wang")
    assert wanted.valid_to == date(2026, 12, 31)


async def test_the_second_of_two_operators_is_told_and_gets_the_others_version(content: Content) -> None:
    await content.create(article(), "wang")
    await content.save(article(answer="王写的"), 1, "wang")
    with pytest.raises(ArticleConflict) as told:
        await content.save(article(answer="李写的"), 1, "li")
    assert (told.value.theirs.draft.content.answer, told.value.theirs.version) == ("王写的", 2)
    kept = await content.save(article(answer="李写的"), told.value.theirs.version, "li")
    assert [r.content.answer for r in await content.revisions("esim")] == [
        "李写的",
        "王写的",
        "esim在营业厅办理。",
    ]
    assert kept.version == 3


async def test_of_many_saving_at_once_one_wins_and_the_others_are_told(content: Content) -> None:
    await content.create(article(), "wang")
    saves = (content.save(article(answer=f"第{n}版"), 1, f"w{n}") for n in range(8))
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(isinstance(result, ArticleConflict) for result in results) == 7
    assert len(await content.revisions("esim")) == 2


async def test_an_edit_that_changes_nothing_makes_no_revision(content: Content, audit: Audit) -> None:
    await content.create(article(), "wang")
    assert (await content.save(article(), 1, "li")).version == 1
    assert [entry.what for entry in await audit.entries()] == ["article.created"]


async def test_deleting_keeps_everything_and_undeleting_brings_it_back(content: Content) -> None:
    await content.create(article(), "wang")
    gone = await content.delete("esim", 1, "wang", "过时")
    assert (gone.draft.is_deletion, gone.is_changed) == (True, False)  # it was never live
    back = await content.undelete("esim", 2, "wang")
    assert (back.draft.content, back.is_changed) == (article(), True)
    deeds = [revision.deed for revision in await content.revisions("esim")]
    assert deeds == [Deed.UNDELETED, Deed.DELETED, Deed.CREATED]


async def test_an_earlier_revision_is_restored_as_a_new_one(content: Content, audit: Audit) -> None:
    await content.create(article(), "wang")
    await content.save(article(title="别的题目"), 1, "li")
    restored = await content.restore("esim", 2, 1, "wang")
    assert (restored.version, restored.draft.content, restored.draft.deed) == (3, article(), Deed.RESTORED)
    newest, changed, _ = await audit.entries()
    assert (newest.what, newest.who, newest.detail["fields"]) == ("article.restored", "wang", ["title"])
    assert (changed.what, changed.who) == ("article.changed", "li")


async def test_an_import_goes_in_as_one_and_counts_what_it_did(content: Content) -> None:
    await content.put_many([article("a1"), article("a2"), article("a3")], "wang")
    again = [article("a1"), article("a2", answer="新的"), article("a4")]
    assert await content.put_many(again, "wang") == Applied(created=1, updated=1, unchanged=1)
    assert [draft.id for draft in await content.all_drafts()] == ["a1", "a2", "a3", "a4"]
    assert (await content.article("a2")).version == 2


async def test_an_import_with_one_bad_article_leaves_nothing_behind(content: Content) -> None:
    bad = replace(article("a2"), answer=" ")
    with pytest.raises(StaffError, match=r"article\.invalid"):
        await content.put_many([article("a1"), bad], "wang")
    assert await content.all_drafts() == []


async def test_ten_thousand_articles_go_in_within_seconds(content: Content) -> None:
    drafts = [article(f"n{number}") for number in range(10_000)]
    applied = await asyncio.wait_for(content.put_many(drafts, "wang"), 60)
    assert applied.created == 10_000


async def test_a_similar_question_is_added_whoever_edits_meanwhile(content: Content) -> None:
    await content.create(article(), "wang")
    adding = (content.add_question("esim", f"esim问法{n}", "li") for n in range(4))
    await asyncio.gather(*adding)
    assert len((await content.article("esim")).draft.content.questions) == 6


async def test_an_id_that_is_there_already_is_refused(content: Content) -> None:
    await content.create(article(), "wang")
    with pytest.raises(StaffError, match=r"article\.taken"):
        await content.create(article(), "li")
