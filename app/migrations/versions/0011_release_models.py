"""Which encoder, gate and judgement a release was made with, so that newly trained ones reach customers by a release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("knowledge_releases", sa.Column("model", sa.String(64), nullable=False, server_default=""))
    op.add_column(
        "knowledge_releases", sa.Column("with_model", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("knowledge_releases", "with_model")
    op.drop_column("knowledge_releases", "model")
