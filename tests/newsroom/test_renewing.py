"""What customers are told of an offering follows the catalogue at once; which article answers follows the release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.clock import SystemClock
from core.money import Fen
from core.offering import Offering
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING
from tests.newsroom.house import House, Process

QUOTING = article(
    "ring-how",
    title="来电视频怎么设置",
    questions=["来电放视频", "别人打来看到视频"],
    answer="每月{{vas-ring.price}}。",
    regions={"广东": "广东每月{{vas-ring.price}}。"},
)
GENERATED = f"offering-{RING.id}-overview"


async def now_sold(house: House, process: Process, *offerings: Offering) -> None:
    """Let the catalogue be another, and the process hear of it."""
    house.catalogue = offerings
    await process.newsroom.changed()


def told(process: Process) -> Sequence[str]:
    generated = process.retriever.article(GENERATED)
    assert generated is not None
    return process.answer("来电放视频"), generated.answer


async def test_a_new_price_is_told_before_a_release_brings_it(house: House) -> None:
    process = await house.process()
    await process.content.create(QUOTING, "wang")
    await process.published()
    assert [("6元/月" in text) for text in told(process)] == [True, True]
    dearer = replace(RING, price_fen=Fen(900))
    await now_sold(house, process, dearer)
    assert [("9元/月" in text, "6元/月" in text) for text in told(process)] == [(True, False), (True, False)]
    live = process.retriever.article("ring-how")
    assert live is not None
    assert live.answer_for("web", "广东") == "广东每月9元/月。"
    release = await process.releases.make("wang", offerings=[dearer])
    await process.newsroom.changed()
    await process.tested(release)
    await process.releases.publish(release.id, "zhao")
    await process.newsroom.changed()
    assert process.answer("来电放视频") == "每月9元/月。"


async def test_an_offering_that_has_ended_is_told_as_ended_at_once(house: House) -> None:
    process = await house.process()
    await now_sold(house, process, replace(RING, valid_to=SystemClock().now() - timedelta(minutes=1)))
    assert "视频彩铃" in told(process)[1]
    assert told(process)[1] != await _as_released(house, process)


async def _as_released(house: House, process: Process) -> str:
    await now_sold(house, process, RING)
    return told(process)[1]


async def test_what_a_placeholder_no_longer_finds_is_told_as_the_release_has_it(house: House) -> None:
    process = await house.process()
    await process.content.create(QUOTING, "wang")
    await process.published()
    await now_sold(house, process, replace(RING, id="vas-other", name="别的业务", nicknames=()))  # type: ignore[arg-type]
    assert process.answer("来电放视频") == "每月6元/月。"
