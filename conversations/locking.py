"""How transactions keep out of each other's way on PostgreSQL; on SQLite the one writer is enough."""

from __future__ import annotations

import zlib

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import statements
from conversations.model import ContactId
from core.errors import StaffError
from core.ids import ConversationId


async def lock_contact_of(connection: AsyncConnection, conversation_id: ConversationId) -> ContactId:
    """Lock the contact a conversation belongs to until the transaction ends; raise StaffError if there is none."""
    found = (
        await connection.execute(statements.LOCK_CONTACT_OF_CONVERSATION, {"conversation": conversation_id})
    ).scalar_one_or_none()
    if found is None:
        raise StaffError("conversation.unknown", conversation_id)
    return ContactId(found)


async def take_turn(connection: AsyncConnection, conversation_id: ConversationId) -> None:
    """As `lock_contact_of`, for a conversation known to be there: the one writer of SQLite has nobody to wait for."""
    if connection.dialect.name == "postgresql":
        await lock_contact_of(connection, conversation_id)


async def lock_name(connection: AsyncConnection, name: str) -> None:
    """Let one transaction at a time pass under this name."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(zlib.crc32(name.encode()))))
