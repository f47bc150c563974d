"""Releases: what goes live together, who may be first, and the one that is live; races settled by row counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed, StaffError
from core.ids import ArticleId
from core.offering import Offering
from knowledge_base.content import chain, gate_rows, release_rows
from knowledge_base.content.model import (
    Canary,
    Change,
    Finding,
    GateSummary,
    Release,
    ReleaseId,
    ReleaseState,
)
from knowledge_base.content.release_rows import CANDIDATE, NO_CANARY, UNFINISHED, fresh_id, release_from
from knowledge_base.content.store import Account
from knowledge_base.content.tables import articles, release_changes, releases

_R, _C, _A = releases.c, release_changes.c, articles.c
LEASE = timedelta(seconds=30)
_FULL, _BACK = "full", "back"


_UNLEASED: Mapping[str, Any] = {"progress": None, "lease_owner": None, "lease_until": None}


class Standing(NamedTuple):
    """What every process must know: who is live, and who is tried on a part of the conversations."""

    live: Release | None
    candidate: Release | None


class Releases:
    """Makes, tests, publishes and takes back releases; one transaction for each verb."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        self._db, self._clock, self._account = db, clock, account

    # --- reading ---------------------------------------------------------------------------------------------

    async def standing(self) -> Standing:
        """Return the live release and the candidate, if there is one."""
        wanted = [ReleaseState.LIVE.value, *CANDIDATE]
        query = select(releases).where(_R.state.in_(wanted)).order_by(_R.number)
        async with self._db.read() as connection:
            found = [release_from(row) for row in await connection.execute(query)]
        live = next((release for release in found if release.state is ReleaseState.LIVE), None)
        candidates = [release for release in found if release.state is not ReleaseState.LIVE]
        return Standing(live, candidates[-1] if candidates else None)

    async def release(self, release_id: str) -> Release:
        """Return one; raise StaffError("release.unknown")."""
        async with self._db.read() as connection:
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    async def recent(self, before: int | None = None, limit: int = 20) -> list[Release]:
        """Return releases, newest first."""
        query = select(releases).order_by(_R.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_R.number < before)
        async with self._db.read() as connection:
            return [release_from(row) for row in await connection.execute(query)]

    async def drafts_key(self) -> str:
        """Name the drafts as they stand: another name when one of them, or what is live, has changed."""
        query = select(_A.id, _A.version).where(_A.is_changed).order_by(_A.id)
        live = select(_R.id).where(_R.state == ReleaseState.LIVE.value)
        digest = hashlib.sha256()
        async with self._db.read() as connection:
            digest.update(str((await connection.execute(live)).scalar_one_or_none()).encode())
            for row in await connection.execute(query):
                digest.update(f"{row.id}\0{row.version}\0".encode())
        return digest.hexdigest()[:16]

    async def changes(self, release_id: str, limit: int = 500) -> list[Change]:
        """Return what a release changes, with the titles articles have now."""
        query = (
            select(_C.article_id, _C.revision, _A.title)
            .join(articles, _A.id == _C.article_id)
            .where(_C.release_id == release_id)
            .order_by(_C.article_id)
            .limit(limit)
        )
        async with self._db.read() as connection:
            return [
                Change(ArticleId(row.article_id), row.revision, row.title)
                for row in await connection.execute(query)
            ]

    async def held_by_base(self, release: Release, ids: Sequence[ArticleId]) -> chain.Holding:
        """Return what the release that one was made from holds of some articles."""
        base = release.base
        if base is None:
            return {}

        def held(connection: Connection) -> chain.Holding:
            return chain.holding(connection, chain.chain(connection, base), ids)

        async with self._db.read() as connection:
            return await connection.run_sync(held)

    # --- making ----------------------------------------------------------------------------------------------

    async def make(
        self,
        by: str,
        note: str = "",
        chosen: Sequence[str] | None = None,
        offerings: Sequence[Offering] | None = None,
        model: str = "",
    ) -> Release:
        """Fix what goes in: every changed draft or the chosen ones, the catalogue where it differs, and a new `model`.

        An older candidate is superseded. Raises StaffError("release.empty") when nothing would change.
        """
        now, release_id = self._clock.now(), fresh_id()
        async with self._db.write() as connection:
            made = await connection.run_sync(
                release_rows.make, release_id, by, note, chosen, offerings, model, now
            )
            told = {
                "number": made.number,
                "changes": made.changes,
                "catalogue": made.with_catalogue,
                "model": made.with_model,
            }
            await self._account(connection, by, "release.made", release_id, told)
        return made

    async def take(self, owner: str) -> Release | None:
        """Lease the candidate that waits to be built, or whose builder is gone; None when there is none."""
        now = self._clock.now()
        is_free = or_(_R.lease_owner.is_(None), _R.lease_until <= now)
        query = select(_R.id).where(_R.state.in_(UNFINISHED), is_free)
        async with self._db.read() as connection:  # nothing to build is the usual case
            waiting = (await connection.execute(query.limit(1))).scalar_one_or_none()
        if waiting is None:
            return None
        values = {"state": ReleaseState.TESTING.value, "lease_owner": owner, "lease_until": now + LEASE}
        async with self._db.write() as connection:
            here = update(releases).where(_R.id == waiting, _R.state.in_(UNFINISHED), is_free)
            if (await connection.execute(here.values(**values))).rowcount == 0:
                return None
            return await connection.run_sync(release_rows.release_in, ReleaseId(waiting))

    async def note_progress(self, release_id: ReleaseId, owner: str, progress: Mapping[str, object]) -> bool:
        """Renew the lease with how far it has come; False when it is not ours any more."""
        until = self._clock.now() + LEASE
        values = {"progress": dict(progress), "lease_until": until}
        return await self._while_testing(release_id, owner, values)

    async def tested(
        self,
        release_id: ReleaseId,
        owner: str,
        articles: int,
        gate: GateSummary,
        findings: Sequence[Finding],
    ) -> bool:
        """Keep what the gate found: the release is ready; False when it is not ours any more."""
        values = {
            "state": ReleaseState.READY.value,
            "articles": articles,
            "gate": gate_rows.written_summary(gate),
            **_UNLEASED,
        }
        return await self._while_testing(release_id, owner, values, findings)

    async def failed(self, release_id: ReleaseId, owner: str, error: str) -> bool:
        """Note that it could not be built; False when it is not ours any more."""
        values = {"state": ReleaseState.FAILED.value, "error": error[:2000], **_UNLEASED}
        return await self._while_testing(release_id, owner, values)

    async def _while_testing(
        self,
        release_id: ReleaseId,
        owner: str,
        values: Mapping[str, Any],
        findings: Sequence[Finding] = (),
    ) -> bool:
        here = (_R.id == release_id) & (_R.state == ReleaseState.TESTING.value) & (_R.lease_owner == owner)
        async with self._db.write() as connection:
            done = await connection.execute(update(releases).where(here).values(**values))
            if done.rowcount and findings:
                await connection.run_sync(gate_rows.keep, release_id, findings)
            return bool(done.rowcount)

    async def note_model(self, release_id: ReleaseId, model: str) -> None:
        """Note that a release was made anew with another model: its own is there no more."""
        here = update(releases).where(_R.id == release_id)
        async with self._db.write() as connection:
            await connection.execute(here.values(model=model))

    async def request(self, release_id: str, by: str, note: str = "") -> Release:
        """Note that an operator asks for publication."""
        async with self._db.write() as connection:
            await _expect(connection, release_id, CANDIDATE, {"requested_by": by})
            await self._account(connection, by, "release.requested", release_id, {"note": note})
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    async def discard(self, release_id: str, by: str) -> Release:
        """Give a candidate up; drafts stay as they are."""
        values = {"state": ReleaseState.SUPERSEDED.value, "lease_owner": None, "progress": None, **NO_CANARY}
        async with self._db.write() as connection:
            await _expect(connection, release_id, [*CANDIDATE, ReleaseState.FAILED.value], values)
            await self._account(connection, by, "release.discarded", release_id, {})
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    # --- going live ------------------------------------------------------------------------------------------

    async def publish(self, release_id: str, by: str, reason: str = "") -> Release:
        """Make a ready release the live one, all at once.

        Raises NotAllowed("release.blocked") where the gate blocks and no reason is given, StaffError
        ("release.outdated") where another went live since it was made, ("release.not_ready") before the gate has spoken.
        """
        async with self._db.write() as connection:
            before = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            override = _override(before, reason)
            await connection.run_sync(release_rows.go_live, before, by, override, self._clock.now())
            what = "release.overridden" if override else "release.published"
            told = {"number": before.number, "changes": before.changes, "reason": override}
            await self._account(connection, by, what, release_id, told)
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    async def rollback(self, by: str, to: str | None = None) -> Release:
        """Make an earlier release live again; drafts stay. Raises StaffError("release.nothing_before")."""
        async with self._db.write() as connection:
            left, target = await connection.run_sync(release_rows.roll_back, to, by, self._clock.now())
            told = {"from": left.number, "to": target.number}
            await self._account(connection, by, "release.rolled_back", target.id, told)
            return await connection.run_sync(release_rows.release_in, target.id)

    async def start_canary(self, release_id: str, canary: Canary, by: str, reason: str = "") -> Release:
        """Give a ready release to a part of the conversations; blocked ones need a reason as `publish` does."""
        async with self._db.write() as connection:
            before = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            override = _override(before, reason)
            await connection.run_sync(release_rows.check_base, before)
            values = {
                "canary_percent": canary.percent,
                "canary_until": canary.until,
                "canary_full": canary.then_full,
                "override": override,
                "published_by": by,
            }
            await _expect(connection, release_id, [ReleaseState.READY.value], values)
            told = {
                "percent": canary.percent,
                "then": _FULL if canary.then_full else _BACK,
                "reason": override,
            }
            await self._account(connection, by, "release.canary_started", release_id, told)
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    async def end_canary(self, release_id: str, full: bool, by: str) -> Release:
        """End a canary: live for everybody, or back to ready."""
        async with self._db.write() as connection:
            before = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            if before.canary is None:
                raise StaffError("release.no_canary", release_id)
            if full:
                await connection.run_sync(
                    release_rows.go_live, before, by, before.override, self._clock.now()
                )
            else:
                await _expect(connection, release_id, [ReleaseState.READY.value], NO_CANARY)
            told = {"to": _FULL if full else _BACK}
            await self._account(connection, by, "release.canary_ended", release_id, told)
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))


def _override(release: Release, reason: str) -> str:
    """Return the reason that lets a blocked release through; a release that is not blocked needs none."""
    if release.gate is None or release.state is not ReleaseState.READY:
        raise StaffError("release.not_ready", release.id)
    if not release.gate.is_blocked:
        return ""
    if not reason.strip():
        raise NotAllowed("release.blocked", release.id)
    return reason.strip()[:500]


async def _expect(
    connection: AsyncConnection, release_id: str, states: Sequence[str], values: Mapping[str, Any]
) -> None:
    here = update(releases).where(_R.id == release_id, _R.state.in_(states)).values(**values)
    if (await connection.execute(here)).rowcount == 0:
        await connection.run_sync(release_rows.release_in, ReleaseId(release_id))  # unknown is another thing
        raise StaffError("release.not_ready", release_id)
