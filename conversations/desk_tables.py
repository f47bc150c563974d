"""The tables of the desk: staff and presence, handoffs, notes, canned replies, ratings, operating settings."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from conversations.tables import ID
from core.database import UtcDateTime, metadata

_OPEN_HANDOFF = text("state IN ('waiting', 'accepted')")

staff = Table(
    "staff",
    metadata,
    Column("id", ID, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(40), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

presences = Table(
    "presences",
    metadata,
    Column("staff_id", ID, ForeignKey("staff.id"), primary_key=True),
    Column("presence", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("beat", UtcDateTime, nullable=False),
)

presence_log = Table(
    "presence_log",
    metadata,
    Column("id", ID, primary_key=True),
    Column("staff_id", ID, ForeignKey("staff.id"), nullable=False),
    Column("presence", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("set_by", String(32), nullable=False),  # the agent, a supervisor's id, or "system"
    Index("ix_presence_log_staff_at", "staff_id", "at"),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("skill", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("is_elderly", Boolean, nullable=False),
    Column("is_complaint", Boolean, nullable=False),
    Column("is_returned", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("requested", UtcDateTime, nullable=False),
    Column("queued", UtcDateTime, nullable=False),
    Column("wanted_agent", ID),
    Column("last_agent", ID),
    Column("agent_id", ID),
    Column("accepted", UtcDateTime),
    Column("first_response", UtcDateTime),
    Column("ended", UtcDateTime),
    Column("disposition", String(16)),
    Index("ix_handoffs_contact_accepted", "contact_id", "accepted"),
    Index("ix_handoffs_agent_state", "agent_id", "state"),
    Index("ix_handoffs_agent_accepted", "agent_id", "accepted"),
    Index("ix_handoffs_conversation_queued", "conversation_id", "queued"),
    Index("ix_handoffs_queued", "queued"),
    Index(
        "uq_handoffs_open",
        "conversation_id",
        unique=True,
        sqlite_where=_OPEN_HANDOFF,
        postgresql_where=_OPEN_HANDOFF,
    ),
)

follow_ups = Table(  # what an agent has promised to come back to
    "follow_ups",
    metadata,
    Column("id", ID, primary_key=True),
    Column("handoff_id", ID, ForeignKey("handoffs.id"), nullable=False, unique=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("skill", String(16), nullable=False),
    Column("who", String(120), nullable=False),  # the customer, masked, as the summary names them
    Column("number_sealed", Text),  # NULL: the customer had proven no number
    Column("owner", ID, ForeignKey("staff.id"), nullable=False),
    Column("task", Text, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("opened", UtcDateTime, nullable=False),
    Column("ticket", String(64)),  # of the billing system
    Column("done", UtcDateTime),
    Column("done_by", ID),
    Column("outcome", Text, nullable=False),
    Index("ix_follow_ups_owner_done", "owner", "done", "due"),
    Index("ix_follow_ups_done_due", "done", "due"),
    Index("ix_follow_ups_contact_done", "contact_id", "done"),
    Index("ix_follow_ups_conversation", "conversation_id"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("author", ID, nullable=False),
    Column("author_name", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("is_whisper", Boolean, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Index("ix_notes_conversation_created", "conversation_id", "created"),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", ID, primary_key=True),
    Column("shortcut", String(40), nullable=False, unique=True),
    Column("title", String(80), nullable=False),
    Column("text", Text, nullable=False),  # {customer}, {agent}, {plan} are filled in
    Column("skill", String(16)),  # NULL: for every skill
    Column("uses", Integer, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", ID, ForeignKey("conversations.id"), primary_key=True),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("asked", UtcDateTime, nullable=False),
    Column("rated", UtcDateTime),
    Column("stars", Integer),
    Column("scale", Integer, nullable=False),
    Column("score", Integer),  # stars on 0 to 100
    Column("is_solved", Boolean),
    Column("reasons", JSON, nullable=False),
    Column("words", Text, nullable=False),
    Column("topic", String(32), nullable=False),
    Column("article", String(80), nullable=False),
    Column("agent_id", ID),
    Column("channel", String(32), nullable=False),
    Column("region", String(32), nullable=False),
    Column("age_band", String(16), nullable=False),
    Column("offering", String(80), nullable=False),
    Index("ix_ratings_contact_asked", "contact_id", "asked"),
    Index("ix_ratings_asked", "asked"),
)

answer_feedback = Table(
    "answer_feedback",
    metadata,
    Column("message_id", ID, ForeignKey("messages.id"), primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("article", String(80), nullable=False),
    Column("question", Text, nullable=False),
    Column("is_useful", Boolean, nullable=False),
    Column("given", UtcDateTime, nullable=False),
)

operating_settings = Table(  # what an administrator sets while the service runs; one row for each name
    "operating_settings",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("updated_by", String(32), nullable=False),
)
