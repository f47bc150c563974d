"""What stands behind the tokens the engine sees: `[msisdn_1]` and its like, encrypted, for one conversation."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.locking import lock_contact_of
from conversations.sealing import Sealer
from conversations.tables import vault
from core.clock import Clock
from core.database import Database
from core.ids import ConversationId
from core.settings import Settings
from core.text import CODE, TOKEN

# Built once, as those of `statements`: every message that names a number runs them.
_KIND = vault.c.conversation_id == bindparam("conversation"), vault.c.kind == bindparam("of_kind")
_NUMBER_OF = select(vault.c.number).where(*_KIND, vault.c.digest == bindparam("of_digest"))
_LAST_NUMBER = select(func.max(vault.c.number)).where(*_KIND)
_SEALED = select(vault.c.sealed, vault.c.expires).where(*_KIND, vault.c.number == bindparam("of_number"))
_ADD = insert(vault)


class Vault:
    """Sensitive values of conversations; one-time codes leave it when they expire."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db, self._clock = db, clock
        self._sealer = Sealer(settings.secret)
        self._code_lifetime = timedelta(seconds=settings.code_lifetime_s)

    async def token_for(self, conversation_id: ConversationId, kind: str, value: str) -> str:
        """Keep a value and return its token; the same value in the same conversation keeps its token."""
        async with self._db.write() as connection:
            await lock_contact_of(connection, conversation_id)
            return await self.put(connection, conversation_id, kind, value)

    async def put(
        self, connection: AsyncConnection, conversation_id: ConversationId, kind: str, value: str
    ) -> str:
        """As `token_for`, inside a transaction that holds the contact's lock."""
        digest = self._sealer.digest("vault", conversation_id, kind, value)
        expires = self._clock.now() + self._code_lifetime if kind == CODE else None
        named = {"conversation": conversation_id, "of_kind": kind}
        found = await connection.execute(_NUMBER_OF, {**named, "of_digest": digest})
        number = found.scalar_one_or_none()
        if number is None:
            number = ((await connection.execute(_LAST_NUMBER, named)).scalar_one() or 0) + 1
            await connection.execute(
                _ADD,
                {
                    "conversation_id": conversation_id,
                    "kind": kind,
                    "number": number,
                    "digest": digest,
                    "sealed": self._sealer.seal(value),
                    "expires": expires,
                },
            )
        elif expires is not None:  # typed again: as good as new
            await connection.execute(
                update(vault)
                .where(
                    vault.c.conversation_id == conversation_id,
                    vault.c.kind == kind,
                    vault.c.number == number,
                )
                .values(sealed=self._sealer.seal(value), expires=expires)
            )
        return f"[{kind}_{number}]"

    async def resolve(self, conversation_id: ConversationId, token: str) -> str | None:
        """Return the value behind a token of this conversation, or None if it has none (any more)."""
        named = TOKEN.fullmatch(token)
        if named is None or len(named.group(2)) > 9:
            return None
        asked = {
            "conversation": conversation_id,
            "of_kind": named.group(1),
            "of_number": int(named.group(2)),
        }
        async with self._db.read() as connection:
            row = (await connection.execute(_SEALED, asked)).one_or_none()
        if row is None or row.sealed is None:
            return None
        if row.expires is not None and row.expires <= self._clock.now():
            return None
        return self._sealer.open(row.sealed)

    async def forget_expired(self) -> int:
        """Erase the values whose time is over (their tokens stay taken); return how many."""
        async with self._db.write() as connection:
            done = await connection.execute(
                update(vault)
                .where(vault.c.expires <= self._clock.now(), vault.c.sealed.is_not(None))
                .values(sealed=None)
            )
        return done.rowcount
