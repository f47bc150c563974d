"""Releases: what goes live together, who may be first, and the one that is live; races settled by row counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed, StaffError
from core.offering import Offering
from knowledge_base.content import gate_rows, release_rows
from knowledge_base.content.model import Canary, Finding, GateSummary, Release, ReleaseId, ReleaseState
from knowledge_base.content.release_reading import ReleaseReading
from knowledge_base.content.release_rows import CANDIDATE, UNFINISHED, fresh_id, no_canary
from knowledge_base.content.store import Account
from knowledge_base.content.tables import releases

_R = releases.c
LEASE = timedelta(seconds=30)
_FULL, _BACK = "full", "back"
_UNLEASED: Mapping[str, Any] = {"progress": None, "lease_owner": None, "lease_until": None}


class Releases(ReleaseReading):
    """Makes, tests, publishes and takes back releases; one transaction for each verb."""

    def __init__(self, db: Database, clock: Clock, account: Account) -> None:
        super().__init__(db)
        self._clock, self._account = clock, account

    # --- making ----------------------------------------------------------------------------------------------

    async def make(
        self,
        by: str,
        note: str = "",
        chosen: Sequence[str] | None = None,
        offerings: Sequence[Offering] | None = None,
        model: str = "",
        left_out: Sequence[str] = (),
    ) -> Release:
        """Fix what goes in: every changed draft or the chosen ones, less those `left_out`, the catalogue where it differs, and a new `model`.

        An older candidate is superseded, unless it is in its canary: StaffError("release.in_canary"). Raises StaffError
        ("release.empty") when nothing would change.
        """
        now, release_id = self._clock.now(), fresh_id()
        async with self._db.write() as connection:
            made = await connection.run_sync(
                release_rows.make, release_id, by, note, chosen, left_out, offerings, model, now
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
            await _expect(connection, release_id, CANDIDATE, {"requested_by": by, "request_note": note})
            asked = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            told = {"number": asked.number, "note": note}
            await self._account(connection, by, "release.requested", release_id, told)
            return asked

    async def discard(self, release_id: str, by: str) -> Release:
        """Give a candidate up; drafts stay as they are."""
        values = {
            "state": ReleaseState.SUPERSEDED.value,
            "lease_owner": None,
            "progress": None,
            **no_canary(self._clock.now()),
        }
        async with self._db.write() as connection:
            await _expect(connection, release_id, [*CANDIDATE, ReleaseState.FAILED.value], values)
            gone = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            await self._account(connection, by, "release.discarded", release_id, {"number": gone.number})
            return gone

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
        now = self._clock.now()
        async with self._db.write() as connection:
            before = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            override = _override(before, reason)
            await connection.run_sync(release_rows.check_base, before)
            values = {
                "tried_percent": canary.percent,
                "tried_since": now,
                "tried_until": None,
                "canary_percent": canary.percent,
                "canary_until": canary.until,
                "canary_full": canary.then_full,
                "override": override,
                "published_by": by,
            }
            await _expect(connection, release_id, [ReleaseState.READY.value], values)
            told = {
                "number": before.number,
                "percent": canary.percent,
                "minutes": round((canary.until - now).total_seconds() / 60),
                "then": _FULL if canary.then_full else _BACK,
                "reason": override,
            }
            await self._account(connection, by, "release.canary_started", release_id, told)
            return await connection.run_sync(release_rows.release_in, ReleaseId(release_id))

    async def end_canary(self, release_id: str, full: bool, by: str) -> Release:
        """End a canary: live for everybody, or back to ready."""
        now = self._clock.now()
        async with self._db.write() as connection:
            before = await connection.run_sync(release_rows.release_in, ReleaseId(release_id))
            if before.canary is None:
                raise StaffError("release.no_canary", release_id)
            if full:
                await connection.run_sync(release_rows.go_live, before, by, before.override, now)
            else:
                await _expect(connection, release_id, [ReleaseState.READY.value], no_canary(now))
            told = {"number": before.number, "to": _FULL if full else _BACK}
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
