"""What operators write: articles and revisions, releases and what the gate found, test questions, hits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
TABLES = ("articles", "revisions", "releases", "release_changes", "findings", "tests", "confirmed", "hits")


def _text(name: str, length: int, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "knowledge_articles",
        _text("id", 80),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer()),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        _text("title", 200),
        _text("category", 80),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("held_out", sa.Integer(), nullable=False),
        sa.Column("variants", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("updated", TIME, nullable=False),
        _text("updated_by", 32),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_articles"),
    )
    op.create_index("ix_knowledge_articles_category", "knowledge_articles", ["category", "id"])
    op.create_index("ix_knowledge_articles_updated", "knowledge_articles", ["updated"])
    op.create_index("ix_knowledge_articles_draw", "knowledge_articles", ["draw"])
    changed = sa.text("is_changed")
    op.create_index(
        "ix_knowledge_articles_changed",
        "knowledge_articles",
        ["id"],
        sqlite_where=changed,
        postgresql_where=changed,
    )
    op.create_table(
        "knowledge_revisions",
        _text("article_id", 80),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        _text("deed", 16),
        _text("who", 32),
        sa.Column("at", TIME, nullable=False),
        _text("note", 200),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_articles.id"], name="fk_knowledge_revisions_article_id"
        ),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_knowledge_revisions"),
    )
    _releases()
    _questions()


def _releases() -> None:
    op.create_table(
        "knowledge_releases",
        _text("id", 32),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("state", 16),
        _text("base", 32, nullable=True),
        _text("note", 200),
        sa.Column("created", TIME, nullable=False),
        _text("created_by", 32),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("articles", sa.Integer()),
        sa.Column("offerings", sa.JSON()),
        _text("offerings_hash", 64),
        _text("requested_by", 32, nullable=True),
        sa.Column("gate", sa.JSON()),
        sa.Column("progress", sa.JSON()),
        sa.Column("published", TIME),
        _text("published_by", 32, nullable=True),
        sa.Column("override", sa.Text(), nullable=False),
        sa.Column("canary_percent", sa.Integer()),
        sa.Column("canary_until", TIME),
        sa.Column("canary_full", sa.Boolean()),
        sa.Column("error", sa.Text(), nullable=False),
        _text("lease_owner", 64, nullable=True),
        sa.Column("lease_until", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_releases"),
        sa.UniqueConstraint("number", name="uq_knowledge_releases_number"),
    )
    op.create_index("ix_knowledge_releases_state", "knowledge_releases", ["state"])
    live = sa.text("state = 'live'")
    op.create_index(
        "uq_knowledge_releases_live",
        "knowledge_releases",
        ["state"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_table(
        "knowledge_release_changes",
        _text("release_id", 32),
        _text("article_id", 80),
        sa.Column("revision", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["release_id"], ["knowledge_releases.id"], name="fk_knowledge_release_changes_release_id"
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_articles.id"], name="fk_knowledge_release_changes_article_id"
        ),
        sa.PrimaryKeyConstraint("release_id", "article_id", name="pk_knowledge_release_changes"),
    )
    op.create_index("ix_knowledge_release_changes_article", "knowledge_release_changes", ["article_id"])
    op.create_table(
        "knowledge_findings",
        _text("release_id", 32),
        sa.Column("place", sa.Integer(), nullable=False),
        _text("verdict", 16),
        _text("kind", 16),
        _text("article_id", 80, nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["knowledge_releases.id"], name="fk_knowledge_findings_release_id"
        ),
        sa.PrimaryKeyConstraint("release_id", "place", name="pk_knowledge_findings"),
    )


def _questions() -> None:
    op.create_table(
        "knowledge_tests",
        _text("id", 32),
        _text("question", 500),
        _text("article_id", 80, nullable=True),
        _text("channel", 32),
        _text("note", 200),
        sa.Column("created", TIME, nullable=False),
        _text("created_by", 32),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_tests"),
    )
    op.create_index("ix_knowledge_tests_created", "knowledge_tests", ["created"])
    op.create_table(
        "knowledge_confirmed",
        _text("digest", 64),
        _text("question", 500),
        _text("article_id", 80),
        _text("source", 32),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_knowledge_confirmed"),
    )
    op.create_index("ix_knowledge_confirmed_at", "knowledge_confirmed", ["at"])
    op.create_table(
        "knowledge_hits",
        _text("article_id", 80),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "day", name="pk_knowledge_hits"),
    )
    op.create_index("ix_knowledge_hits_day", "knowledge_hits", ["day"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(f"knowledge_{name}")
