"""What an operator says when asking that a release be published, for the reviewer to read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "knowledge_releases", sa.Column("request_note", sa.Text(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("knowledge_releases", "request_note")
