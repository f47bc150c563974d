"""Releases as rows: the statements of `releases`, inside a transaction."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, insert, literal, select, update
from sqlalchemy.engine import Row

from core.database import UtcDateTime
from core.errors import StaffError
from core.ids import ArticleId
from core.offering import Offering
from knowledge_base.content import chain, gate_rows
from knowledge_base.content.model import Canary, Release, ReleaseId, ReleaseState, RevisionNumber, Tried
from knowledge_base.content.offerings import hash_of_offerings, written_offerings
from knowledge_base.content.tables import articles, release_changes, releases

_R, _C, _A = releases.c, release_changes.c, articles.c
_LOCK = zlib.crc32(b"knowledge.releases")
_AT_ONCE = 5_000  # rows in one statement's list
UNFINISHED = [ReleaseState.DRAFTED.value, ReleaseState.TESTING.value]
CANDIDATE = [*UNFINISHED, ReleaseState.READY.value]


def no_canary(now: datetime) -> Mapping[str, Any]:
    """Return what ends a canary, where one runs; that it ran stays on record."""
    over = case((_R.canary_percent.is_not(None), literal(now, UtcDateTime())), else_=_R.tried_until)
    return {"canary_percent": None, "canary_until": None, "canary_full": None, "tried_until": over}


def fresh_id() -> ReleaseId:
    """Make an id."""
    return ReleaseId(uuid.uuid4().hex)


def lock_releases(connection: Connection) -> None:
    """Let one transaction at a time make or move releases; on SQLite the one writer is enough."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def row_of(
    release_id: ReleaseId, number: int, state: ReleaseState, by: str, note: str, now: datetime
) -> dict[str, Any]:
    """Return the row of a new release, as far as it is the same for all."""
    return {
        "id": release_id,
        "number": number,
        "state": state.value,
        "note": note[:200],
        "created": now,
        "created_by": by,
        "model": "",
        "with_model": False,
        "request_note": "",
        "override": "",
        "error": "",
    }


def release_from(row: Row[Any]) -> Release:
    """Return a release from its row."""
    canary = None
    if row.canary_percent is not None:
        canary = Canary(row.canary_percent, row.canary_until, bool(row.canary_full))
    tried = None
    if row.tried_percent is not None:
        tried = Tried(row.tried_percent, row.tried_since, row.tried_until)
    return Release(
        id=ReleaseId(row.id),
        number=row.number,
        state=ReleaseState(row.state),
        base=ReleaseId(row.base) if row.base is not None else None,
        note=row.note,
        created=row.created,
        created_by=row.created_by,
        changes=row.changes,
        articles=row.articles,
        with_catalogue=row.offerings is not None,
        offerings_hash=row.offerings_hash,
        model=row.model,
        with_model=row.with_model,
        requested_by=row.requested_by,
        request_note=row.request_note,
        gate=gate_rows.summary_from(row.gate) if row.gate is not None else None,
        progress=row.progress,
        published=row.published,
        published_by=row.published_by,
        override=row.override,
        canary=canary,
        tried=tried,
        error=row.error,
    )


def release_in(connection: Connection, release_id: ReleaseId) -> Release:
    row = connection.execute(select(releases).where(_R.id == release_id)).one_or_none()
    if row is None:
        raise StaffError("release.unknown", release_id)
    return release_from(row)


def live_release(connection: Connection) -> Release:
    row = connection.execute(select(releases).where(_R.state == ReleaseState.LIVE.value)).one_or_none()
    if row is None:
        raise StaffError("release.unknown", "live")
    return release_from(row)


