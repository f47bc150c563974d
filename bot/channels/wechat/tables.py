"""What the channel must remember across processes and restarts; `app/migrations` creates the tables."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, text

from core.database import UtcDateTime, metadata

USER = String(200)  # <account>:<openid>, the contact's `channel_user`
_UNSETTLED = text("state IN ('open', 'decided')")

claims = Table(
    "wechat_claims",
    metadata,
    Column("account", String(32), primary_key=True),
    Column("key", String(200), primary_key=True),  # MsgId; of an event who, when and which
    Column("channel_user", USER, nullable=False),
    Column("state", String(16), nullable=False),  # open, decided, replied, returned
    Column("owner", String(32), nullable=False),  # the service process that works on it
    Column("held_until", UtcDateTime, nullable=False),  # nothing else is sent to this user before
    Column("tries", Integer, nullable=False),  # deliveries seen
    Column("last_try", UtcDateTime, nullable=False),
    Column("arrived", UtcDateTime, nullable=False),
    Column("reply", Text),  # decided: the passive reply's text; NULL: none, the answer goes by the API
    Column("taken", JSON(none_as_null=True)),  # messages in the reply, and their parts sent before
    Index("ix_wechat_claims_unsettled", "channel_user", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
    Index("ix_wechat_claims_last_try", "account", "last_try"),
)

stamps = Table(
    "wechat_stamps",
    metadata,
    Column("account", String(32), primary_key=True),
    Column("stamp", String(120), primary_key=True),  # timestamp and nonce of a delivery that was let in
    Column("key", String(200), nullable=False),  # the claim it is good for
    Column("at", UtcDateTime, nullable=False),
)

users = Table(
    "wechat_users",
    metadata,
    Column("channel_user", USER, primary_key=True),
    Column("is_following", Boolean, nullable=False),
    Column("welcomes", Integer, nullable=False),  # how often they were welcomed
    Column("message_left", Integer, nullable=False),  # what WeChat still allows after their last message
    Column("message_until", UtcDateTime, nullable=False),
    Column("click_left", Integer, nullable=False),  # and after their last click, follow or scan
    Column("click_until", UtcDateTime, nullable=False),
    Column("noticed", Boolean, nullable=False),  # an SMS told them that an answer waits
    Column("pushes", JSON, nullable=False, server_default="[]"),  # when the last ones went out, Unix seconds
)

tokens = Table(
    "wechat_tokens",
    metadata,
    Column("account", String(32), primary_key=True),
    Column("sealed", Text),  # the access token, encrypted
    Column("expires", UtcDateTime),
    Column("refreshed_by", String(32)),  # the process that is getting a new one
    Column("refresh_until", UtcDateTime),
    Column("forced", UtcDateTime),  # when a new one was last forced
)
