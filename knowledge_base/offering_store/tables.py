"""The tables of the operator's own offerings."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table

from core.database import UtcDateTime, metadata

_ID, _OFFERING = String(32), String(80)

own_offerings = Table(  # one row for each, as it stands
    "own_offerings",
    metadata,
    Column("id", _OFFERING, primary_key=True),
    Column("version", Integer, nullable=False),  # the newest revision's number
    Column("is_deleted", Boolean, nullable=False),
    Column("offering", JSON, nullable=False),
    Column(
        "base", JSON(none_as_null=True)
    ),  # the billing system's offering when this was written; NULL: it had none
    Column("updated", UtcDateTime, nullable=False),
    Column("updated_by", _ID, nullable=False),
    Index("ix_own_offerings_updated", "updated"),
)

offering_revisions = Table(  # rows are added, never changed
    "own_offering_revisions",
    metadata,
    Column("offering_id", _OFFERING, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("offering", JSON, nullable=False),
    Column("base", JSON(none_as_null=True)),
    Column("deed", String(16), nullable=False),  # created, changed, imported, restored, deleted
    Column("who", _ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