def make(
    connection: Connection,
    release_id: ReleaseId,
    by: str,
    note: str,
    chosen: Sequence[str] | None,
    left_out: Sequence[str],
    offerings: Sequence[Offering] | None,
    model: str,
    now: datetime,
) -> Release:
    lock_releases(connection)
    live = connection.execute(select(releases).where(_R.state == ReleaseState.LIVE.value)).one()
    query = select(_A.id, _A.version, _A.is_deleted).where(_A.is_changed)
    waiting = {row.id: None if row.is_deleted else row.version for row in connection.execute(query)}
    if chosen is not None:
        waiting = {article_id: waiting[article_id] for article_id in chosen if article_id in waiting}
    for article_id in left_out:
        waiting.pop(article_id, None)
    is_new_catalogue = offerings is not None and hash_of_offerings(offerings) != live.offerings_hash
    is_new_model = bool(model) and model != live.model
    if not waiting and not is_new_catalogue and not is_new_model:
        raise StaffError("release.empty")
    _check_no_canary(connection)
    supersede(connection, CANDIDATE, now)
    number = int(connection.execute(select(func.max(_R.number))).scalar_one()) + 1
    row = row_of(release_id, number, ReleaseState.DRAFTED, by, note, now) | {
        "base": live.id,
        "changes": len(waiting),
        "offerings": written_offerings(offerings) if is_new_catalogue and offerings is not None else None,
        "offerings_hash": hash_of_offerings(offerings or ()) if is_new_catalogue else live.offerings_hash,
        "model": model or live.model,
        "with_model": is_new_model,
    }
    connection.execute(insert(releases), [row])
    keep_changes(connection, release_id, waiting)
    return release_in(connection, release_id)


def _check_no_canary(connection: Connection) -> None:
    """Refuse to overtake what some customers are being answered with: that is ended on purpose only."""
    tried = select(_R.number).where(_R.state.in_(CANDIDATE), _R.canary_percent.is_not(None))
    number = connection.execute(tried).scalar_one_or_none()
    if number is not None:
        raise StaffError("release.in_canary", number=number)


def keep_changes(
    connection: Connection, release_id: ReleaseId, changes: Mapping[Any, RevisionNumber | None]
) -> None:
    """Write what a release changes."""
    rows = [
        {"release_id": release_id, "article_id": article_id, "revision": revision}
        for article_id, revision in changes.items()
    ]
    if rows:
        connection.execute(insert(release_changes), rows)


def supersede(
    connection: Connection, states: Sequence[str], now: datetime, but: ReleaseId | None = None
) -> None:
    others = update(releases).where(_R.state.in_(states), _R.id != (but or ""))
    values = {
        "state": ReleaseState.SUPERSEDED.value,
        "lease_owner": None,
        "progress": None,
        **no_canary(now),
    }
    connection.execute(others.values(**values))


def check_base(connection: Connection, release: Release) -> None:
    if live_release(connection).id != release.base:
        raise StaffError("release.outdated", release.id)


def go_live(connection: Connection, release: Release, by: str, override: str, now: datetime) -> None:
    lock_releases(connection)
    _hand_over(connection, release, ReleaseState.READY, now, {"published_by": by, "override": override})
    supersede(connection, CANDIDATE, now, release.id)
    mine = select(_C.article_id, _C.revision).where(_C.release_id == release.id)
    chain.set_live(connection, {ArticleId(row.article_id): row.revision for row in connection.execute(mine)})


def _hand_over(
    connection: Connection,
    release: Release,
    comes_from: ReleaseState,
    now: datetime,
    values: Mapping[str, Any],
) -> None:
    """Take the live state from the release it was made from and give it to this one, or change nothing."""
    leaves = update(releases).where(_R.state == ReleaseState.LIVE.value)
    if comes_from is ReleaseState.READY:
        leaves = leaves.where(_R.id == release.base)
    if connection.execute(leaves.values(state=ReleaseState.SUPERSEDED.value)).rowcount != 1:
        raise StaffError("release.outdated", release.id)
    here = update(releases).where(_R.id == release.id, _R.state == comes_from.value)
    done = connection.execute(
        here.values(state=ReleaseState.LIVE.value, published=now, **no_canary(now), **values)
    )
    if done.rowcount != 1:
        raise StaffError("release.not_ready", release.id)


def roll_back(connection: Connection, to: str | None, by: str, now: datetime) -> tuple[Release, Release]:
    lock_releases(connection)
    left = live_release(connection)
    wanted = to or left.base
    if wanted is None:
        raise StaffError("release.nothing_before", left.id)
    target = release_in(connection, ReleaseId(wanted))
    if target.state is not ReleaseState.SUPERSEDED or target.published is None:
        raise StaffError("release.nothing_before", target.id)
    _hand_over(connection, target, ReleaseState.SUPERSEDED, now, {"published_by": by})
    supersede(connection, CANDIDATE, now)
    chain.set_live(connection, chain.difference(connection, left.id, target.id))
    return left, target
