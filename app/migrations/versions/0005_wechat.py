"""The WeChat channel: claims of what arrived, what each user may still be sent, tokens; parts of a split message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
UNSETTLED = sa.text("state IN ('open', 'decided')")


def upgrade() -> None:
    op.create_table(
        "wechat_claims",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("channel_user", sa.String(length=200), nullable=False),
        sa.Column("stamp", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("held_until", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_try", TIME, nullable=False),
        sa.Column("arrived", TIME, nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("taken", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("account", "key", name="pk_wechat_claims"),
        sa.UniqueConstraint("account", "stamp", name="uq_wechat_claims_stamp"),
    )
    op.create_index(
        "ix_wechat_claims_unsettled",
        "wechat_claims",
        ["channel_user"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index("ix_wechat_claims_last_try", "wechat_claims", ["account", "last_try"])
    op.create_table(
        "wechat_users",
        sa.Column("channel_user", sa.String(length=200), nullable=False),
        sa.Column("is_following", sa.Boolean(), nullable=False),
        sa.Column("welcomes", sa.Integer(), nullable=False),
        sa.Column("message_left", sa.Integer(), nullable=False),
        sa.Column("message_until", TIME, nullable=False),
        sa.Column("click_left", sa.Integer(), nullable=False),
        sa.Column("click_until", TIME, nullable=False),
        sa.Column("noticed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("channel_user", name="pk_wechat_users"),
    )
    op.create_table(
        "wechat_tokens",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("expires", TIME, nullable=True),
        sa.Column("refreshed_by", sa.String(length=32), nullable=True),
        sa.Column("refresh_until", TIME, nullable=True),
        sa.Column("forced", TIME, nullable=True),
        sa.PrimaryKeyConstraint("account", name="pk_wechat_tokens"),
    )
    op.add_column("outbox", sa.Column("parts_sent", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("outbox", "parts_sent")
    for table in ["wechat_tokens", "wechat_users", "wechat_claims"]:
        op.drop_table(table)
