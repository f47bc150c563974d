"""The questions worth an operator's look, and their groups."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, String, Table, Text

from conversations.tables import ID
from core.database import UtcDateTime, metadata

unknown_groups = Table(
    "unknown_groups",
    metadata,
    Column("id", ID, primary_key=True),
    Column("title", Text, nullable=False),  # the question most like the others
    Column("state", String(16), nullable=False),  # of `State`
    Column("nearest", String(80), nullable=False),  # the article that came nearest, when last looked
    Column("nearest_score", Float, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("target", String(80), nullable=False),  # the article that is to answer it
    Column("phrases", JSON, nullable=False),  # what was added to the target
    Column("reason", Text, nullable=False),  # why it is ignored
    Column("decided", UtcDateTime),
    Column("decided_by", ID, nullable=False),
    Column("size_then", Integer, nullable=False),  # when it was decided
    Column("merged_into", ID, nullable=False),
    Column("live_since", UtcDateTime),  # since when customers get what was added
    Index("ix_unknown_groups_state", "state"),
)
unknown_questions = Table(
    "unknown_questions",
    metadata,
    Column("question_id", ID, primary_key=True),
    Column("asked_s", BigInteger, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("cause", String(16), nullable=False),  # of `Cause`
    Column("text", Text, nullable=False),
    Column("wording", String(64), nullable=False),
    Column("article", String(80), nullable=False),  # that answered, where one did
    Column("conversation_id", ID, nullable=False),
    Column("group_id", ID),
    Index("ix_unknown_questions_group_asked", "group_id", "asked_s"),
    Index("ix_unknown_questions_asked", "asked_s"),
    Index("ix_unknown_questions_wording", "wording"),
)
