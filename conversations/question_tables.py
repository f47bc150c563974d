"""The tables behind the numbers: what customers asked, and what became of it.

They refer to messages and conversations by id but not by foreign key: they outlive transcripts that are erased.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from conversations.tables import ID
from core.database import metadata

questions = Table(  # one row for each message that the bot answered
    "questions",
    metadata,
    Column("id", ID, primary_key=True),  # of the customer's message
    Column("contact_id", ID, nullable=False),
    Column("conversation_id", ID, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", String(32), nullable=False),
    # Seconds since 1970: spans are then plain arithmetic on both databases.
    Column("started_s", BigInteger, nullable=False),  # of its conversation
    Column("asked_s", BigInteger, nullable=False),
    Column("text", Text, nullable=False),  # as shown, masked; empty once it is older than is kept
    Column(
        "wording", String(64), nullable=False
    ),  # without punctuation and case: the same for the same question
    Column("topic", String(32), nullable=False),
    Column(
        "subject", String(120), nullable=False
    ),  # what a second contact would be about: topic, or faq:article
    Column("article", String(80), nullable=False),
    Column("offering", String(80), nullable=False),
    Column("outcome", String(16), nullable=False),  # of `Outcome`
    Column("is_taken", Boolean, nullable=False),  # offered, and one of the offered was chosen
    Column("is_useful", Boolean),  # what the customer said of the answer
    Column("handed_over", String(32)),  # the reason of the handoff that followed
    Index("ix_questions_asked", "asked_s"),
    Index("ix_questions_started", "started_s"),
    Index("ix_questions_conversation_seq", "conversation_id", "seq"),
    Index("ix_questions_contact_subject", "contact_id", "subject", "asked_s"),
)
