"""Indexes from which lists of articles are counted, paged and sorted by hits without reading the rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ARTICLES, HITS = "knowledge_articles", "knowledge_hits"


def upgrade() -> None:
    _drop("category", "updated", "changed")
    op.create_index("ix_knowledge_articles_category", ARTICLES, ["category", "is_deleted", "live"])
    op.create_index("ix_knowledge_articles_updated", ARTICLES, ["updated", "id", "is_deleted", "live"])
    _create_changed(["updated", "id"], sqlite_where="is_changed = 1")
    op.create_index("ix_knowledge_hits_article", HITS, ["article_id", "day", "count"])


def downgrade() -> None:
    op.drop_index("ix_knowledge_hits_article", HITS)
    _drop("category", "updated", "changed")
    op.create_index("ix_knowledge_articles_category", ARTICLES, ["category", "id"])
    op.create_index("ix_knowledge_articles_updated", ARTICLES, ["updated"])
    _create_changed(["id"], sqlite_where="is_changed")


def _drop(*names: str) -> None:
    for name in names:
        op.drop_index(f"ix_knowledge_articles_{name}", ARTICLES)


def _create_changed(columns: list[str], sqlite_where: str) -> None:
    op.create_index(
        "ix_knowledge_articles_changed",
        ARTICLES,
        columns,
        sqlite_where=sa.text(sqlite_where),
        postgresql_where=sa.text("is_changed"),
    )
