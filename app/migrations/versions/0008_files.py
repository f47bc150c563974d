"""Files and the catalogue: imports, the operator's own offerings, and what the watch found in articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
TABLES = (
    "article_notices",
    "import_rows",
    "import_problems",
    "import_jobs",
    "own_offering_revisions",
    "own_offerings",
)


def upgrade() -> None:
    op.create_table(
        "article_notices",
        sa.Column("article_id", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("is_blocking", sa.Boolean(), nullable=False),
        sa.Column("offering_id", sa.String(length=80), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("found", TIME, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "place", name="pk_article_notices"),
    )
    op.create_index("ix_article_notices_code", "article_notices", ["code", "article_id"], unique=False)
    op.create_table(
        "import_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("adds", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_import_jobs"),
    )
    op.create_index("ix_import_jobs_created", "import_jobs", ["created"], unique=False)
    op.create_table(
        "own_offering_revisions",
        sa.Column("offering_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offering", sa.JSON(), nullable=False),
        sa.Column("base", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("deed", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("offering_id", "number", name="pk_own_offering_revisions"),
    )
    op.create_table(
        "own_offerings",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("offering", sa.JSON(), nullable=False),
        sa.Column("base", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("updated", TIME, nullable=False),
        sa.Column("updated_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_own_offerings"),
    )
    op.create_index("ix_own_offerings_updated", "own_offerings", ["updated"], unique=False)
    op.create_table(
        "import_problems",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=120), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["import_jobs.id"], name="fk_import_problems_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "place", name="pk_import_problems"),
    )
    op.create_table(
        "import_rows",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["import_jobs.id"], name="fk_import_rows_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "place", name="pk_import_rows"),
    )
    op.create_index("ix_import_rows_verdict", "import_rows", ["job_id", "verdict", "place"], unique=False)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
