"""Staff, presence, handoffs, notes, canned replies, ratings, feedback; who wrote a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_canned_replies"),
        sa.UniqueConstraint("shortcut", name="uq_canned_replies_shortcut"),
    )
    op.create_table(
        "operating_settings",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.Column("updated_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_operating_settings"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login", name="uq_staff_login"),
    )
    op.create_table(
        "presence_log",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("presence", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_presence_log_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_presence_log"),
    )
    op.create_index("ix_presence_log_staff_at", "presence_log", ["staff_id", "at"])

    op.create_table(
        "presences",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("presence", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("beat", TIME, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_presences_staff_id"),
        sa.PrimaryKeyConstraint("staff_id", name="pk_presences"),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("is_elderly", sa.Boolean(), nullable=False),
        sa.Column("is_complaint", sa.Boolean(), nullable=False),
        sa.Column("is_returned", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested", TIME, nullable=False),
        sa.Column("queued", TIME, nullable=False),
        sa.Column("wanted_agent", sa.String(length=32), nullable=True),
        sa.Column("last_agent", sa.String(length=32), nullable=True),
        sa.Column("agent_id", sa.String(length=32), nullable=True),
        sa.Column("accepted", TIME, nullable=True),
        sa.Column("first_response", TIME, nullable=True),
        sa.Column("ended", TIME, nullable=True),
        sa.Column("disposition", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_handoffs_contact_id"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_handoffs_conversation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
    )
    op.create_index("ix_handoffs_agent_state", "handoffs", ["agent_id", "state"])
    op.create_index("ix_handoffs_agent_accepted", "handoffs", ["agent_id", "accepted"])
    op.create_index("ix_handoffs_contact_accepted", "handoffs", ["contact_id", "accepted"])
    op.create_index("ix_handoffs_conversation_queued", "handoffs", ["conversation_id", "queued"])
    op.create_index("ix_handoffs_queued", "handoffs", ["queued"])
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'accepted')"),
        postgresql_where=sa.text("state IN ('waiting', 'accepted')"),
    )

    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("author_name", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_whisper", sa.Boolean(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_notes_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_conversation_created", "notes", ["conversation_id", "created"])

    op.create_table(
        "ratings",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("asked", TIME, nullable=False),
        sa.Column("rated", TIME, nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("scale", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("is_solved", sa.Boolean(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=False),
        sa.Column("agent_id", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("age_band", sa.String(length=16), nullable=False),
        sa.Column("offering", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_ratings_contact_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_ratings_conversation_id"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_ratings"),
    )
    op.create_index("ix_ratings_contact_asked", "ratings", ["contact_id", "asked"])

    op.create_table(
        "answer_feedback",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("is_useful", sa.Boolean(), nullable=False),
        sa.Column("given", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_answer_feedback_conversation_id"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_answer_feedback_message_id"),
        sa.PrimaryKeyConstraint("message_id", name="pk_answer_feedback"),
    )
    op.add_column(
        "conversations", sa.Column("is_traditional", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "conversations", sa.Column("with_bot", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("messages", sa.Column("about", sa.JSON(), nullable=True))
    op.add_column("messages", sa.Column("author", sa.String(length=32), nullable=True))
    op.add_column("messages", sa.Column("author_name", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "author_name")
    op.drop_column("messages", "author")
    op.drop_column("messages", "about")
    op.drop_column("conversations", "with_bot")
    op.drop_column("conversations", "is_traditional")
    for table in [
        "answer_feedback",
        "ratings",
        "notes",
        "handoffs",
        "presences",
        "presence_log",
        "staff",
        "operating_settings",
        "canned_replies",
    ]:
        op.drop_table(table)
