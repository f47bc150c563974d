"""The table of what the watch found when it last looked."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from core.database import UtcDateTime, metadata

article_notices = Table(
    "article_notices",
    metadata,
    Column("article_id", String(80), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("code", String(24), nullable=False),
    Column("is_blocking", Boolean, nullable=False),
    Column("offering_id", String(80)),
    Column("sentence", Text, nullable=False),
    Column("told", JSON, nullable=False),  # what fills in the code's words
    Column("found", UtcDateTime, nullable=False),
    Index("ix_article_notices_code", "code", "article_id"),
)
