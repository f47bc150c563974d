"""What customers asked and what became of it; who is the same person on several channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("started_s", sa.BigInteger(), nullable=False),
        sa.Column("asked_s", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("wording", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("article", sa.String(length=80), nullable=False),
        sa.Column("offering", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.Column("is_useful", sa.Boolean(), nullable=True),
        sa.Column("handed_over", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
    )
    op.create_index("ix_questions_asked", "questions", ["asked_s"])
    op.create_index("ix_questions_started", "questions", ["started_s"])
    op.create_index("ix_questions_conversation_seq", "questions", ["conversation_id", "seq"])
    op.create_index("ix_questions_contact_subject", "questions", ["contact_id", "subject", "asked_s"])
    # Those who proved a number before are each a person of their own until they prove it again.
    op.add_column("contacts", sa.Column("person", sa.String(length=64), nullable=True))
    op.execute(sa.text("UPDATE contacts SET person = id"))
    with op.batch_alter_table("contacts") as contacts:
        contacts.alter_column("person", existing_type=sa.String(length=64), nullable=False)
    op.create_index("ix_contacts_person", "contacts", ["person"])


def downgrade() -> None:
    op.drop_index("ix_contacts_person", "contacts")
    op.drop_column("contacts", "person")
    op.drop_table("questions")
