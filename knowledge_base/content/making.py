"""What must be built to get from one release to another: articles with their placeholders filled, and the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, cast, select

from core.errors import StaffError
from core.ids import ArticleId, OfferingId
from core.offering import Offering
from knowledge_base.articles import Article
from knowledge_base.content import chain
from knowledge_base.content.form import filled_article
from knowledge_base.content.model import ArticleDraft, ReleaseId, RevisionNumber
from knowledge_base.content.offerings import hash_of_offerings, read_offerings
from knowledge_base.content.release_rows import release_in
from knowledge_base.content.rows import contents
from knowledge_base.content.tables import articles, releases, revisions

_A, _R = articles.c, revisions.c
_OPEN = "%{{%"  # of a placeholder


@dataclass(frozen=True, slots=True)
class Plan:
    """What `knowledge_base.release.make` is told."""

    changed: tuple[Article, ...]
    removed: tuple[ArticleId, ...]
    offerings: tuple[Offering, ...] | None  # only where the generated articles must be made anew
    drafts: tuple[ArticleDraft, ...]  # as written, of the articles that differ from what is live
    touched: frozenset[ArticleId]  # all articles that do, those taken out too
    catalogue: tuple[Offering, ...]  # what the release goes by
    at: datetime
    left_out: tuple[
        str, ...
    ] = ()  # titles of drafts whose placeholders cannot be filled in, where that is allowed


def plan(
    connection: Connection, base: ReleaseId | None, target: ReleaseId, before: ReleaseId | None = None
) -> Plan:
    """Return what must be built to get from one release to another; without a base, everything of the target.

    `before`, where it is not the base, is what the target is compared with. Raises StaffError naming the article that
    cannot be filled in.
    """
    wanted = release_in(connection, target)
    catalogue = _catalogue(connection, target)
    if base is None:
        held = chain.holding(connection, chain.chain(connection, target))
        differs, is_renewed = held, True
    else:
        differs = dict(chain.difference(connection, base, target))
        is_renewed = release_in(connection, base).offerings_hash != wanted.offerings_hash
    drafts = contents(connection, [(a, r) for a, r in differs.items() if r is not None])
    if is_renewed and base is not None:  # what quotes an offering is filled in anew
        drafts |= contents(connection, _quoting(connection, target, drafts))
    shelf = {offering.id: offering for offering in catalogue}
    touched = differs if before in (None, base) else chain.difference(connection, before, target)
    return Plan(
        changed=tuple(filled_article(draft, shelf) for draft in drafts.values()),
        removed=tuple(article_id for article_id, revision in differs.items() if revision is None),
        offerings=catalogue if is_renewed else None,
        drafts=tuple(drafts[article_id] for article_id in touched if article_id in drafts),
        touched=frozenset(touched),
        catalogue=catalogue,
        at=wanted.created,
    )


def plan_drafts(
    connection: Connection, live: ReleaseId, now: datetime, offerings: Sequence[Offering] = ()
) -> Plan:
    """Return what differs between the live release and the drafts as they stand, for trying them out.

    `offerings` is the catalogue of now; without any, that of the live release is gone by. A draft that cannot be filled
    in is left out and named: the others can be tried all the same.
    """
    query = select(_A.id, _A.version, _A.is_deleted).where(_A.is_changed)
    rows = connection.execute(query).all()
    catalogue = tuple(offerings) or _catalogue(connection, live)
    shelf = {offering.id: offering for offering in catalogue}
    kept = [(ArticleId(row.id), RevisionNumber(row.version)) for row in rows if not row.is_deleted]
    drafts = contents(connection, kept)
    touched = frozenset(ArticleId(row.id) for row in rows)
    is_another = is_renewed(catalogue, release_in(connection, live).offerings_hash)
    quoting = contents(connection, _quoting(connection, live, touched)) if is_another else {}
    changed, left_out = _filled([*drafts.values(), *quoting.values()], shelf)
    return Plan(
        changed=changed,
        removed=tuple(ArticleId(row.id) for row in rows if row.is_deleted),
        offerings=catalogue if is_another else None,
        drafts=tuple(drafts.values()),
        touched=touched,
        catalogue=catalogue,
        at=now,
        left_out=left_out,
    )


def _filled(
    drafts: Iterable[ArticleDraft], shelf: Mapping[OfferingId, Offering]
) -> tuple[tuple[Article, ...], tuple[str, ...]]:
    made: list[Article] = []
    left_out: list[str] = []
    for draft in drafts:
        try:
            made.append(filled_article(draft, shelf))
        except StaffError:
            left_out.append(draft.title)
    return tuple(made), tuple(left_out)


def _catalogue(connection: Connection, target: ReleaseId) -> tuple[Offering, ...]:
    """Return the offerings of the newest release of the chain that brought any."""
    for release_id in reversed(chain.chain(connection, target)):
        query = select(releases.c.offerings).where(releases.c.id == release_id)
        if (entries := connection.execute(query).scalar_one()) is not None:
            return read_offerings(entries)
    return ()


def _quoting(
    connection: Connection, target: ReleaseId, known: Iterable[ArticleId]
) -> Sequence[tuple[ArticleId, RevisionNumber]]:
    query = select(_R.article_id).where(cast(_R.content, Text).like(_OPEN)).distinct()
    quoting = {ArticleId(row.article_id) for row in connection.execute(query)} - set(known)
    held = chain.holding(connection, chain.chain(connection, target), quoting)
    return [(article_id, revision) for article_id, revision in held.items() if revision is not None]


def is_renewed(offerings: Sequence[Offering], known_hash: str) -> bool:
    """Say whether a catalogue differs from the one a release goes by."""
    return bool(offerings) and hash_of_offerings(offerings) != known_hash
