"""What the watch holds against an article stops the release that would bring it to customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.words import error_words
from core.clock import SystemClock
from core.errors import NotAllowed
from knowledge_base.content.builder import said_error
from knowledge_base.content.model import ArticleDraft, Release, ReleaseState
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING
from tests.newsroom.house import House


def ring(answer: str) -> ArticleDraft:
    return article(
        "ring-how", title="来电视频怎么设置", questions=["来电放视频", "别人打来看到视频"], answer=answer, offerings=[RING.id]
    )  # fmt: skip


def noticed(release: Release) -> list[tuple[str, str, str]]:
    """Return what the watch found: the limit, the article and what is said of it."""
    assert release.gate is not None
    return [
        (found.limit, found.title, found.detail)
        for found in release.gate.breaches
        if found.limit.startswith("notice.")
    ]


async def test_an_article_that_quotes_a_price_that_does_not_hold_is_stopped_until_it_is_mended(
    house: House,
) -> None:
    process = await house.process()
    wrong = await process.content.create(ring("视频彩铃每月9元，发KTCL到10066开通。"), "wang")
    stopped = await process.made()
    message = "文中写“9元”，和“视频彩铃”现在的价格6元/月不一致。"
    assert noticed(stopped) == [("notice.price_differs", "来电视频怎么设置", message)]
    with pytest.raises(NotAllowed, match=r"release\.blocked"):
        await process.releases.publish(stopped.id, "zhao")
    assert process.answer("来电放视频") == ""

    await process.content.save(ring("视频彩铃每月6元，发KTCL到10066开通。"), wrong.version, "wang")
    await process.published()
    assert process.answer("来电放视频") == "视频彩铃每月6元，发KTCL到10066开通。"


async def test_an_article_about_an_offering_that_has_ended_is_stopped_unless_it_says_so(
    house: House,
) -> None:
    process = await house.process()
    ended = replace(RING, valid_to=SystemClock().now() - timedelta(days=1))
    wrong = await process.content.create(ring("发KTCL到10066就能开通。"), "wang")
    stopped = await process.releases.make("wang", offerings=[ended])
    await process.newsroom.changed()
    assert [limit for limit, _, _ in noticed(await process.tested(stopped))] == ["notice.offering_ended"]

    await process.content.save(ring("这项业务已经停止办理。"), wrong.version, "wang")
    mended = await process.releases.make("wang", offerings=[ended])
    await process.newsroom.changed()
    tested = await process.tested(mended)
    assert (tested.state, noticed(tested)) == (ReleaseState.READY, [])


async def test_an_article_whose_placeholder_has_lost_its_offering_cannot_be_built(house: House) -> None:
    process = await house.process()
    await process.content.create(ring("每月{{vas-ring.price}}。"), "wang")
    await process.published()
    other = replace(RING, id="vas-other", name="别的业务", nicknames=())  # type: ignore[arg-type]
    release = await process.releases.make("wang", offerings=[other])
    await process.newsroom.changed()
    failed = await process.tested(release)
    assert (failed.state, "来电视频怎么设置" in failed.error) == (ReleaseState.FAILED, True)
    assert error_words(said_error(failed.error)) == (
        "文章“来电视频怎么设置”里的“{{vas-ring.price}}”取不到内容：套餐目录里没有这个编号，请核对。"
    )
    assert process.answer("来电放视频") == "每月6元/月。"
