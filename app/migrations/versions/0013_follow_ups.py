"""What agents have promised to come back to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID, TIME = sa.String(length=32), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", ID, nullable=False),
        sa.Column("handoff_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("number_sealed", sa.Text()),
        sa.Column("owner", ID, nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("opened", TIME, nullable=False),
        sa.Column("ticket", sa.String(length=64)),
        sa.Column("done", TIME),
        sa.Column("done_by", ID),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
        sa.UniqueConstraint("handoff_id", name="uq_follow_ups_handoff_id"),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name="fk_follow_ups_handoff_id"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_follow_ups_conversation_id"
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_follow_ups_contact_id"),
        sa.ForeignKeyConstraint(["owner"], ["staff.id"], name="fk_follow_ups_owner"),
    )
    op.create_index("ix_follow_ups_owner_done", "follow_ups", ["owner", "done", "due"])
    op.create_index("ix_follow_ups_done_due", "follow_ups", ["done", "due"])
    op.create_index("ix_follow_ups_contact_done", "follow_ups", ["contact_id", "done"])
    op.create_index("ix_follow_ups_conversation", "follow_ups", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("follow_ups")
