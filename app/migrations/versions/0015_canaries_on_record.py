"""The last canary of a release stays on record, so that what became of its conversations can still be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("knowledge_releases", sa.Column("tried_percent", sa.Integer()))
    op.add_column("knowledge_releases", sa.Column("tried_since", TIME))
    op.add_column("knowledge_releases", sa.Column("tried_until", TIME))


def downgrade() -> None:
    for name in ("tried_until", "tried_since", "tried_percent"):
        op.drop_column("knowledge_releases", name)
