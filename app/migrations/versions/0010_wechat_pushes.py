"""When the last messages were pushed to a WeChat user, so that a message that comes late does not allow them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wechat_users", sa.Column("pushes", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("wechat_users", "pushes")
