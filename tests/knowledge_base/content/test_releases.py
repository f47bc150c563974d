"""Releases: what goes live together, one at a time, and back again; the gate's word is given by hand here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from console.audit import Audit
from core.clock import FixedClock
from core.database import Database
from core.errors import AppError, NotAllowed, StaffError
from knowledge_base.content.model import Canary, Deed, ReleaseState, Tried
from knowledge_base.content.releases import LEASE, Releases
from knowledge_base.content.store import Content
from tests.knowledge_base.content.releasing import BLOCKED, OWNER, Press, id_of, press_on
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING


@pytest.fixture
async def press(database: Database, clock: FixedClock, content: Content, audit: Audit) -> Press:
    return await press_on(database, clock, content, Releases(database, clock, audit.note))


async def test_what_is_shipped_is_the_first_release_and_is_planted_once(press: Press) -> None:
    live = (await press.releases.standing()).live
    assert live is not None
    assert (live.number, live.state, live.changes) == (1, ReleaseState.LIVE, 3)
    found = await press.content.article("a1")
    assert (found.draft.deed, found.draft.who, found.live, found.is_changed) == (
        Deed.SEEDED,
        "system",
        1,
        False,
    )
    assert await press.seed.plant([article("other")], [RING]) is False


async def test_publishing_changes_what_is_live_and_rolling_back_keeps_the_drafts(press: Press) -> None:
    await press.edited("a1", "新的")
    await press.content.create(article("a4", answer="新加"), "wang")
    await press.content.delete("a3", 1, "wang")
    assert await press.live_answers() == {"a1": "旧的", "a2": "旧的", "a3": "旧的"}
    release = await press.ready()
    await press.releases.publish(release.id, "zhao")
    assert await press.live_answers() == {"a1": "新的", "a2": "旧的", "a4": "新加"}
    back = await press.releases.rollback("zhao")
    assert (back.number, back.state) == (1, ReleaseState.LIVE)
    assert await press.live_answers() == {"a1": "旧的", "a2": "旧的", "a3": "旧的"}
    kept = [await press.content.article(name) for name in ("a1", "a3", "a4")]
    assert [each.draft.content.answer for each in kept] == ["新的", "旧的", "新加"]
    assert all(each.is_changed for each in kept)
    forward = await press.releases.rollback("zhao", release.id)
    assert (forward.number, await press.live_answers()) == (2, {"a1": "新的", "a2": "旧的", "a4": "新加"})


async def test_every_draft_but_those_left_out_goes_in(press: Press) -> None:
    for name in ("a1", "a2", "a3"):
        await press.edited(name, "新的")
    release = await press.releases.make("wang", left_out=["a2", "unknown"])
    assert [change.article_id for change in await press.releases.changes(release.id, 10)] == ["a1", "a3"]


async def test_only_the_chosen_drafts_go_in(press: Press) -> None:
    await press.edited("a1", "新的")
    await press.edited("a2", "还没写完")
    release = await press.ready(chosen=["a1"])
    await press.releases.publish(release.id, "zhao")
    assert (await press.live_answers())["a2"] == "旧的"
    assert (await press.content.article("a2")).is_changed


async def test_an_edit_after_the_release_was_made_stays_a_draft(press: Press) -> None:
    await press.edited("a1", "新的")
    release = await press.ready()
    await press.edited("a1", "更新的")
    await press.releases.publish(release.id, "zhao")
    assert (await press.live_answers())["a1"] == "新的"
    assert (await press.content.article("a1")).is_changed


async def test_a_draft_taken_back_is_no_change(press: Press) -> None:
    await press.edited("a1", "新的")
    back = await press.content.discard("a1", 2, "wang")
    assert (back.draft.content.answer, back.is_changed) == ("旧的", False)
    with pytest.raises(StaffError, match=r"release\.empty"):
        await press.releases.make("wang")


async def test_a_blocked_release_needs_a_reason_which_is_kept(press: Press, audit: Audit) -> None:
    await press.edited("a1", "新的")
    release = await press.ready(BLOCKED)
    with pytest.raises(NotAllowed, match=r"release\.blocked"):
        await press.releases.publish(release.id, "zhao")
    published = await press.releases.publish(release.id, "zhao", "新政策当天生效")
    assert (published.override, published.published_by) == ("新政策当天生效", "zhao")
    newest = (await audit.entries())[0]
    assert (newest.what, newest.who, newest.detail["reason"]) == (
        "release.overridden",
        "zhao",
        "新政策当天生效",
    )


async def test_a_crash_in_the_middle_of_going_live_changes_nothing(
    press: Press, database: Database, clock: FixedClock
) -> None:
    async def crash(
        connection: AsyncConnection, who: str, what: str, subject: str, detail: Mapping[str, object]
    ) -> None:  # the last step of the transaction
        raise RuntimeError("the process dies here")

    await press.edited("a1", "新的")
    release = await press.ready()
    dying = Releases(database, clock, crash)
    for verb in (dying.publish(release.id, "zhao"), dying.discard(release.id, "zhao")):
        with pytest.raises(RuntimeError):
            await verb
    standing = await press.releases.standing()
    assert (standing.live and standing.live.number, id_of(standing.candidate)) == (1, release.id)
    assert (await press.live_answers())["a1"] == "旧的"
    assert (await press.releases.publish(release.id, "zhao")).state is ReleaseState.LIVE


async def test_of_many_publishing_at_once_one_does(press: Press) -> None:
    await press.edited("a1", "新的")
    release = await press.ready()
    tries = (press.releases.publish(release.id, f"r{n}") for n in range(6))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert all(isinstance(result, AppError) for result in results if isinstance(result, Exception))
    live = [r for r in await press.releases.recent() if r.state is ReleaseState.LIVE]
    assert [r.id for r in live] == [release.id]


async def test_a_new_candidate_takes_the_place_of_the_old_one(press: Press) -> None:
    await press.edited("a1", "新的")
    old = await press.ready()
    await press.edited("a2", "也新")
    new = await press.ready()
    with pytest.raises(StaffError, match=r"release\.not_ready"):
        await press.releases.publish(old.id, "zhao")
    assert id_of((await press.releases.standing()).candidate) == new.id


async def test_a_release_whose_builder_is_gone_is_taken_up_by_another(press: Press) -> None:
    await press.edited("a1", "新的")
    made = await press.releases.make("wang")
    assert id_of(await press.releases.take(OWNER)) == made.id
    assert await press.releases.take("another") is None
    press.clock.advance(LEASE + timedelta(seconds=1))
    assert id_of(await press.releases.take("another")) == made.id
    assert not await press.releases.note_progress(made.id, OWNER, {"step": "building"})
    assert (await press.live_answers())["a1"] == "旧的"


async def test_one_of_two_processes_builds(press: Press) -> None:
    await press.edited("a1", "新的")
    await press.releases.make("wang")
    taken = await asyncio.gather(*(press.releases.take(f"p{n}") for n in range(5)))
    assert sum(release is not None for release in taken) == 1


async def test_a_failed_build_leaves_the_live_release_alone(press: Press) -> None:
    await press.edited("a1", "新的")
    made = await press.releases.make("wang")
    await press.releases.take(OWNER)
    await press.releases.failed(made.id, OWNER, "no")
    with pytest.raises(StaffError, match=r"release\.not_ready"):
        await press.releases.publish(made.id, "zhao")
    assert (await press.live_answers())["a1"] == "旧的"


async def test_a_canary_ends_for_everybody_or_goes_back(press: Press, clock: FixedClock) -> None:
    await press.edited("a1", "新的")
    release = await press.ready()
    canary = Canary(10, clock.now() + timedelta(minutes=30), then_full=True)
    tried = await press.releases.start_canary(release.id, canary, "zhao")
    assert (tried.canary, tried.state) == (canary, ReleaseState.READY)
    assert tried.tried == Tried(10, clock.now(), None)
    began = clock.now()
    clock.advance(timedelta(minutes=5))
    back = await press.releases.end_canary(release.id, full=False, by="zhao")
    assert (back.canary, back.state) == (None, ReleaseState.READY)
    assert back.tried == Tried(10, began, clock.now())  # what became of it can still be counted
    await press.releases.start_canary(release.id, canary, "zhao")
    full = await press.releases.end_canary(release.id, full=True, by="zhao")
    assert (full.canary, full.state) == (None, ReleaseState.LIVE)
    assert (await press.live_answers())["a1"] == "新的"


async def test_nobody_overtakes_a_canary_unawares(press: Press, clock: FixedClock) -> None:
    await press.edited("a1", "新的")
    release = await press.ready()
    canary = Canary(10, clock.now() + timedelta(minutes=30), then_full=True)
    await press.releases.start_canary(release.id, canary, "zhao")
    await press.edited("a2", "也是新的")
    with pytest.raises(StaffError, match=r"release\.in_canary"):
        await press.releases.make("wang")
    await press.releases.end_canary(release.id, full=False, by="zhao")
    assert (await press.releases.make("wang")).changes == 2


async def test_what_is_said_with_a_request_is_there_for_the_reviewer(press: Press) -> None:
    await press.edited("a1", "新的")
    release = await press.ready()
    asked = await press.releases.request(release.id, "wang", "客服热线换了")
    assert (asked.requested_by, asked.request_note) == ("wang", "客服热线换了")


async def test_a_changed_catalogue_is_a_release_of_its_own(press: Press) -> None:
    with pytest.raises(StaffError, match=r"release\.empty"):
        await press.releases.make("wang", offerings=[RING])
    made = await press.releases.make("wang", offerings=[])
    assert (made.with_catalogue, made.changes) == (True, 0)


async def test_before_the_first_release_there_is_nothing(press: Press) -> None:
    with pytest.raises(StaffError, match=r"release\.nothing_before"):
        await press.releases.rollback("zhao")


async def test_newer_shipped_articles_come_as_drafts_but_for_what_people_wrote(press: Press) -> None:
    await press.edited("a1", "运营写的")
    shipped = [article(name, answer="厂里新写的") for name in ("a1", "a2", "a5")]
    assert await press.seed.refresh(shipped) == 2
    answers = {draft.id: draft.answer for draft in await press.content.all_drafts()}
    assert answers == {"a1": "运营写的", "a2": "厂里新写的", "a3": "旧的", "a5": "厂里新写的"}
