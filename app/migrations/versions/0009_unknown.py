"""The questions worth an operator's look, and their groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "unknown_groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("nearest", sa.String(length=80), nullable=False),
        sa.Column("nearest_score", sa.Float(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("phrases", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided", TIME, nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("size_then", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.String(length=32), nullable=False),
        sa.Column("live_since", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_unknown_groups"),
    )
    op.create_index("ix_unknown_groups_state", "unknown_groups", ["state"])
    op.create_table(
        "unknown_questions",
        sa.Column("question_id", sa.String(length=32), nullable=False),
        sa.Column("asked_s", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("wording", sa.String(length=64), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("question_id", name="pk_unknown_questions"),
    )
    op.create_index("ix_unknown_questions_group_asked", "unknown_questions", ["group_id", "asked_s"])
    op.create_index("ix_unknown_questions_asked", "unknown_questions", ["asked_s"])
    op.create_index("ix_unknown_questions_wording", "unknown_questions", ["wording"])
    op.create_table(
        "leased_jobs",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_leased_jobs"),
    )


def downgrade() -> None:
    op.drop_table("leased_jobs")
    op.drop_table("unknown_questions")
    op.drop_table("unknown_groups")
