"""The tables of conversations; `app/migrations` creates them.

`contacts` is the root: every transaction that adds to a contact's transcript or moves one of its conversations
locks that contact's row first, so sequence numbers have no gaps and an epoch cannot change underneath an answer.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.database import UtcDateTime, metadata

ID = String(32)
_OPEN = text("state <> 'closed'")
_UNFINISHED = text("processing IN ('received', 'sent_to_engine')")
_PENDING = text("state = 'pending'")

contacts = Table(
    "contacts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("channel_user", String(200), nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column(
        "person", String(64), nullable=False
    ),  # the same on every channel once a number was proven: its digest
    Column("region", String(32), nullable=False, server_default=""),  # once a number was proven
    Column("age_band", String(16), nullable=False, server_default=""),  # 65+, 45-64, ...; as region
    UniqueConstraint("channel", "channel_user"),
    Index("ix_contacts_person", "person"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("started", UtcDateTime, nullable=False),
    Column("last_activity", UtcDateTime, nullable=False),
    Column("closed", UtcDateTime),
    Column("is_traditional", Boolean, nullable=False),  # the script the customer writes
    Column("with_bot", Boolean, nullable=False),  # waiting for a person, the customer goes on with the bot
    Column("outage_told", Boolean, nullable=False),  # the apology of the present outage has been said
    Column("lease_owner", String(64)),  # the service process that works on its messages now
    Column("lease_until", UtcDateTime),
    Index("ix_conversations_contact_started", "contact_id", "started"),
    # One open conversation for each contact.
    Index("uq_conversations_open", "contact_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sender", String(16), nullable=False),
    Column("text", Text, nullable=False),  # as shown: sensitive values masked, a button by its title
    Column("buttons", JSON(none_as_null=True)),
    Column("card", JSON(none_as_null=True)),
    Column("epoch", Integer, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("in_reply_to", ID),
    Column("channel_message_id", String(200)),
    Column("processing", String(16)),
    Column("engine_text", Text),  # what the engine is sent: normalised, tokens for sensitive values
    Column("refusal", String(32)),  # the service text that answers instead of the engine
    Column("details", JSON(none_as_null=True)),  # for the engine's metadata
    Column(
        "about", JSON(none_as_null=True)
    ),  # what a bot's answer was about: topic, article, offering, outcome
    Column("author", ID),  # the member of staff who wrote it
    Column("author_name", String(40)),  # as the customer sees it
    UniqueConstraint("contact_id", "seq"),
    UniqueConstraint("contact_id", "channel_message_id", name="uq_messages_channel_message_id"),
    Index("ix_messages_conversation_seq", "conversation_id", "seq"),
    Index("ix_messages_in_reply_to", "in_reply_to"),
    Index(
        "ix_messages_unfinished",
        "conversation_id",
        "seq",
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
)

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", ID, ForeignKey("messages.id"), primary_key=True),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("reply_seq", Integer, nullable=False),  # of the message it answers; 0: it answers none
    Column("state", String(16), nullable=False),  # pending, sent, expired
    Column("attempts", Integer, nullable=False),
    Column("next_try", UtcDateTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("sent", UtcDateTime),
    Column("parts_sent", Integer, nullable=False, server_default="0"),  # of a message a channel splits
    Index("ix_outbox_pending", "contact_id", "seq", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

vault = Table(
    "vault",
    metadata,
    Column("conversation_id", ID, ForeignKey("conversations.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("number", Integer, primary_key=True),  # the 1 of [msisdn_1]
    Column("digest", String(64), nullable=False),  # keyed, so that the same value keeps its token
    Column("sealed", Text),  # encrypted; NULL once it has expired
    Column("expires", UtcDateTime),
    UniqueConstraint("conversation_id", "kind", "digest"),
)

codes = Table(
    "codes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("contact_id", ID, ForeignKey("contacts.id"), nullable=False),
    Column("number_digest", String(64), nullable=False),
    Column("number_sealed", Text, nullable=False),
    Column("code_digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # open, used, locked, replaced
    Column("wrong_tries", Integer, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Index("ix_codes_contact_created", "contact_id", "created"),
    Index("ix_codes_number_created", "number_digest", "created"),
)

identities = Table(
    "identities",
    metadata,
    Column("contact_id", ID, ForeignKey("contacts.id"), primary_key=True),
    Column("number_sealed", Text, nullable=False),
    Column("proven", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)

pending_actions = Table(
    "pending_actions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload_sealed", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("shown_sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("external", JSON(none_as_null=True)),  # what the billing system answered: ids, links
    Column("note", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Column("confirmed", UtcDateTime),
    Column("placed", UtcDateTime),
    Column("settled", UtcDateTime),
    Index("ix_pending_actions_conversation", "conversation_id", "created"),
    Index("ix_pending_actions_state", "state"),
)

timers = Table(
    "timers",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("subject", ID, primary_key=True),  # a conversation's id
    Column("due", UtcDateTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Index("ix_timers_due", "due"),
)
