"""Every accepted stamp of a WeChat callback is kept for a while, those of repeated deliveries too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "wechat_stamps",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("stamp", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("account", "stamp", name="pk_wechat_stamps"),
    )
    op.execute(
        sa.text(
            "INSERT INTO wechat_stamps (account, stamp, key, at) SELECT account, stamp, key, last_try FROM wechat_claims"
        )
    )
    with op.batch_alter_table("wechat_claims") as claims:
        claims.drop_constraint("uq_wechat_claims_stamp", type_="unique")
        claims.drop_column("stamp")


def downgrade() -> None:
    with op.batch_alter_table("wechat_claims") as claims:
        claims.add_column(sa.Column("stamp", sa.String(length=120), nullable=False, server_default=""))
    op.execute(sa.text("UPDATE wechat_claims SET stamp = key"))  # one of its own for each
    with op.batch_alter_table("wechat_claims") as claims:
        claims.alter_column("stamp", existing_type=sa.String(length=120), server_default=None)
        claims.create_unique_constraint("uq_wechat_claims_stamp", ["account", "stamp"])
    op.drop_table("wechat_stamps")
