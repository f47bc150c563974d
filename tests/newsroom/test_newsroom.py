"""Releases as customers meet them: built and examined by a real child process, shown by every service process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.errors import NotAllowed
from core.ids import ConversationId
from knowledge_base.content.model import ArticleDraft, Canary, ReleaseState, Verdict
from knowledge_base.content.serving import lot_of
from tests.knowledge_base.content.writing import article
from tests.newsroom.house import House, Process, until

QUESTION = "手表怎么开通一号双终端"


def esim(answer: str = "支持的手表可在APP里开通一号双终端。") -> ArticleDraft:
    return article(
        "esim", title=QUESTION, questions=["手表eSIM怎么办", "一号双终端"], held_out=["手表一号双终端咋弄"], answer=answer
    )  # fmt: skip


async def test_two_processes_answer_anew_within_seconds_and_go_back(any_house: House) -> None:
    one, other = await any_house.process("one"), await any_house.process("other")
    await one.content.create(esim(), "wang")
    release = await one.made()
    assert (release.state, release.gate and release.gate.is_blocked) == (ReleaseState.READY, False)
    assert release.gate is not None
    assert release.gate.counts[Verdict.BETTER] >= 1
    assert (one.answer(QUESTION), other.answer(QUESTION)) == ("", "")
    await other.newsroom.sync()  # the other builds its own folder before it counts
    await one.releases.publish(release.id, "zhao")
    await one.newsroom.changed()
    assert one.answer(QUESTION) == esim().answer
    await until(lambda: _says(other, esim().answer), 10.0)
    await other.releases.rollback("zhao")
    await other.newsroom.changed()
    assert other.answer(QUESTION) == ""
    await until(lambda: _says(one, ""), 10.0)
    assert (await one.content.article("esim")).is_changed


async def _says(process: Process, answer: str, conversation: str = "c") -> bool | None:
    return True if process.answer(QUESTION, conversation) == answer else None


async def test_the_gate_stops_an_article_that_takes_what_others_answer(house: House) -> None:
    process = await house.process()
    invoice = (await process.content.article("invoice")).draft.content
    taken = [invoice.title, *invoice.questions, *invoice.held_out]
    thief = replace(esim(), title=invoice.title, questions=tuple(taken), answer="发票只能到营业厅开。")
    await process.content.create(thief, "wang")
    release = await process.made()
    assert release.gate is not None
    harmed = {breach.limit: breach.subject for breach in release.gate.breaches}
    assert harmed.get("article_worse") == "invoice"
    assert "taken" in harmed
    with pytest.raises(NotAllowed, match=r"release\.blocked"):
        await process.releases.publish(release.id, "zhao")
    await process.newsroom.changed()
    assert "近12个月" in process.answer("开发票")


async def test_a_build_that_is_killed_leaves_the_live_release_and_can_be_made_again(house: House) -> None:
    process = await house.process()
    await process.content.create(esim(), "wang")
    release = await process.releases.make("wang")
    await process.newsroom.changed()
    child = await until(_child, 60.0)
    os.kill(child, signal.SIGKILL)
    failed = await process.tested(release)
    assert (failed.state, process.answer("开发票")) == (
        ReleaseState.FAILED,
        "可开具近12个月内未开具的账单发票。",
    )
    assert not process.newsroom.folders.has(release.id)
    await process.published()
    assert process.answer(QUESTION) == esim().answer


async def _child() -> int | None:
    """Return a child that is building."""
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            for child in (task / "children").read_text().split():
                if b"app.knowledge_worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
    return None


async def test_a_process_without_the_folder_makes_it_from_the_database(house: House, tmp_path: Path) -> None:
    one = await house.process("one")
    await one.content.create(esim(), "wang")
    await one.content.delete("invoice", 1, "wang")
    await one.published()
    late = await house.process("late")
    assert (late.answer(QUESTION), late.retriever.article("invoice")) == (esim().answer, None)
    assert late.answer("充了话费没到账") == one.answer("充了话费没到账")
    shutil.rmtree(tmp_path / "one" / "releases")
    again = await house.process("one")
    assert again.answer(QUESTION) == esim().answer


async def test_a_candidate_that_cannot_be_opened_hides_no_live_release(house: House, tmp_path: Path) -> None:
    one = await house.process("one")
    await one.content.create(esim(), "wang")
    live = await one.published()
    await one.content.create(article("next", title="下一篇怎么写"), "wang")
    candidate = await one.made()
    (tmp_path / "late" / "releases").mkdir(parents=True)
    (tmp_path / "late" / "releases" / f".{candidate.id}.building").write_text("in the way")
    late = await house.process("late")
    assert (late.newsroom.serves, late.answer(QUESTION)) == (live.id, esim().answer)
    await late.newsroom.sync()
    assert late.newsroom.candidate(candidate.id) is None
    await one.releases.rollback("zhao")
    await late.newsroom.changed()
    assert late.answer(QUESTION) == ""


async def test_a_canary_reaches_its_part_of_the_conversations_and_ends_by_itself(house: House) -> None:
    process = await house.process()
    await process.content.create(esim(), "wang")
    release = await process.made()
    until_then = SystemClock().now() + timedelta(seconds=8)
    await process.releases.start_canary(release.id, Canary(30, until_then, then_full=True), "zhao")
    await process.newsroom.changed()
    reached = {f"c{n}" for n in range(200) if process.answer(QUESTION, f"c{n}")}
    assert reached == {f"c{n}" for n in range(200) if lot_of(ConversationId(f"c{n}")) < 30}
    assert 30 < len(reached) < 90
    outside = next(name for name in (f"c{n}" for n in range(200)) if name not in reached)
    await until(lambda: _says(process, esim().answer, outside), 20.0)
    live = (await process.releases.standing()).live
    assert live is not None
    assert (live.id, live.published_by) == (release.id, "system")


async def test_questions_are_answered_all_the_time_while_releases_come_and_go(house: House) -> None:
    process = await house.process()
    await process.content.create(esim(), "wang")
    await process.published()
    seen, stop = set[str](), asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            seen.add(process.answer(QUESTION))
            assert process.answer("话费能开发票吗")
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask())
    for _ in range(10):
        await process.releases.rollback("zhao")
        await process.newsroom.changed()
        newest = (await process.releases.recent(limit=1))[0]
        await process.releases.rollback("zhao", newest.id)
        await process.newsroom.changed()
    stop.set()
    await asking
    assert seen == {"", esim().answer}


async def test_hits_are_counted_by_day_whoever_counts(any_house: House) -> None:
    one, other = await any_house.process(), await any_house.process()
    for process in (one, other, one):
        process.retriever.answered_with(esim().id)
    await asyncio.gather(one.hits.flush(), other.hits.flush())
    # A process writes what it counted by itself too, and may be at it.
    await until(lambda: _hit(one, 3), 20.0)
    assert await one.hits.recent(["esim", "puk"], 7) == {"esim": 3}


async def _hit(process: Process, times: int) -> bool | None:
    """Say whether the article was answered with so often this week; None: not yet."""
    return [count for _, count in await process.hits.by_day("esim", 7)] == [times] or None
