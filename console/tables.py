"""The console's tables: how staff sign in, and what they did that must be accounted for."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from core.database import UtcDateTime, metadata

_ID = String(32)

credentials = Table(
    "credentials",
    metadata,
    Column("staff_id", _ID, ForeignKey("staff.id"), primary_key=True),
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("must_change", Boolean, nullable=False),  # a one-time password
    Column("updated", UtcDateTime, nullable=False),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),  # the token itself is nowhere but in the browser
    Column("staff_id", _ID, ForeignKey("staff.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
    Index("ix_staff_sessions_staff", "staff_id"),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("login", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_failed_sign_ins_login_at", "login", "at"),
    Index("ix_failed_sign_ins_address_at", "address", "at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", _ID, nullable=False),  # a member of staff, or "" for somebody who did not get in
    Column("what", String(40), nullable=False),  # login.succeeded, number.revealed, staff.changed, ...
    Column("subject", String(80), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_log_at", "at"),
    Index("ix_audit_log_who_at", "who", "at"),
)
