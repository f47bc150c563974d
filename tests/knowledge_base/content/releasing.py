"""Releases brought to where a test begins, with the gate's word given by hand."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import FixedClock
from core.database import Database
from knowledge_base.content.model import Breach, GateSummary, Release, ReleaseId
from knowledge_base.content.releases import Releases
from knowledge_base.content.seed import Seed
from knowledge_base.content.store import Content
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING

OWNER = "one-process"
PASSED = GateSummary({}, {}, (), 1.0)
BLOCKED = GateSummary({}, {}, (Breach("worse_share", 0.1, 0.005),), 1.0)


@dataclass(frozen=True)
class Press:
    """A database with three shipped articles, and those who change and publish them."""

    content: Content
    releases: Releases
    seed: Seed
    clock: FixedClock

    async def edited(self, name: str, answer: str) -> None:
        found = await self.content.article(name)
        await self.content.save(article(name, answer=answer), found.version, "wang")

    async def ready(self, gate: GateSummary = PASSED, chosen: list[str] | None = None) -> Release:
        """Make a release and say that the gate has examined it."""
        made = await self.releases.make("wang", chosen=chosen)
        taken = await self.releases.take(OWNER)
        assert taken is not None
        assert taken.id == made.id
        assert await self.releases.tested(made.id, OWNER, 3, gate, [])
        return await self.releases.release(made.id)

    async def live_answers(self) -> dict[str, str]:
        return {draft.id: draft.answer for draft in await self.content.all_drafts(live=True)}


async def press_on(database: Database, clock: FixedClock, content: Content, releases: Releases) -> Press:
    """Plant three articles."""
    seed = Seed(database, clock)
    await seed.plant([article(name, answer="旧的") for name in ("a1", "a2", "a3")], [RING])
    return Press(content, releases, seed, clock)


def id_of(release: Release | None) -> ReleaseId | None:
    return release.id if release is not None else None
