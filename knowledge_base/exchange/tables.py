"""The tables of imports: a job, what it would do row by row, and what is wrong with the rest."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from core.database import UtcDateTime, metadata

_ID = String(32)

import_jobs = Table(
    "import_jobs",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(16), nullable=False),  # articles, offerings
    Column("filename", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", _ID, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),  # a heartbeat while something works on it
    Column("done", Integer, nullable=False),  # rows read, or put in
    Column("total", Integer),  # NULL: not known yet
    Column("adds", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("problems", Integer, nullable=False),  # all of them, kept or not
    Column("ignored", JSON, nullable=False),  # headings of columns that were not read
    Column("columns", JSON(none_as_null=True)),  # of offerings: heading -> field, as it was read
    Column("message", Text, nullable=False),  # why it failed, in words
    Column("file", LargeBinary),  # of offerings, until they are in: columns may be read another way
    Index("ix_import_jobs_created", "created"),
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("job_id", _ID, ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("row", Integer, nullable=False),  # of the file
    Column("subject", String(120), nullable=False),  # the article's or offering's id
    Column("title", String(200), nullable=False),
    Column("verdict", String(8), nullable=False),  # create, update, same
    Column("changed", JSON, nullable=False),  # [{field, before, after}]
    Column("body", JSON, nullable=False),  # what would be put in, whole
    Index("ix_import_rows_verdict", "job_id", "verdict", "place"),
)

import_problems = Table(
    "import_problems",
    metadata,
    Column("job_id", _ID, ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("row", Integer, nullable=False),
    Column("heading", String(120), nullable=False),
    Column("message", Text, nullable=False),
)
