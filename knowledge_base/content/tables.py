"""The tables of content; `app/migrations` creates them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, text

from core.database import UtcDateTime, metadata

_ID, _ARTICLE = String(32), String(80)
_LIVE = text("state = 'live'")
_CHANGED, _IS_ONE = text("is_changed"), text("is_changed = 1")  # each as its database is asked

articles = Table(  # one row for each article, as its newest revision stands: what lists are made of
    "knowledge_articles",
    metadata,
    Column("id", _ARTICLE, primary_key=True),
    Column("version", Integer, nullable=False),  # the newest revision's number
    Column("live", Integer),  # the revision customers get; NULL: none
    Column("is_deleted", Boolean, nullable=False),
    Column("is_changed", Boolean, nullable=False),  # a release would change something
    Column("title", String(200), nullable=False),
    Column("category", String(80), nullable=False),
    Column("search", Text, nullable=False),  # normalised: id, title, similar questions
    Column("questions", Integer, nullable=False),
    Column("held_out", Integer, nullable=False),
    Column("variants", Text, nullable=False),  # ",wechat,@广东,": channels, and regions after an @
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("draw", Integer, nullable=False),  # a fixed lot, so that a sample is the same each time
    Column("updated", UtcDateTime, nullable=False),
    Column("updated_by", _ID, nullable=False),
    # Lists of a hundred thousand are counted and paged from these alone: a row holds all its questions and is slow to read.
    Index("ix_knowledge_articles_category", "category", "is_deleted", "live"),
    Index("ix_knowledge_articles_updated", "updated", "id", "is_deleted", "live"),
    Index("ix_knowledge_articles_changed", "updated", "id", sqlite_where=_IS_ONE, postgresql_where=_CHANGED),
    Index("ix_knowledge_articles_draw", "draw"),
)

revisions = Table(  # every state an article ever had; rows are added, never changed
    "knowledge_revisions",
    metadata,
    Column("article_id", _ARTICLE, ForeignKey("knowledge_articles.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("deed", String(16), nullable=False),
    Column("who", _ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", String(200), nullable=False),
)

releases = Table(
    "knowledge_releases",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("base", _ID),  # the release that was live when this one was made
    Column("note", String(200), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("created_by", _ID, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("articles", Integer),
    Column("offerings", JSON(none_as_null=True)),  # NULL: the generated articles are those of the base
    Column("offerings_hash", String(64), nullable=False),  # of the catalogue its generated articles follow
    Column(
        "model", String(64), nullable=False
    ),  # the encoder, gate and judgement it was made with; "": not known
    Column("with_model", Boolean, nullable=False),  # they are others than those of its base
    Column("requested_by", _ID),
    Column("request_note", Text, nullable=False, server_default=""),
    Column("gate", JSON(none_as_null=True)),
    Column("progress", JSON(none_as_null=True)),
    Column("published", UtcDateTime),
    Column("published_by", _ID),
    Column("override", Text, nullable=False),
    Column("canary_percent", Integer),
    Column("canary_until", UtcDateTime),
    Column("canary_full", Boolean),
    Column("tried_percent", Integer),  # the last canary stays on record when it is over
    Column("tried_since", UtcDateTime),
    Column("tried_until", UtcDateTime),  # NULL: it runs
    Column("error", Text, nullable=False),
    Column("lease_owner", String(64)),  # the service process that builds and tests it
    Column("lease_until", UtcDateTime),
    Index("ix_knowledge_releases_state", "state"),
    Index("uq_knowledge_releases_live", "state", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
)

release_changes = Table(  # what a release changes of its base; the first release changes everything
    "knowledge_release_changes",
    metadata,
    Column("release_id", _ID, ForeignKey("knowledge_releases.id"), primary_key=True),
    Column("article_id", _ARTICLE, ForeignKey("knowledge_articles.id"), primary_key=True),
    Column("revision", Integer),  # NULL: taken out
    Index("ix_knowledge_release_changes_article", "article_id"),
)

findings = Table(  # regression questions that a release answers differently, worst first
    "knowledge_findings",
    metadata,
    Column("release_id", _ID, ForeignKey("knowledge_releases.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("article_id", _ARTICLE),
    Column("body", JSON, nullable=False),
)

tests = Table(  # the operator's own test questions
    "knowledge_tests",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("question", String(500), nullable=False),
    Column("article_id", _ARTICLE),  # NULL: nothing may answer
    Column("channel", String(32), nullable=False),
    Column("note", String(200), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("created_by", _ID, nullable=False),
    Index("ix_knowledge_tests_created", "created"),
)

confirmed = Table(  # what customers asked, where somebody said which article answers it
    "knowledge_confirmed",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the question
    Column("question", String(500), nullable=False),
    Column("article_id", _ARTICLE, nullable=False),
    Column("source", _ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_knowledge_confirmed_at", "at"),
)

hits = Table(  # how often each article was answered with
    "knowledge_hits",
    metadata,
    Column("article_id", _ARTICLE, primary_key=True),
    Column("day", Date, primary_key=True),  # China's
    Column("count", Integer, nullable=False),
    Index("ix_knowledge_hits_day", "day"),
    Index("ix_knowledge_hits_article", "article_id", "day", "count"),
)
